//! `strftime` formats: how a time is written as a partition key, and read back.
//!
//! What Python writes on Linux, in the C locale: the keys of Dagster are made there.

mod read;

use super::calendar::{DAY, civil, day_number, weekday};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The numbers 00 to 99.
const PAIRS: &str = "00010203040506070809101112131415161718192021222324252627282930313233343536373839\
    40414243444546474849505152535455565758596061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899";

/// A `strftime` format.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Format {
    items: Vec<Item>,
    /// Whether it writes the offset from UTC.
    pub(crate) has_offset: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Item {
    Literal(String),
    Number(Number, Pad, usize),
    Name(Name, bool),
    Offset,
    Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pad {
    None,
    Zero,
    Space,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Number {
    Year,
    Century,
    YearOfCentury,
    Month,
    Day,
    DayOfYear,
    Hour,
    Hour12,
    Minute,
    Second,
    Microsecond,
    /// From Sunday, 0 to 6.
    Weekday,
    /// From Monday, 1 to 7.
    IsoWeekday,
    WeekFromSunday,
    WeekFromMonday,
    IsoWeek,
    IsoYear,
    IsoYearOfCentury,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Name {
    Month,
    ShortMonth,
    Weekday,
    ShortWeekday,
    HalfDay,
    LowerHalfDay,
}

impl Format {
    /// Returns the format of a text, or the directive in it that is not known.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut items = Vec::new();
        read(text, &mut items)?;
        let has_offset = text.contains("%z");
        Ok(Self { items, has_offset })
    }

    /// Returns whether the format itself writes this character.
    pub(crate) fn writes(&self, character: char) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Literal(text) if text.contains(character)))
    }

    /// Returns whether the format writes the abbreviation of the time zone.
    pub(crate) fn has_zone(&self) -> bool {
        self.items.contains(&Item::Zone)
    }

    /// Appends the text of a local time.
    pub(crate) fn write(&self, out: &mut String, wall: i64, offset: i64, zone: &dyn Fn() -> String) {
        let day = wall.div_euclid(DAY);
        let date = civil(day);
        for item in &self.items {
            match item {
                Item::Literal(text) => out.push_str(text),
                Item::Number(number, pad, width) => {
                    pad_to(out, number.of(wall, day, date), *pad, *width);
                }
                Item::Name(name, upper) => {
                    let text = name.of(wall, day, date);
                    if *upper { out.push_str(&text.to_uppercase()) } else { out.push_str(text) }
                }
                Item::Offset => write_offset(out, offset),
                Item::Zone => out.push_str(&zone()),
            }
        }
    }

    /// Returns where the two digits of the date stand in a text of this format; `None` if other parts of the text
    /// change too from a day to the next in a month.
    pub(crate) fn digits_of_date(&self, text: &str) -> Option<Vec<usize>> {
        let mut places = Vec::new();
        let mut at = 0;
        for item in &self.items {
            at += match item {
                Item::Literal(literal) => literal.len(),
                Item::Number(Number::Day, Pad::Zero, 2) => {
                    places.push(at);
                    2
                }
                // Years of other lengths are read back from the text, which is not worth it.
                Item::Number(Number::Year, _, 4) if text.len() >= at + 4 => 4,
                Item::Number(
                    Number::YearOfCentury
                    | Number::Month
                    | Number::Hour
                    | Number::Hour12
                    | Number::Minute
                    | Number::Second,
                    Pad::Zero,
                    2,
                ) => 2,
                _ => return None,
            };
        }
        (at == text.len()).then_some(places)
    }

    /// Appends an offset from UTC, which tells the second of two equal local times from the first.
    pub(crate) fn write_suffix(out: &mut String, offset: i64) {
        write_offset(out, offset);
    }
}

fn read(text: &str, items: &mut Vec<Item>) -> Result<(), String> {
    let mut rest = text;
    while !rest.is_empty() {
        let Some(at) = rest.find('%') else {
            literal(items, rest);
            break;
        };
        literal(items, &rest[..at]);
        let directive = &rest[at..];
        let mut characters = directive.char_indices().skip(1).peekable();
        let flag = characters.next_if(|(_, c)| "-_0^".contains(*c)).map(|(_, c)| c);
        let Some((end, letter)) = characters.next() else { return Err(directive.to_owned()) };
        let end = end + letter.len_utf8();
        item(items, letter, flag).ok_or_else(|| directive[..end].to_owned())??;
        rest = &directive[end..];
    }
    Ok(())
}

fn literal(items: &mut Vec<Item>, text: &str) {
    match items.last_mut() {
        Some(Item::Literal(before)) => before.push_str(text),
        _ if !text.is_empty() => items.push(Item::Literal(text.to_owned())),
        _ => {}
    }
}

