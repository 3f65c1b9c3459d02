//! A calendar day in Japan. Pages show times as days, and records of use store only the
//! day.

use std::fmt;

use time::Date;

use crate::clock::Timestamp;

/// The Julian day number of 1970-01-01, as the `time` crate counts days.
const FIRST: i64 = 2_440_588;

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i64);

impl Day {
    /// Returns the day of a time. A time beyond the calendar gives the last possible day.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        let day = |at: time::OffsetDateTime| i64::from(at.to_julian_day()) - FIRST;
        Self(at.in_japan().map_or(i64::MAX, day))
    }
}

/// Writes `2026-11-22`; writes nothing for a day beyond the calendar.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = i32::try_from(self.0.saturating_add(FIRST)).ok();
        let date = day.and_then(|day| Date::from_julian_day(day).ok());
        date.map_or(Ok(()), |date| {
            let (year, month, day) = date.to_calendar_date();
            write!(f, "{year:04}-{:02}-{day:02}", u8::from(month))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_japan() {
        let day = |seconds| Day::of(Timestamp(seconds)).to_string();
        assert_eq!(day(1_795_359_599), "2026-11-22");
        assert_eq!(day(1_795_359_600), "2026-11-23");
        assert_eq!(Day::of(Timestamp(-9 * 3600)), Day(0));
        assert_eq!(day(-9 * 3600), "1970-01-01");
        assert_eq!(day(-9 * 3600 - 1), "1969-12-31");
        assert_eq!(day(i64::MAX), "");
    }
}
