//! Cron schedules, read and matched as croniter does, which Dagster uses: by day and by minute of a day.
//!
//! What other cron libraries read differently: `5-5` is the whole cycle, `22-2` wraps around, `L` is the last
//! day of a month, `L5` its last Friday, `5#2` its second, and a day-of-month and a day-of-week that are both
//! stated match either.

use super::calendar::{Month, weekday};

/// Why a text is no cron schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CronError {
    pub(crate) expected: &'static str,
    pub(crate) found: String,
}

/// Where ticks go whose local time does not exist or exists twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Clock {
    /// Every hour has its ticks: missing times are left out, doubled times tick twice.
    EveryHour,
    /// One time a day, as Dagster's own iterators treat it.
    OncePerDay,
    /// Any other schedule.
    Other,
}

/// A cron schedule of five fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Cron {
    /// The minutes of the day at which it ticks, ascending.
    minutes: Vec<u16>,
    months: u16,
    days: Days,
    clock: Clock,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Days {
    All,
    /// Bits 1 to 31, and whether the last day of a month counts.
    OfMonth(u32, bool),
    /// Bits 0 (Sunday) to 6.
    OfWeek(u8),
    Either(u32, bool, u8),
    /// For each day of the week the bits 1 to 5, and bit 6 for the last one.
    Nth([u8; 7]),
}

const MINUTE: usize = 0;
const HOUR: usize = 1;
const DAY: usize = 2;
const MONTH: usize = 3;
const WEEKDAY: usize = 4;

