//! Days and months of the proleptic Gregorian calendar as numbers.

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// The months of the years 1 to 9999: what Python's dates, and so the tools' keys, know.
pub(crate) const FIRST_MONTH: Month = Month(12);
pub(crate) const LAST_MONTH: Month = Month(9999 * 12 + 11);

/// A month, counted from January of the year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Month(pub(crate) i32);

impl Month {
    /// Returns the month of a day, counted from 1970-01-01.
    pub(crate) fn of_day(day: i64) -> Self {
        let (year, month, _) = civil(day);
        Self(year * 12 + month as i32 - 1)
    }

    pub(crate) fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// Returns 1 for January.
    pub(crate) fn month(self) -> u32 {
        self.0.rem_euclid(12) as u32 + 1
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    pub(crate) fn previous(self) -> Self {
        Self(self.0 - 1)
    }

    /// Returns the first day, counted from 1970-01-01.
    pub(crate) fn first_day(self) -> i64 {
        day_number(self.year(), self.month(), 1)
    }

    /// Returns how many days it has.
    pub(crate) fn days(self) -> u32 {
        (self.next().first_day() - self.first_day()) as u32
    }
}

/// Returns the day since 1970-01-01 of a date.
pub(crate) fn day_number(year: i32, month: u32, day: u32) -> i64 {
    // Years that begin in March have their leap day at the end.
    let year = i64::from(year) - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = i64::from((month + 9) % 12);
    let of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Returns year, month and day of a day since 1970-01-01; of the year -11999 at the earliest.
pub(crate) fn civil(day: i64) -> (i32, u32, u32) {
    // Whole eras make it positive, and small numbers divide faster.
    const ERAS: u32 = 30;
    let day = (day + 719_468 + i64::from(ERAS) * 146_097).max(0) as u32;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = (year + era * 400 + u32::from(month <= 2)) as i32 - (ERAS * 400) as i32;
    (year, month, date)
}

/// Returns the day of the week of a day since 1970-01-01; 0 is Sunday.
pub(crate) fn weekday(day: i64) -> u32 {
    (day + 4).rem_euclid(7) as u32
}
