//! The partitions of a time-window definition between two ticks, by their position.

mod texts;
mod ticks;

use std::sync::Arc;

use super::calendar::{DAY, FIRST_MONTH, LAST_MONTH, Month};
use super::cron::Cron;
use super::definition::{PartitionExclusion, TimeWindowPartitions};
use super::error::PartitionsError;
use super::format::Format;
use super::schedule::{Schedule, Tick, Which};
use super::zone::Zone;
use crate::value::Timestamp;
pub(crate) use texts::Texts;
use ticks::Ticks;

/// How many cron schedules may be excluded.
const MAX_EXCLUDED: usize = 64;

/// What the windows of a definition have in common, wherever they start and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calendar {
    pub(crate) schedule: Schedule,
    pub(crate) format: Format,
}

/// Consecutive windows.
#[derive(Debug, Clone)]
pub(crate) struct WindowKeys {
    pub(crate) calendar: Arc<Calendar>,
    bounds: Option<Bounds>,
}

#[derive(Debug, Clone)]
struct Bounds {
    first: Tick,
    last: Tick,
    /// When the last window ends.
    end: i64,
    length: u64,
    month: Month,
    /// For each month the days to look at, and how many ticks came before it.
    months: Arc<[MonthOf]>,
    /// How many ticks of the first month come before the first.
    skip: u64,
}

#[derive(Debug, Clone, Copy)]
struct MonthOf {
    special: u32,
    before: u64,
}

impl PartialEq for WindowKeys {
    fn eq(&self, other: &Self) -> bool {
        let ends = |bounds: &Option<Bounds>| bounds.as_ref().map(|b| (b.first.instant, b.last.instant));
        self.calendar == other.calendar && ends(&self.bounds) == ends(&other.bounds)
    }
}

impl Eq for WindowKeys {}

impl Calendar {
    fn new(definition: &TimeWindowPartitions) -> Result<Self, PartitionsError> {
        let cron = |text: &str| {
            Cron::parse(text)
                .map_err(|error| PartitionsError::Cron { cron: error.found, expected: error.expected })
        };
        let TimeWindowPartitions { cron: text, end: _, end_offset: _, exclusions, fmt, start: _, timezone } =
            definition;
        let mut excluded = Vec::new();
        let mut excluded_times = Vec::new();
        for exclusion in exclusions {
            match exclusion {
                PartitionExclusion::Cron(text) => excluded.push(cron(text)?),
                PartitionExclusion::Time(time) => {
                    let nanoseconds = time.unix_nanoseconds();
                    // Ticks are whole seconds.
                    if nanoseconds % NANOSECONDS == 0 {
                        excluded_times.push((nanoseconds / NANOSECONDS) as i64);
                    }
                }
            }
        }
        excluded_times.sort_unstable();
        excluded_times.dedup();
        if excluded.len() > MAX_EXCLUDED {
            return Err(PartitionsError::TooMany {
                what: "excluded cron schedules",
                limit: MAX_EXCLUDED as u64,
            });
        }
        let zone = Zone::get(timezone);
        let zone = zone.ok_or_else(|| PartitionsError::Timezone { timezone: timezone.clone() })?;
        let format = Format::parse(fmt);
        let format = format.map_err(|directive| PartitionsError::Format { fmt: fmt.clone(), directive })?;
        Ok(Self { schedule: Schedule { cron: cron(text)?, zone, excluded, excluded_times }, format })
    }

    /// Appends the key of a window.
    pub(crate) fn write_key(&self, out: &mut String, tick: Tick) {
        let offset = tick.wall - tick.instant;
        self.format.write(out, tick.wall, offset, &|| self.schedule.zone.abbreviation(tick.instant));
        if tick.second && self.schedule.cron.every_hour() && !self.format.has_offset {
            Format::write_suffix(out, offset);
        }
    }

    pub(crate) fn key(&self, tick: Tick) -> String {
        let mut key = String::with_capacity(24);
        self.write_key(&mut key, tick);
        key
    }
}

const NANOSECONDS: i128 = 1_000_000_000;

/// Returns the first whole second at or after a time.
fn ceil(time: &Timestamp) -> i64 {
    -((-time.unix_nanoseconds()).div_euclid(NANOSECONDS) as i64)
}

/// Returns the last whole second at or before a time.
fn floor(time: &Timestamp) -> i64 {
    time.unix_nanoseconds().div_euclid(NANOSECONDS) as i64
}

impl WindowKeys {
    /// Returns the windows that a definition has at a time. O(months)
    pub(crate) fn at(definition: &TimeWindowPartitions, now: &Timestamp) -> Result<Self, PartitionsError> {
        let calendar = Arc::new(Calendar::new(definition)?);
        let bounds = first_and_last(&calendar.schedule, definition, now)?;
        Self::between(calendar, bounds)
    }

