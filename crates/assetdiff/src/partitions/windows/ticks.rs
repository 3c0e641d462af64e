//! Windows one after the other.

use std::borrow::Cow;

use super::WindowKeys;
use crate::partitions::calendar::Month;
use crate::partitions::schedule::{Tick, Which, bits, ordinary_tick};

/// The starts of consecutive windows.
#[derive(Debug)]
pub(crate) struct Ticks<'a> {
    keys: &'a WindowKeys,
    left: u64,
    /// The position of the month in `months`.
    month: Option<usize>,
    /// The first day of the month, and its days that are still to come.
    first_day: i64,
    days: u32,
    day: Day<'a>,
    /// The offset from UTC since the last special day.
    offset: Option<i64>,
    /// How many ticks are to be passed over.
    skip: u64,
}

/// The ticks of a day that are still to come.
#[derive(Debug)]
enum Day<'a> {
    /// The number of the day, the minutes of its pattern, the place in them, and the offset from UTC.
    Ordinary(i64, Cow<'a, [u16]>, usize, i64),
    Special(std::vec::IntoIter<Tick>),
}

impl Day<'_> {
    fn next(&mut self) -> Option<Tick> {
        match self {
            Self::Ordinary(day, minutes, at, offset) => {
                let minute = *minutes.get(*at)?;
                *at += 1;
                Some(ordinary_tick(*day, minute, *offset))
            }
            Self::Special(ticks) => ticks.next(),
        }
    }
}

impl<'a> Ticks<'a> {
    pub(super) fn new(keys: &'a WindowKeys, from: u64, to: u64) -> Self {
        let left = to.min(keys.len()).saturating_sub(from);
        let day = Day::Special(Vec::new().into_iter());
        Self { keys, left, month: None, first_day: 0, days: 0, day, offset: None, skip: from }
    }

    /// Goes to the next day, or into the next month; `None` after the last.
    fn advance(&mut self) -> Option<()> {
        let bounds = self.keys.bounds.as_ref()?;
        let schedule = &self.keys.calendar.schedule;
        let at = match self.month {
            Some(at) => at,
            None => {
                self.skip += bounds.skip;
                let at = bounds.months.partition_point(|month| month.before <= self.skip) - 1;
                self.skip -= bounds.months[at].before;
                self.enter(at)
            }
        };
        let special = bounds.months.get(at)?.special;
        let Some(day) = bits(self.days).next() else {
            self.enter(at + 1);
            return Some(());
        };
        self.days &= self.days - 1;
        let number = self.first_day + day - 1;
        let count = if special & 1 << day != 0 {
            self.offset = None;
            let ticks = schedule.day_ticks(number, Which::Kept).into_iter();
            let count = ticks.len() as u64;
            self.day = Day::Special(ticks);
            count
        } else {
            let offset = *self.offset.get_or_insert_with(|| schedule.ordinary_offset(number));
            match &mut self.day {
                // The pattern is the same on all days that have one.
                Day::Ordinary(day, minutes, at, since) if schedule.excluded.is_empty() => {
                    let count = minutes.len() as u64;
                    (*day, *at, *since) = (number, self.skip.min(count) as usize, offset);
                    count
                }
                other => {
                    let minutes = schedule.pattern(number, Which::Kept);
                    let count = minutes.len() as u64;
                    *other = Day::Ordinary(number, minutes, self.skip.min(count) as usize, offset);
                    count
                }
            }
        };
        let skip = self.skip.min(count);
        self.skip -= skip;
        if let Day::Special(ticks) = &mut self.day
            && skip > 0
        {
            ticks.nth(skip as usize - 1);
        }
        Some(())
    }

    fn enter(&mut self, at: usize) -> usize {
        self.month = Some(at);
        if let Some(bounds) = &self.keys.bounds {
            let special = bounds.months.get(at).map_or(0, |month| month.special);
            let month = Month(bounds.month.0 + at as i32);
            self.first_day = month.first_day();
            self.days = special | self.keys.calendar.schedule.cron.days(month);
        }
        at
    }
}

impl Iterator for Ticks<'_> {
    type Item = Tick;

    fn next(&mut self) -> Option<Tick> {
        if self.left == 0 {
            return None;
        }
        loop {
            if let Some(tick) = self.day.next() {
                self.left -= 1;
                return Some(tick);
            }
            self.advance()?;
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        (0, Some(left))
    }
}