const RANGES: [(u64, u64); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const LAST: u8 = 1 << 6;

/// What one field says: values as bits.
#[derive(Debug, Default)]
struct Field {
    star: bool,
    last: bool,
    bits: u64,
    nth: [u8; 7],
}

impl Field {
    fn count(&self) -> u32 {
        self.bits.count_ones() + u32::from(self.star) + u32::from(self.last)
    }

    fn only_numbers(&self) -> bool {
        !self.star && !self.last
    }

    fn single(&self) -> bool {
        self.only_numbers() && self.count() == 1
    }

    /// Whether the field is nothing but a star.
    fn wildcard(&self) -> bool {
        self.star && self.count() == 1
    }
}

impl Cron {
    /// Returns the schedule of a text.
    pub(crate) fn parse(text: &str) -> Result<Self, CronError> {
        let lower = text.to_lowercase();
        let expanded = match lower.as_str() {
            "@midnight" | "@daily" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = expanded.split_whitespace().collect();
        let Ok(texts) = <[&str; 5]>::try_from(fields) else {
            return Err(CronError { expected: "a cron schedule of five fields", found: text.to_owned() });
        };
        let read = |index: usize| {
            field(index, texts[index], &texts)
                .map_err(|expected| CronError { expected, found: text.to_owned() })
        };
        let [minute, hour, day, month, week] =
            [read(MINUTE)?, read(HOUR)?, read(DAY)?, read(MONTH)?, read(WEEKDAY)?];
        let nth = week.nth.iter().any(|&bits| bits != 0);
        if nth {
            let plain = (0..7).any(|day| week.bits & 1 << day != 0 && week.nth[day] == 0);
            if plain && week.count() != 7 {
                let expected = "no days of the week beside those with `#` or `L`";
                return Err(CronError { expected, found: text.to_owned() });
            }
        }
        if month.single() && month.bits == 1 << 2 && day.single() && day.bits >= 1 << 30 {
            return Err(CronError { expected: "a day that February has", found: text.to_owned() });
        }
        let clock = if hour.wildcard() {
            Clock::EveryHour
        } else if !nth
            && minute.single()
            && hour.single()
            && month.wildcard()
            && (day.wildcard() && (week.wildcard() || week.only_numbers())
                || day.single() && day.bits < 1 << 29 && week.wildcard())
        {
            Clock::OncePerDay
        } else {
            Clock::Other
        };
        let days = match (day.star, week.star, nth) {
            (_, _, true) => Days::Nth(week.nth),
            (true, true, _) => Days::All,
            (true, false, _) => Days::OfWeek(week.bits as u8),
            (false, true, _) => Days::OfMonth(day.bits as u32, day.last),
            (false, false, _) => Days::Either(day.bits as u32, day.last, week.bits as u8),
        };
        let chosen = |field: &Field, count: u16| {
            (0..count).filter(|&n| field.star || field.bits & 1 << n != 0).collect::<Vec<_>>()
        };
        let minutes_of_hour = chosen(&minute, 60);
        let minutes = chosen(&hour, 24)
            .into_iter()
            .flat_map(|hour| minutes_of_hour.iter().map(move |minute| hour * 60 + minute))
            .collect();
        let months = if month.star { 0x1ffe } else { month.bits as u16 };
        Ok(Self { minutes, months, days, clock })
    }

    pub(crate) fn minutes(&self) -> &[u16] {
        &self.minutes
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Whether it ticks in every hour of its days.
    pub(crate) fn every_hour(&self) -> bool {
        self.clock == Clock::EveryHour
    }

    /// Returns the days of a month on which it ticks, as bits 1 to 31.
    pub(crate) fn days(&self, month: Month) -> u32 {
        if self.months & 1 << month.month() == 0 {
            return 0;
        }
        let count = month.days();
        let all = ((1_u64 << (count + 1)) - 2) as u32;
        let of_month = |bits: u32, last: bool| bits | if last { 1 << count } else { 0 };
        let of_week = |bits: u8| {
            let first = weekday(month.first_day());
            (1..=count)
                .filter(|day| bits & 1 << ((first + day - 1) % 7) != 0)
                .fold(0, |days, day| days | 1 << day)
        };
        all & match self.days {
            Days::All => all,
            Days::OfMonth(bits, last) => of_month(bits, last),
            Days::OfWeek(bits) => of_week(bits),
            Days::Either(bits, last, week) => of_month(bits, last) | of_week(week),
            Days::Nth(nth) => {
                let first = weekday(month.first_day());
                (1..=count)
                    .filter(|day| {
                        let bits = nth[((first + day - 1) % 7) as usize];
                        bits & 1 << (1 + (day - 1) / 7) != 0 || bits & LAST != 0 && day + 7 > count
                    })
                    .fold(0, |days, day| days | 1 << day)
            }
        }
    }
}

const VALUE: &str = "numbers and names within the range of their field";

fn field(index: usize, text: &str, all: &[&str; 5]) -> Result<Field, &'static str> {
    let mut field = Field::default();
    let (lowest, highest) = RANGES[index];
    if text.contains('?') {
        if text != "?" || ![DAY, WEEKDAY].contains(&index) {
            return Err("`?` alone as the day of the month or of the week");
        }
        field.star = true;
        return Ok(field);
    }
    for part in text.split(',') {
        let (part, nth) = if index == WEEKDAY { nth_of(part)? } else { (part, 0) };
        match range(part, index) {
            Some((low, high, step)) => {
                let low = value(low, index)?;
                let high = if index == DAY && high == "l" { 31 } else { value(high, index)? };
                let step = step.parse().ok().filter(|&step: &u64| step > 0).ok_or("steps above zero")?;
                for item in cycle(low, high, step, index)? {
                    add(&mut field, item, nth, index)?;
                }
            }
            None if part == "*" => field.star = true,
            None if part == "l" && index == DAY => field.last = true,
            None => add(&mut field, value(part, index)?, nth, index)?,
        }
    }
    let full = (highest - lowest + 1) as u32;
    let other_has_star = match index {
        DAY => all[WEEKDAY].contains('*'),
        WEEKDAY => all[DAY].contains('*'),
        _ => true,
    };
    if field.count() == full && other_has_star {
        field = Field { star: true, nth: field.nth, ..Field::default() };
    }
    Ok(field)
}

/// Returns a part of the day of the week without its `#2` or `L`, and the bits that these mean.
fn nth_of(part: &str) -> Result<(&str, u8), &'static str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((day, nth)) = part.split_once('#') {
        let nth = Some(nth).filter(|nth| digits(nth)).and_then(|nth| nth.parse::<u8>().ok());
        let nth = nth.filter(|nth| (1..=5).contains(nth)).ok_or("a number from 1 to 5 after `#`")?;
        let names = |text: &str| {
            text.split_once('-').is_some_and(|(a, b)| WEEKDAYS.contains(&a) && WEEKDAYS.contains(&b))
        };
        if day.contains('-') && !names(day) {
            return Err("one day of the week before `#`");
        }
        return Ok((day, 1 << nth));
    }
    match part.strip_prefix('l') {
        Some(day) if digits(day) => Ok((day, LAST)),
        _ => Ok((part, 0)),
    }
}