    /// Returns the windows that start from one instant to another.
    pub(crate) fn from_to(calendar: Arc<Calendar>, first: i64, last: i64) -> Result<Self, PartitionsError> {
        let first = calendar.schedule.forward(first, 0, Which::Kept);
        let last = calendar.schedule.backward(last + 1, 0, Which::Kept);
        Self::between(calendar, first.zip(last))
    }

    /// Returns the windows from one to another. O(months)
    pub(crate) fn between(
        calendar: Arc<Calendar>,
        bounds: Option<(Tick, Tick)>,
    ) -> Result<Self, PartitionsError> {
        let Some((first, last)) = bounds.filter(|(first, last)| first.instant <= last.instant) else {
            return Ok(Self { calendar, bounds: None });
        };
        let schedule = &calendar.schedule;
        let end = schedule.end(last.instant).ok_or(PartitionsError::OutOfRange)?;
        let (first_day, last_day) = (schedule.day_of(first.instant), schedule.day_of(last.instant));
        let (month, last_month) = (Month::of_day(first_day), Month::of_day(last_day));
        let mut months = Vec::with_capacity((last_month.0 - month.0 + 1) as usize);
        let mut before = 0;
        let mut at = month;
        while at <= last_month {
            let special = schedule.special_days(at);
            months.push(MonthOf { special, before });
            before += schedule.count(at, special, u32::MAX, Which::Kept);
            at = at.next();
        }
        let mut bounds = Bounds { first, last, end, length: 0, month, months: months.into(), skip: 0 };
        bounds.skip = bounds.position(schedule, first.instant);
        bounds.length = bounds.position(schedule, last.instant).saturating_sub(bounds.skip) + 1;
        Ok(Self { calendar, bounds: Some(bounds) })
    }

    pub(crate) fn len(&self) -> u64 {
        self.bounds.as_ref().map_or(0, |bounds| bounds.length)
    }

    /// Returns the start of the first window.
    pub(crate) fn first(&self) -> Option<Tick> {
        self.bounds.as_ref().map(|bounds| bounds.first)
    }

    /// Returns the start of the last window.
    pub(crate) fn last(&self) -> Option<Tick> {
        self.bounds.as_ref().map(|bounds| bounds.last)
    }

    /// Returns from when to when these windows and others reach.
    fn reach(&self, other: &Self) -> (i64, i64) {
        let bounds = || self.bounds.iter().chain(&other.bounds);
        let from = bounds().map(|bounds| bounds.first.instant).min();
        let to = bounds().map(|bounds| bounds.end).max();
        from.zip(to).unwrap_or((0, 0))
    }

    /// Returns whether the clocks of both go alike over all of the windows.
    pub(crate) fn same_zone(&self, other: &Self) -> bool {
        let (from, to) = self.reach(other);
        self.calendar.schedule.zone.agrees(&other.calendar.schedule.zone, from, to)
    }

    /// Returns whether both have the same windows with the same keys, but for where they start and end.
    pub(crate) fn same_calendar(&self, other: &Self) -> bool {
        if self.calendar == other.calendar {
            return true;
        }
        let Calendar { schedule: a, format } = &*self.calendar;
        let Calendar { schedule: b, format: other_format } = &*other.calendar;
        let all_in = |these: &Schedule, those: &Schedule| {
            these.excluded.iter().all(|cron| those.excluded.contains(cron))
        };
        format == other_format
            && !format.has_zone()
            && a.cron == b.cron
            && a.excluded_times == b.excluded_times
            && all_in(a, b)
            && all_in(b, a)
            && self.same_zone(other)
    }

    /// Returns whether two definitions with these calendars start and end with the same windows.
    pub(crate) fn same_limits(&self, base: &TimeWindowPartitions, head: &TimeWindowPartitions) -> bool {
        let schedule = &self.calendar.schedule;
        let first =
            |start: &Timestamp| schedule.forward(ceil(start), 0, Which::Kept).map(|tick| tick.instant);
        let last = |end: &Option<Timestamp>| {
            end.as_ref().map(|end| schedule.ended(floor(end), 0).map(|tick| tick.instant))
        };
        first(&base.start) == first(&head.start) && last(&base.end) == last(&head.end)
    }

    /// Returns the start of a window by its position. O(log months)
    pub(crate) fn get(&self, position: u64) -> Option<Tick> {
        self.ticks(position, self.len()).next()
    }

