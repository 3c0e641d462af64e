//! The keys of windows one after the other, as texts.

use super::Calendar;
use crate::partitions::calendar::{DAY, civil};
use crate::partitions::schedule::Tick;

/// The last date that every month has.
const COMMON: u32 = 28;

/// Writes the keys of windows that follow each other.
///
/// From one day to the next of a month mostly two digits change: then only these are written.
pub(crate) struct Texts<'a> {
    calendar: &'a Calendar,
    text: String,
    /// Where the digits of the date stand in the text; `None` if more than these follows from the day.
    digits: Option<Vec<usize>>,
    /// What the text is of; `None` if it is of the second of two equal local times, or of nothing.
    last: Option<Written>,
}

#[derive(Clone, Copy)]
struct Written {
    day: i64,
    date: u32,
    second: i64,
    offset: i64,
}

impl<'a> Texts<'a> {
    pub(crate) fn of(calendar: &'a Calendar) -> Self {
        Self { calendar, text: String::new(), digits: None, last: None }
    }

    /// Returns the key of a window.
    pub(crate) fn key(&mut self, tick: Tick) -> &str {
        let day = tick.wall.div_euclid(DAY);
        let (second, offset) = (tick.wall - day * DAY, tick.wall - tick.instant);
        if let (Some(last), Some(places)) = (&mut self.last, &self.digits)
            && (last.day + 1, last.second, last.offset) == (day, second, offset)
            && last.date < COMMON
            && !tick.second
        {
            (last.day, last.date) = (day, last.date + 1);
            let digits = [b'0' + (last.date / 10) as u8, b'0' + (last.date % 10) as u8];
            let mut bytes = std::mem::take(&mut self.text).into_bytes();
            places.iter().for_each(|&at| bytes[at..at + 2].copy_from_slice(&digits));
            // Digits took the place of digits.
            self.text = String::from_utf8(bytes).unwrap_or_default();
            return &self.text;
        }
        self.text.clear();
        self.calendar.write_key(&mut self.text, tick);
        if self.last.is_none() {
            self.digits = self.calendar.format.digits_of_date(&self.text);
        }
        self.last = (!tick.second).then(|| Written { day, date: civil(day).2, second, offset });
        &self.text
    }
}
