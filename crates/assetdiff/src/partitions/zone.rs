//! Time zones: local time, in seconds since 1970-01-01, to and from instants.

use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::calendar::{DAY, civil};

/// A time zone of the database that is compiled in, so that keys are the same on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    name: String,
    zone: TimeZone,
    /// The offset in seconds, if it never changes.
    fixed: Option<i64>,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

/// A change of the offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) instant: i64,
    pub(crate) before: i64,
    pub(crate) after: i64,
}

impl Zone {
    /// Returns the zone of an IANA name, or `None` if there is none.
    pub(crate) fn get(name: &str) -> Option<Self> {
        static BUNDLED: OnceLock<TimeZoneDatabase> = OnceLock::new();
        let zone = match name {
            "UTC" | "utc" => TimeZone::UTC,
            _ => BUNDLED.get_or_init(TimeZoneDatabase::bundled).get(name).ok()?,
        };
        let fixed = zone.to_fixed_offset().ok().map(|offset| i64::from(offset.seconds()));
        Some(Self { name: name.to_owned(), zone, fixed })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the offset from UTC at an instant.
    pub(crate) fn offset(&self, instant: i64) -> i64 {
        match self.fixed {
            Some(offset) => offset,
            None => i64::from(self.zone.to_offset(timestamp(instant)).seconds()),
        }
    }

    /// Returns the abbreviation at an instant, such as `CET`.
    pub(crate) fn abbreviation(&self, instant: i64) -> String {
        self.zone.to_offset_info(timestamp(instant)).abbreviation().to_owned()
    }

    /// Returns the changes of the offset from one instant to before another.
    pub(crate) fn transitions(&self, from: i64, to: i64) -> Vec<Transition> {
        if self.fixed.is_some() {
            return Vec::new();
        }
        let following = self.zone.following(timestamp(from - 1)).map(|found| Transition {
            instant: found.timestamp().as_second(),
            before: self.offset(found.timestamp().as_second() - 1),
            after: i64::from(found.offset().seconds()),
        });
        following
            .take_while(|found| found.instant < to)
            .filter(|found| found.instant >= from && found.before != found.after)
            .collect()
    }

    /// Returns the instant of a local time: the first of two, and what follows a missing one by as much as it is
    /// into the gap.
    pub(crate) fn instant(&self, wall: i64) -> i64 {
        if let Some(offset) = self.fixed {
            return wall - offset;
        }
        let (year, month, day) = civil(wall.div_euclid(DAY));
        let second = wall.rem_euclid(DAY);
        let time = jiff::civil::DateTime::new(
            year as i16,
            month as i8,
            day as i8,
            (second / 3600) as i8,
            (second / 60 % 60) as i8,
            (second % 60) as i8,
            0,
        );
        let found = time.and_then(|time| self.zone.to_ambiguous_timestamp(time).compatible());
        found.map_or_else(|_| wall - self.offset(wall), |found| found.as_second())
    }

    /// Returns whether two zones have the same offsets from one instant to before another.
    pub(crate) fn agrees(&self, other: &Self, from: i64, to: i64) -> bool {
        self.name == other.name
            || self.offset(from) == other.offset(from)
                && self.transitions(from, to) == other.transitions(from, to)
    }
}

fn timestamp(instant: i64) -> jiff::Timestamp {
    let within = instant.clamp(jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
    jiff::Timestamp::from_second(within).unwrap_or_default()
}