    /// Returns the starts of windows in order, lazily; each costs O(1).
    pub(crate) fn ticks(&self, from: u64, to: u64) -> Ticks<'_> {
        Ticks::new(self, from, to)
    }

    /// Returns how many windows start before an instant. O(log months)
    pub(crate) fn rank(&self, instant: i64) -> u64 {
        match &self.bounds {
            Some(bounds) if instant > bounds.last.instant => bounds.length,
            Some(bounds) if instant > bounds.first.instant => {
                bounds.position(&self.calendar.schedule, instant).saturating_sub(bounds.skip)
            }
            _ => 0,
        }
    }

    /// Returns the position of a key. O(log months)
    pub(crate) fn position(&self, key: &str) -> Option<u64> {
        let format = &self.calendar.format;
        let suffixed = !format.has_offset && self.calendar.schedule.cron.every_hour();
        let parsed = format.read(key);
        let parsed = parsed.or_else(|| suffixed.then(|| format.read_with_offset(key)).flatten())?;
        let instant = match parsed.offset {
            Some(offset) => parsed.wall - offset,
            None => self.calendar.schedule.zone.instant(parsed.wall),
        };
        // A format may leave out when in the day the windows start, and what it shows may not exist.
        let near = self.rank(instant).saturating_sub(1);
        let mut found = String::new();
        let mut candidates = (near..).zip(self.ticks(near, near + 4));
        candidates.find_map(|(position, tick)| {
            found.clear();
            self.calendar.write_key(&mut found, tick);
            (found == key).then_some(position)
        })
    }
}

impl Bounds {
    /// Returns how many ticks start before an instant, from the start of the first month.
    fn position(&self, schedule: &Schedule, instant: i64) -> u64 {
        let day = schedule.day_of(instant);
        let month = Month::of_day(day);
        let Some(of_month) = self.months.get((month.0 - self.month.0) as usize) else { return 0 };
        let bit = 1_u32 << (day - month.first_day() + 1);
        let before = schedule.count(month, of_month.special, bit - 1, Which::Kept);
        let within = if of_month.special & bit != 0 {
            let ticks = schedule.day_ticks(day, Which::Kept);
            ticks.partition_point(|tick| tick.instant < instant)
        } else if schedule.cron.days(month) & bit != 0 {
            let second = instant + schedule.zone.offset(instant) - day * DAY;
            schedule.pattern(day, Which::Kept).partition_point(|&minute| i64::from(minute) * 60 < second)
        } else {
            0
        };
        of_month.before + before + within as u64
    }
}

/// Returns the starts of the first and the last window that a definition has at a time.
fn first_and_last(
    schedule: &Schedule,
    definition: &TimeWindowPartitions,
    now: &Timestamp,
) -> Result<Option<(Tick, Tick)>, PartitionsError> {
    let start = ceil(&definition.start);
    let limits = FIRST_MONTH.first_day() * DAY..LAST_MONTH.next().first_day() * DAY;
    if !limits.contains(&start) || !limits.contains(&floor(now)) {
        return Err(PartitionsError::OutOfRange);
    }
    if definition.end.is_some_and(|end| end <= definition.start) {
        return Ok(None);
    }
    let kept = |tick: Option<Tick>| tick.ok_or(PartitionsError::OutOfRange);
    let first = schedule.forward(start, 0, Which::Kept);
    let first = first.ok_or_else(|| PartitionsError::NeverStarts { cron: definition.cron.clone() })?;
    let ended = |instant: i64, skip: u64| schedule.ended(instant, skip);
    let by_end = definition.end.as_ref().and_then(|end| ended(floor(end), 0));
    let offset = definition.end_offset.unsigned_abs();
    let current = match definition.end_offset {
        0 => ended(floor(now), 0),
        1.. => {
            let from = match ended(floor(now), 0) {
                Some(tick) => kept(schedule.forward(tick.instant + 1, 0, Which::All))?.instant,
                None => floor(now),
            };
            let last = kept(schedule.forward(from, offset - 1, Which::Kept))?;
            // Dagster gives the first window one more window of time than the others.
            let limit = kept(schedule.forward(ceil(now), offset, Which::Kept))?;
            let begun = schedule.end(first.instant).is_some_and(|end| end <= limit.instant);
            let first_of = if begun && first.instant > last.instant { first } else { last };
            begun.then_some(first_of)
        }
        _ => ended(floor(now), offset),
    };
    let last = match (current, &definition.end) {
        (Some(current), Some(_)) => {
            by_end.map(|by_end| if by_end.instant < current.instant { by_end } else { current })
        }
        (current, _) => current,
    };
    Ok(last.filter(|last| last.instant >= first.instant).map(|last| (first, last)))
}