fn item(items: &mut Vec<Item>, letter: char, flag: Option<char>) -> Option<Result<(), String>> {
    use Pad::{None as NoPad, Space, Zero};
    let number = |number, pad, width| {
        let pad = match flag {
            Some('-') => NoPad,
            Some('_') => Space,
            Some('0') => Zero,
            _ => pad,
        };
        Item::Number(number, pad, width)
    };
    let name = |name| Item::Name(name, flag == Some('^'));
    items.push(match letter {
        'Y' => number(Number::Year, NoPad, 4),
        'C' => number(Number::Century, Zero, 2),
        'y' => number(Number::YearOfCentury, Zero, 2),
        'm' => number(Number::Month, Zero, 2),
        'd' => number(Number::Day, Zero, 2),
        'e' => number(Number::Day, Space, 2),
        'j' => number(Number::DayOfYear, Zero, 3),
        'H' => number(Number::Hour, Zero, 2),
        'k' => number(Number::Hour, Space, 2),
        'I' => number(Number::Hour12, Zero, 2),
        'l' => number(Number::Hour12, Space, 2),
        'M' => number(Number::Minute, Zero, 2),
        'S' => number(Number::Second, Zero, 2),
        // Python writes it before the C library sees the format, so it has no flags.
        'f' if flag.is_none() => number(Number::Microsecond, Zero, 6),
        'w' => number(Number::Weekday, NoPad, 1),
        'u' => number(Number::IsoWeekday, NoPad, 1),
        'U' => number(Number::WeekFromSunday, Zero, 2),
        'W' => number(Number::WeekFromMonday, Zero, 2),
        'V' => number(Number::IsoWeek, Zero, 2),
        'G' => number(Number::IsoYear, NoPad, 4),
        'g' => number(Number::IsoYearOfCentury, Zero, 2),
        'B' => name(Name::Month),
        'b' | 'h' => name(Name::ShortMonth),
        'A' => name(Name::Weekday),
        'a' => name(Name::ShortWeekday),
        'p' => name(Name::HalfDay),
        'P' => name(Name::LowerHalfDay),
        'z' if flag.is_none() => Item::Offset,
        'Z' if flag.is_none() => Item::Zone,
        '%' | 'n' | 't' => {
            literal(
                items,
                match letter {
                    'n' => "\n",
                    't' => "\t",
                    _ => "%",
                },
            );
            return Some(Ok(()));
        }
        'F' => return Some(read("%Y-%m-%d", items)),
        'T' | 'X' => return Some(read("%H:%M:%S", items)),
        'R' => return Some(read("%H:%M", items)),
        'D' | 'x' => return Some(read("%m/%d/%y", items)),
        'c' => return Some(read("%a %b %e %H:%M:%S %Y", items)),
        'r' => return Some(read("%I:%M:%S %p", items)),
        _ => return None,
    });
    Some(Ok(()))
}

impl Number {
    fn of(self, wall: i64, day: i64, (year, month, date): (i32, u32, u32)) -> i64 {
        let second = wall.rem_euclid(DAY);
        let of_year = || day - day_number(year, 1, 1);
        let from_sunday = || i64::from(weekday(day));
        let from_monday = || (from_sunday() + 6) % 7;
        match self {
            Self::Year => i64::from(year),
            Self::Century => i64::from(year / 100),
            Self::YearOfCentury => i64::from(year % 100),
            Self::Month => i64::from(month),
            Self::Day => i64::from(date),
            Self::DayOfYear => of_year() + 1,
            Self::Hour => second / 3600,
            Self::Hour12 => (second / 3600 + 11) % 12 + 1,
            Self::Minute => second / 60 % 60,
            Self::Second => second % 60,
            Self::Microsecond => 0,
            Self::Weekday => from_sunday(),
            Self::IsoWeekday => from_monday() + 1,
            Self::WeekFromSunday => (of_year() + 7 - from_sunday()) / 7,
            Self::WeekFromMonday => (of_year() + 7 - from_monday()) / 7,
            // The week belongs to the year of its Thursday.
            Self::IsoWeek => {
                let thursday = day - from_monday() + 3;
                (thursday - day_number(civil(thursday).0, 1, 1)) / 7 + 1
            }
            Self::IsoYear => i64::from(civil(day - from_monday() + 3).0),
            Self::IsoYearOfCentury => i64::from(civil(day - from_monday() + 3).0) % 100,
        }
    }

    /// Returns how many digits it has at the most.
    fn digits(self) -> usize {
        match self {
            Self::Year | Self::IsoYear => 4,
            Self::DayOfYear => 3,
            Self::Microsecond => 6,
            Self::Weekday | Self::IsoWeekday => 1,
            _ => 2,
        }
    }
}

impl Name {
    fn of(self, wall: i64, day: i64, (_, month, _): (i32, u32, u32)) -> &'static str {
        let month = MONTHS[month as usize - 1];
        let week = WEEKDAYS[weekday(day) as usize];
        let morning = wall.rem_euclid(DAY) < DAY / 2;
        match self {
            Self::Month => month,
            Self::ShortMonth => &month[..3],
            Self::Weekday => week,
            Self::ShortWeekday => &week[..3],
            Self::HalfDay => {
                if morning {
                    "AM"
                } else {
                    "PM"
                }
            }
            Self::LowerHalfDay => {
                if morning {
                    "am"
                } else {
                    "pm"
                }
            }
        }
    }
}

fn pad_to(out: &mut String, number: i64, pad: Pad, width: usize) {
    // Nearly all that keys are made of: two digits, and years.
    let mut two = |value: i64| {
        let at = value as usize * 2;
        out.push_str(&PAIRS[at..at + 2]);
    };
    match number {
        0..=99 if pad == Pad::Zero && width == 2 => return two(number),
        1000..=9999 if width <= 4 => {
            two(number / 100);
            return two(number % 100);
        }
        _ => {}
    }
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut left = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    let start = at.min(digits.len() - width);
    match pad {
        Pad::None => {}
        Pad::Zero => at = start,
        Pad::Space => {
            digits[start..at].fill(b' ');
            at = start;
        }
    }
    out.push_str(str::from_utf8(&digits[at..]).unwrap_or_default());
}

fn write_offset(out: &mut String, offset: i64) {
    out.push(if offset < 0 { '-' } else { '+' });
    let offset = offset.abs();
    pad_to(out, offset / 3600, Pad::Zero, 2);
    pad_to(out, offset / 60 % 60, Pad::Zero, 2);
    if offset % 60 != 0 {
        pad_to(out, offset % 60, Pad::Zero, 2);
    }
}