/// Returns low, high and step of `a-b`, `a-b/s`, `*/s` and `a/s`.
fn range(part: &str, index: usize) -> Option<(&str, &str, &str)> {
    const LOWEST: [&str; 5] = ["0", "0", "1", "1", "0"];
    const HIGHEST: [&str; 5] = ["59", "23", "31", "12", "6"];
    if let Some((low, rest)) = part.split_once('-') {
        let (high, step) = rest.split_once('/').unwrap_or((rest, "1"));
        return (!low.is_empty() && !high.is_empty() && !rest.contains('-')).then_some((low, high, step));
    }
    let (low, step) = part.rsplit_once('/')?;
    if low == "*" {
        return Some((LOWEST[index], HIGHEST[index], step));
    }
    (!low.is_empty()).then_some((low, HIGHEST[index], step))
}

fn value(text: &str, index: usize) -> Result<u64, &'static str> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse() {
            Ok(7) if index == WEEKDAY => Ok(0),
            Ok(number) => Ok(number),
            Err(_) => Err(VALUE),
        };
    }
    let named = |names: &[&str], from: u64| {
        names.iter().zip(from..).find(|(name, _)| **name == text).map(|(_, number)| number)
    };
    match index {
        MONTH => named(&MONTHS, 1),
        WEEKDAY => named(&WEEKDAYS, 0),
        _ => None,
    }
    .ok_or(VALUE)
}

/// Returns the values of a range with a step; one that ends before it starts goes around.
fn cycle(low: u64, high: u64, step: u64, index: usize) -> Result<Vec<u64>, &'static str> {
    let (lowest, highest) = RANGES[index];
    if low.max(high) > highest {
        return Err(VALUE);
    }
    let every = |from: u64, to: u64| {
        let mut next = Some(from);
        std::iter::from_fn(move || {
            let item = next.filter(|&item| item <= to)?;
            next = item.checked_add(step);
            Some(item)
        })
    };
    if low == high {
        return Ok(every(lowest, highest).collect());
    }
    if low < high {
        return Ok(every(low, high).collect());
    }
    let mut items: Vec<u64> = every(low, highest).collect();
    // croniter goes on after the end with what is left of the step, counted in whole values.
    let last = items.last().copied().unwrap_or(highest);
    let after = highest - last;
    let place = last - lowest;
    let skip =
        if place.saturating_add(step) > highest - lowest + 1 && after < step { step - after } else { 0 };
    items.extend(every(lowest.saturating_add(skip), high));
    Ok(items)
}

fn add(field: &mut Field, item: u64, nth: u8, index: usize) -> Result<(), &'static str> {
    let (lowest, highest) = RANGES[index];
    if !(lowest..=highest).contains(&item) {
        return Err(VALUE);
    }
    field.bits |= 1 << item;
    if index == WEEKDAY {
        field.nth[item as usize] |= nth;
    }
    Ok(())
}
