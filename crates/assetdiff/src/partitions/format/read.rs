//! Reading keys back, as Python's `strptime` does.

use super::super::calendar::{DAY, day_number, weekday};
use super::{Format, Item, MONTHS, Name, Number, Pad, WEEKDAYS};

/// What a key says of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// Seconds of local time since 1970-01-01.
    pub(crate) wall: i64,
    /// The offset from UTC in seconds, if the key holds it.
    pub(crate) offset: Option<i64>,
}

impl Format {
    /// Returns what a text in this format says; what it does not say is taken from 1900-01-01, as in Python.
    pub(crate) fn read(&self, text: &str) -> Option<Parsed> {
        self.read_from(text).filter(|(_, rest)| rest.is_empty()).map(|(parsed, _)| parsed)
    }

    /// Returns what a text says that ends with an offset which the format does not have.
    pub(crate) fn read_with_offset(&self, text: &str) -> Option<Parsed> {
        let (parsed, rest) = self.read_from(text)?;
        let (offset, rest) = read_offset(rest)?;
        rest.is_empty().then_some(Parsed { offset: Some(offset), ..parsed })
    }

    fn read_from<'a>(&self, text: &'a str) -> Option<(Parsed, &'a str)> {
        let mut rest = text;
        let mut fields = Fields::default();
        let mut offset = None;
        for item in &self.items {
            match item {
                Item::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Item::Number(number, pad, _) => {
                    if *pad == Pad::Space {
                        rest = rest.trim_start_matches(' ');
                    }
                    let longest = number.digits();
                    let length = rest.bytes().take(longest).take_while(u8::is_ascii_digit).count();
                    let (digits, after) = rest.split_at_checked(length)?;
                    fields.number(*number, digits.parse().ok()?);
                    rest = after;
                }
                Item::Name(name, _) => rest = fields.name(*name, rest)?,
                Item::Offset => {
                    let (found, after) = read_offset(rest)?;
                    offset = Some(found);
                    rest = after;
                }
                Item::Zone => {
                    rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "+-".contains(c))
                }
            }
        }
        Some((Parsed { wall: fields.wall()?, offset }, rest))
    }
}

fn read_offset(text: &str) -> Option<(i64, &str)> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.strip_prefix(['+', '-'])?;
    let length = digits.bytes().take(6).take_while(u8::is_ascii_digit).count() & !1;
    let (number, rest) = digits.split_at_checked(length)?;
    let part = |at: usize| number.get(at..at + 2).map_or(Some(0), |text| text.parse::<i64>().ok());
    (length >= 4).then_some((sign * (part(0)? * 3600 + part(2)? * 60 + part(4)?), rest))
}

/// What has been read of a key so far.
#[derive(Debug, Default)]
struct Fields {
    year: Option<i64>,
    century: Option<i64>,
    year_of_century: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    iso_year: Option<i64>,
    iso_week: Option<i64>,
    week_from_sunday: Option<i64>,
    week_from_monday: Option<i64>,
    /// From Monday, 0 to 6.
    weekday: Option<i64>,
    hour: i64,
    hour_12: Option<i64>,
    afternoon: bool,
    minute: i64,
    second: i64,
}

impl Fields {
    fn number(&mut self, number: Number, value: i64) {
        match number {
            Number::Year => self.year = Some(value),
            Number::Century => self.century = Some(value),
            Number::YearOfCentury | Number::IsoYearOfCentury => self.year_of_century = Some(value),
            Number::Month => self.month = Some(value),
            Number::Day => self.day = Some(value),
            Number::DayOfYear => self.day_of_year = Some(value),
            Number::Hour => self.hour = value,
            Number::Hour12 => self.hour_12 = Some(value),
            Number::Minute => self.minute = value,
            Number::Second => self.second = value,
            Number::Microsecond => {}
            Number::Weekday => self.weekday = Some((value + 6) % 7),
            Number::IsoWeekday => self.weekday = Some(value - 1),
            Number::WeekFromSunday => self.week_from_sunday = Some(value),
            Number::WeekFromMonday => self.week_from_monday = Some(value),
            Number::IsoWeek => self.iso_week = Some(value),
            Number::IsoYear => self.iso_year = Some(value),
        }
    }

    fn name<'a>(&mut self, name: Name, text: &'a str) -> Option<&'a str> {
        let starts = |candidate: &str| {
            text.get(..candidate.len()).is_some_and(|start| start.eq_ignore_ascii_case(candidate))
        };
        let find = |names: &[&'static str], short: bool| {
            let written = |name: &'static str| if short { &name[..3] } else { name };
            let at = names.iter().position(|name| starts(written(name)))?;
            Some((at as i64, text.get(written(names[at]).len()..)?))
        };
        match name {
            Name::Month | Name::ShortMonth => {
                let (at, rest) = find(&MONTHS, name == Name::ShortMonth)?;
                self.month = Some(at + 1);
                Some(rest)
            }
            Name::Weekday | Name::ShortWeekday => {
                let (at, rest) = find(&WEEKDAYS, name == Name::ShortWeekday)?;
                self.weekday = Some((at + 6) % 7);
                Some(rest)
            }
            Name::HalfDay | Name::LowerHalfDay => {
                self.afternoon = starts("pm");
                (self.afternoon || starts("am")).then(|| text.get(2..)).flatten()
            }
        }
    }

    /// Returns the local time, in seconds.
    fn wall(&self) -> Option<i64> {
        let two_digits = self.year_of_century.map(|year| match self.century {
            Some(century) => century * 100 + year,
            // As POSIX and Python do.
            None => year + if year < 69 { 2000 } else { 1900 },
        });
        let year = self.year.or(two_digits).unwrap_or(1900);
        let first = |year: i64| Some(day_number(i32::try_from(year).ok()?, 1, 1));
        let day = if let (Some(year), Some(week)) = (self.iso_year, self.iso_week) {
            let fourth = first(year)? + 3;
            fourth - from_monday(fourth) + (week - 1) * 7 + self.weekday.unwrap_or(0)
        } else if let Some(day) = self.day_of_year {
            first(year)? + day - 1
        } else if let Some(week) = self.week_from_monday {
            let first = first(year)?;
            first + (7 - from_monday(first)) % 7 + (week - 1) * 7 + self.weekday.unwrap_or(0)
        } else if let Some(week) = self.week_from_sunday {
            let first = first(year)?;
            let sunday = first + (7 - i64::from(weekday(first))) % 7;
            sunday + (week - 1) * 7 + self.weekday.map_or(0, |day| (day + 1) % 7)
        } else {
            let month =
                u32::try_from(self.month.unwrap_or(1)).ok().filter(|month| (1..=12).contains(month))?;
            let start = day_number(i32::try_from(year).ok()?, month, 1);
            start + self.day.unwrap_or(1) - 1
        };
        let hour = match self.hour_12 {
            Some(hour) => hour % 12 + if self.afternoon { 12 } else { 0 },
            None => self.hour,
        };
        Some(day * DAY + hour * 3600 + self.minute * 60 + self.second)
    }
}

fn from_monday(day: i64) -> i64 {
    i64::from((weekday(day) + 6) % 7)
}
