//! The ticks of a cron schedule in a time zone, without those that are excluded.
//!
//! Nothing is enumerated that need not be: a day without a change of the clock has the ticks of its pattern, so
//! a month is counted from the days that match. Only special days are looked at tick by tick.

use std::borrow::Cow;

use super::calendar::{DAY, FIRST_MONTH, LAST_MONTH, Month};
use super::cron::{Clock, Cron};
use super::zone::{Transition, Zone};

/// A moment at which a window starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tick {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) instant: i64,
    /// The local time that its key shows, in seconds; one that does not exist keeps its name.
    pub(crate) wall: i64,
    /// Whether the clock shows this time for the second time.
    pub(crate) second: bool,
}

/// Which ticks count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// All of the schedule: windows end at these.
    All,
    /// Those that are not excluded: partitions start at these.
    Kept,
}

/// A cron schedule in a time zone, and what is left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) cron: Cron,
    pub(crate) zone: Zone,
    pub(crate) excluded: Vec<Cron>,
    /// Instants in seconds, sorted.
    pub(crate) excluded_times: Vec<i64>,
}

impl Schedule {
    pub(crate) fn has_exclusions(&self) -> bool {
        !self.excluded.is_empty() || !self.excluded_times.is_empty()
    }

    /// Returns the first instant of a day: days are told apart by these, whatever their ticks are called.
    fn day_start(&self, day: i64) -> i64 {
        self.zone.instant(day * DAY)
    }

    /// Returns the day to which an instant belongs.
    pub(crate) fn day_of(&self, instant: i64) -> i64 {
        let mut day = (instant + self.zone.offset(instant)).div_euclid(DAY);
        // A clock that is set back over midnight shows the day before once more.
        while self.day_start(day + 1) <= instant {
            day += 1;
        }
        while self.day_start(day) > instant {
            day -= 1;
        }
        day
    }

    /// Returns the days of a month that must be looked at tick by tick, as bits 1 to 31.
    pub(crate) fn special_days(&self, month: Month) -> u32 {
        let (first, count) = (month.first_day(), i64::from(month.days()));
        let bits = |from: i64, to: i64| {
            let days = from.max(first)..=to.min(first + count - 1);
            days.fold(0_u32, |bits, day| bits | 1 << (day - first + 1))
        };
        let mut special = 0;
        for Transition { instant, before, after } in
            self.zone.transitions((first - 2) * DAY, (first + count + 2) * DAY)
        {
            let (low, high) = (instant + before.min(after), instant + before.max(after) - 1);
            special |= bits(low.div_euclid(DAY), high.div_euclid(DAY));
        }
        let from = self.excluded_times.partition_point(|&time| time < (first - 2) * DAY);
        for &time in self.excluded_times[from..].iter().take_while(|&&time| time < (first + count + 2) * DAY)
        {
            let day = self.day_of(time);
            special |= bits(day, day);
        }
        special
    }

    fn is_special(&self, day: i64) -> bool {
        let month = Month::of_day(day);
        self.special_days(month) & 1 << (day - month.first_day() + 1) != 0
    }

    /// Returns the minutes of an ordinary day that matches.
    pub(crate) fn pattern(&self, day: i64, which: Which) -> Cow<'_, [u16]> {
        let mut minutes = Cow::Borrowed(self.cron.minutes());
        if which == Which::Kept && !self.excluded.is_empty() {
            let month = Month::of_day(day);
            let bit = 1 << (day - month.first_day() + 1);
            for cron in self.excluded.iter().filter(|cron| cron.days(month) & bit != 0) {
                let left = |minute: &u16| cron.minutes().binary_search(minute).is_err();
                minutes = Cow::Owned(minutes.iter().copied().filter(left).collect());
            }
        }
        minutes
    }

    /// Returns the ticks of a day in order. O(ticks of a day)
    pub(crate) fn day_ticks(&self, day: i64, which: Which) -> Vec<Tick> {
        if self.is_special(day) {
            return self.special_ticks(day, which);
        }
        let month = Month::of_day(day);
        if self.cron.days(month) & 1 << (day - month.first_day() + 1) == 0 {
            return Vec::new();
        }
        let offset = self.ordinary_offset(day);
        let tick = |&minute: &u16| ordinary_tick(day, minute, offset);
        self.pattern(day, which).iter().map(tick).collect()
    }

    /// Returns the offset from UTC on a day on which it does not change.
    pub(crate) fn ordinary_offset(&self, day: i64) -> i64 {
        self.zone.offset(self.zone.instant(day * DAY + DAY / 2))
    }

    fn special_ticks(&self, day: i64, which: Which) -> Vec<Tick> {
        let bounds = (self.day_start(day), self.day_start(day + 1));
        let transitions = self.zone.transitions(bounds.0 - 2 * DAY, bounds.1 + 2 * DAY);
        let offsets = Offsets { first: self.zone.offset(bounds.0 - 2 * DAY), transitions };
        let mut ticks = ticks_between(&self.cron, day, bounds, &offsets);
        if which == Which::Kept {
            for cron in &self.excluded {
                let out = ticks_between(cron, day, bounds, &offsets);
                ticks.retain(|tick| out.binary_search_by_key(&tick.instant, |out| out.instant).is_err());
            }
            ticks.retain(|tick| self.excluded_times.binary_search(&tick.instant).is_err());
        }
        ticks
    }

    /// Returns how many ticks the given days of a month have. `days` are bits 1 to 31. O(days)
    pub(crate) fn count(&self, month: Month, special: u32, days: u32, which: Which) -> u64 {
        let first = month.first_day();
        let ordinary = self.cron.days(month) & days & !special;
        let each = self.cron.minutes().len() as u64;
        let ordinary = if which == Which::All || self.excluded.is_empty() {
            u64::from(ordinary.count_ones()) * each
        } else {
            bits(ordinary).map(|day| self.pattern(first + day - 1, which).len() as u64).sum()
        };
        let special: u64 =
            bits(special & days).map(|day| self.special_ticks(first + day - 1, which).len() as u64).sum();
        ordinary + special
    }

    /// Returns the tick that has `skip` ticks before it among those at or after an instant; `None` if that is after
    /// the year 9999. O(months between)
    pub(crate) fn forward(&self, instant: i64, mut skip: u64, which: Which) -> Option<Tick> {
        let start = self.day_of(instant);
        let month = Month::of_day(start);
        if month < FIRST_MONTH {
            return self.forward(FIRST_MONTH.first_day() * DAY + DAY, skip, which);
        }
        let ticks = self.day_ticks(start, which);
        let from = ticks.partition_point(|tick| tick.instant < instant);
        if let Some(tick) = usize::try_from(skip).ok().and_then(|skip| ticks[from..].get(skip)) {
            return Some(*tick);
        }
        skip -= (ticks.len() - from) as u64;
        let mut after = start - month.first_day() + 2;
        let mut month = month;
        while month <= LAST_MONTH {
            let days = u32::MAX.checked_shl(after as u32).unwrap_or(0);
            let special = self.special_days(month);
            let count = self.count(month, special, days, which);
            if skip < count {
                let matching = (self.cron.days(month) | special) & days;
                for day in bits(matching) {
                    let ticks = self.day_ticks(month.first_day() + day - 1, which);
                    match ticks.get(skip as usize) {
                        Some(tick) => return Some(*tick),
                        None => skip = skip.saturating_sub(ticks.len() as u64),
                    }
                }
            }
            skip = skip.saturating_sub(count);
            after = 1;
            month = month.next();
        }
        None
    }

    /// Returns the tick that has `skip` ticks after it among those before an instant; `None` if that is before the
    /// year 1. O(months between)
    pub(crate) fn backward(&self, instant: i64, mut skip: u64, which: Which) -> Option<Tick> {
        let start = self.day_of(instant);
        let mut month = Month::of_day(start);
        let nth_last = |ticks: &[Tick], skip: u64| {
            usize::try_from(skip).ok().and_then(|skip| ticks.iter().rev().nth(skip).copied())
        };
        let ticks = self.day_ticks(start, which);
        let ticks = &ticks[..ticks.partition_point(|tick| tick.instant < instant)];
        if let Some(tick) = nth_last(ticks, skip) {
            return Some(tick);
        }
        skip -= ticks.len() as u64;
        let mut before = (1_u32 << (start - month.first_day() + 1)) - 1;
        while month >= FIRST_MONTH {
            let special = self.special_days(month);
            let count = self.count(month, special, before, which);
            if skip < count {
                let matching = (self.cron.days(month) | special) & before;
                for day in bits(matching).collect::<Vec<_>>().into_iter().rev() {
                    let ticks = self.day_ticks(month.first_day() + day - 1, which);
                    match nth_last(&ticks, skip) {
                        Some(tick) => return Some(tick),
                        None => skip = skip.saturating_sub(ticks.len() as u64),
                    }
                }
            }
            skip = skip.saturating_sub(count);
            before = u32::MAX;
            month = month.previous();
        }
        None
    }

    /// Returns the start of the last window that ends by an instant, or of the one so many before it.
    pub(crate) fn ended(&self, instant: i64, skip: u64) -> Option<Tick> {
        // These are the windows that start before the last tick up to it.
        let last = self.backward(instant.saturating_add(1), 0, Which::All)?;
        self.backward(last.instant, skip, Which::Kept)
    }

    /// Returns when the window ends that starts at a tick: at the next one, excluded or not.
    pub(crate) fn end(&self, tick: i64) -> Option<i64> {
        self.forward(tick + 1, 0, Which::All).map(|tick| tick.instant)
    }
}

/// Returns the tick at a minute of a day without a change of the clock.
pub(crate) fn ordinary_tick(day: i64, minute: u16, offset: i64) -> Tick {
    let wall = day * DAY + i64::from(minute) * 60;
    Tick { instant: wall - offset, wall, second: false }
}

/// Returns the positions of the bits that are set.
pub(crate) fn bits(mut bits: u32) -> impl Iterator<Item = i64> {
    std::iter::from_fn(move || {
        let lowest = (bits != 0).then(|| i64::from(bits.trailing_zeros()))?;
        bits &= bits - 1;
        Some(lowest)
    })
}

/// The offsets of a zone around a special day.
struct Offsets {
    first: i64,
    transitions: Vec<Transition>,
}

impl Offsets {
    /// Appends the ticks of a local time.
    fn resolve(&self, wall: i64, clock: Clock, out: &mut Vec<Tick>) {
        let mut from = i64::MIN;
        let mut offset = self.first;
        let (mut first, mut second) = (None, None);
        for next in self.transitions.iter().map(Some).chain([None]) {
            let to = next.map_or(i64::MAX, |next| next.instant);
            if (from..to).contains(&(wall - offset)) {
                match first {
                    None => first = Some(offset),
                    Some(_) => second = Some(offset),
                }
            }
            if let Some(next) = next {
                (from, offset) = (next.instant, next.after);
            }
        }
        let early = matches!(wall.rem_euclid(DAY) / 3600, 1..=3);
        let tick = |offset: i64, second: bool| Tick { instant: wall - offset, wall, second };
        match (first, second, clock) {
            (Some(first), Some(second), Clock::EveryHour) => {
                out.extend([tick(first, false), tick(second, true)])
            }
            (Some(_), Some(second), Clock::Other) => out.push(tick(second, true)),
            (Some(_), Some(second), Clock::OncePerDay) if early => out.push(tick(second, true)),
            (Some(first), ..) => out.push(tick(first, false)),
            (None, _, Clock::EveryHour) => {}
            (None, ..) => out.extend(self.after_gap(wall, early)),
        }
    }

    /// Returns the tick of a time that does not exist: in the small hours the time at which the gap ends, otherwise
    /// the time keeps its name and the offset before the gap, as Python's `datetime` has it.
    fn after_gap(&self, wall: i64, early: bool) -> Option<Tick> {
        let gap = self
            .transitions
            .iter()
            .find(|gap| (gap.instant + gap.before..gap.instant + gap.after).contains(&wall))?;
        let wall = if early { wall - wall.rem_euclid(3600) + gap.after - gap.before } else { wall };
        let missing = (gap.instant + gap.before..gap.instant + gap.after).contains(&wall);
        let offset = if missing || wall < gap.instant + gap.before { gap.before } else { gap.after };
        Some(Tick { instant: wall - offset, wall, second: false })
    }
}

/// Returns the ticks within a special day, by their instants.
fn ticks_between(cron: &Cron, day: i64, (from, to): (i64, i64), offsets: &Offsets) -> Vec<Tick> {
    let mut ticks = Vec::new();
    // Times of the days beside it can fall into a day whose clock changes at midnight.
    for day in day - 1..=day + 1 {
        let month = Month::of_day(day);
        if cron.days(month) & 1 << (day - month.first_day() + 1) != 0 {
            for &minute in cron.minutes() {
                offsets.resolve(day * DAY + i64::from(minute) * 60, cron.clock(), &mut ticks);
            }
        }
    }
    ticks.retain(|tick| (from..to).contains(&tick.instant));
    ticks.sort_by_key(|tick| tick.instant);
    ticks.dedup_by_key(|tick| tick.instant);
    ticks
}
