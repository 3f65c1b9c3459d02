//! A birthdate: a real day from 1900 to today in Japan, stored as `YYYY-MM-DD` and shown
//! with the year of the era.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, Duration, Month, OffsetDateTime};

use super::phone_number::half_width_digit;
use crate::clock::Timestamp;
use crate::locale::Locale;

/// The earliest accepted year.
pub const FIRST_YEAR: i32 = 1900;

/// The offset of Japan Standard Time from UTC. Japan has no daylight saving time.
const JAPAN: Duration = Duration::hours(9);

/// The eras by their first day (year, month, day), with their names in Japanese and
/// English.
const ERAS: [(i32, u8, u8, &str, &str); 5] = [
    (2019, 5, 1, "令和", "Reiwa"),
    (1989, 1, 8, "平成", "Heisei"),
    (1926, 12, 25, "昭和", "Showa"),
    (1912, 7, 30, "大正", "Taisho"),
    (1868, 1, 25, "明治", "Meiji"),
];

/// A valid birthdate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Birthdate {
    year: i32,
    month: u8,
    day: u8,
}

impl Birthdate {
    /// Reads year, month and day as typed or selected. Full-width digits are accepted.
    ///
    /// # Errors
    /// The error code: `birthdate-incomplete`, `birthdate-no-day`, `birthdate-too-early` or
    /// `birthdate-future`.
    pub fn read(year: &str, month: &str, day: &str, now: Timestamp) -> Result<Self, &'static str> {
        let part = |typed: &str| -> Result<u16, &'static str> {
            let digits: String = typed.trim().chars().map(half_width_digit).collect();
            if digits.is_empty() {
                return Err("birthdate-incomplete");
            }
            digits.parse().map_err(|_| "birthdate-no-day")
        };
        let (year, month, day) = (part(year)?, part(month)?, part(day)?);
        let small = |number: u16| u8::try_from(number).map_err(|_| "birthdate-no-day");
        Self::of(i32::from(year), small(month)?, small(day)?, now)
    }

    /// Reads `YYYY-MM-DD`, the form of the claim (OpenID Connect Core §5.1).
    ///
    /// # Errors
    /// `birthdate-no-day` if the text has another form; otherwise as [`Birthdate::read`].
    pub fn from_claim(claim: &str, now: Timestamp) -> Result<Self, &'static str> {
        match claim.split('-').collect::<Vec<_>>().as_slice() {
            [year, month, day] if claim.len() == 10 && claim.is_ascii() => {
                Self::read(year, month, day, now)
            }
            _ => Err("birthdate-no-day"),
        }
    }

    fn of(year: i32, month: u8, day: u8, now: Timestamp) -> Result<Self, &'static str> {
        let month_of_year = Month::try_from(month).map_err(|_| "birthdate-no-day")?;
        let date =
            Date::from_calendar_date(year, month_of_year, day).map_err(|_| "birthdate-no-day")?;
        if year < FIRST_YEAR {
            return Err("birthdate-too-early");
        }
        if date > today_in_japan(now) {
            return Err("birthdate-future");
        }
        Ok(Self { year, month, day })
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.year
    }

    /// The month, from 1.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Whether a person born on this day is `age` years old, in Japan. An age is attained
    /// when the day before the birthday ends (年齢計算ニ関スル法律, Civil Code Art. 143(2)): from the
    /// first moment of the birthday on. A person born on 29 February attains it with the
    /// end of 28 February in every year.
    #[must_use]
    pub fn has_attained(self, age: u8, now: Timestamp) -> bool {
        let today = today_in_japan(now);
        let birthday = (self.year + i32::from(age), self.month, self.day);
        (today.year(), u8::from(today.month()), today.day()) >= birthday
    }

    /// Returns the year of the era: 平成7年, Heisei 7.
    #[must_use]
    pub fn era(self, locale: Locale) -> String {
        let of_era = ERAS.iter().find(|(year, month, day, _, _)| {
            (self.year, self.month, self.day) >= (*year, *month, *day)
        });
        let Some((first, _, _, japanese, english)) = of_era else {
            return String::new();
        };
        let count = self.year - first + 1;
        match (locale, count) {
            (Locale::Ja, 1) => format!("{japanese}元年"),
            (Locale::Ja, count) => format!("{japanese}{count}年"),
            (Locale::En, count) => format!("{english} {count}"),
        }
    }
}

impl fmt::Display for Birthdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Birthdate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Birthdate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let claim = String::deserialize(deserializer)?;
        // A stored date was checked when it was entered; only its form is checked here.
        Self::from_claim(&claim, Timestamp(i64::MAX)).map_err(serde::de::Error::custom)
    }
}

fn today_in_japan(now: Timestamp) -> Date {
    OffsetDateTime::from_unix_timestamp(now.0)
        .ok()
        .and_then(|now| now.checked_add(JAPAN))
        .map_or(Date::MAX, OffsetDateTime::date)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22T15:00:00Z, which is midnight of 2026-11-23 in Japan.
    const NOW: Timestamp = Timestamp(1_795_359_600);

    fn read(year: &str, month: &str, day: &str) -> Result<String, &'static str> {
        Birthdate::read(year, month, day, NOW).map(|date| date.to_string())
    }

    #[test]
    fn a_real_day_is_taken_in_any_width() {
        assert_eq!(read("1995", "12", "25").as_deref(), Ok("1995-12-25"));
        assert_eq!(read("１９９５", "１", "５").as_deref(), Ok("1995-01-05"));
        assert_eq!(read("2000", "2", "29").as_deref(), Ok("2000-02-29"));
        assert_eq!(read("1900", "01", "01").as_deref(), Ok("1900-01-01"));
    }

    #[test]
    fn what_is_no_birthdate_is_told_by_its_code() {
        for (year, month, day, code) in [
            ("", "12", "25", "birthdate-incomplete"),
            ("1995", "12", "", "birthdate-incomplete"),
            ("1995", "2", "31", "birthdate-no-day"),
            ("1900", "2", "29", "birthdate-no-day"),
            ("1995", "13", "1", "birthdate-no-day"),
            ("1995", "0", "1", "birthdate-no-day"),
            ("1995", "12", "300", "birthdate-no-day"),
            ("平成7", "12", "25", "birthdate-no-day"),
            ("1899", "12", "31", "birthdate-too-early"),
            ("2026", "11", "24", "birthdate-future"),
        ] {
            assert_eq!(read(year, month, day), Err(code), "{year}-{month}-{day}");
        }
    }

    #[test]
    fn today_is_today_in_japan() {
        assert!(read("2026", "11", "23").is_ok());
        let before = Timestamp(NOW.0 - 1);
        assert!(Birthdate::read("2026", "11", "23", before).is_err());
    }

    #[test]
    fn the_era_turns_on_its_first_day() {
        for (claim, ja, en) in [
            ("1989-01-07", "昭和64年", "Showa 64"),
            ("1989-01-08", "平成元年", "Heisei 1"),
            ("1995-12-25", "平成7年", "Heisei 7"),
            ("2019-04-30", "平成31年", "Heisei 31"),
            ("2019-05-01", "令和元年", "Reiwa 1"),
            ("1926-12-24", "大正15年", "Taisho 15"),
            ("1926-12-25", "昭和元年", "Showa 1"),
            ("1900-01-01", "明治33年", "Meiji 33"),
        ] {
            let date = Birthdate::from_claim(claim, NOW).unwrap();
            assert_eq!(date.era(Locale::Ja), ja);
            assert_eq!(date.era(Locale::En), en);
        }
    }

    #[test]
    fn an_age_is_attained_with_the_end_of_the_day_before_the_birthday_in_japan() {
        for (born, age, yesterday, today) in [
            ("2010-11-23", 16, false, true),
            ("2010-11-24", 16, false, false),
            ("2010-11-22", 16, true, true),
            ("2008-11-23", 18, false, true),
            ("2026-11-23", 0, false, true),
        ] {
            let born_on = Birthdate::from_claim(born, NOW).unwrap();
            let last_second = Timestamp(NOW.0 - 1);
            assert_eq!(born_on.has_attained(age, last_second), yesterday, "{born}");
            assert_eq!(born_on.has_attained(age, NOW), today, "{born}");
        }
    }

    #[test]
    fn who_was_born_on_a_leap_day_attains_an_age_with_the_end_of_28_february() {
        let born = Birthdate::from_claim("2012-02-29", NOW).unwrap();
        // 2028-02-29 and 2030-03-01, 00:00 in Japan.
        for (age, first) in [(16, 1_835_362_800), (18, 1_898_521_200)] {
            assert!(born.has_attained(age, Timestamp(first)), "{age}");
            assert!(!born.has_attained(age, Timestamp(first - 1)), "{age}");
        }
    }

    #[test]
    fn a_claim_has_one_form() {
        for claim in [
            "1995-12-25x",
            "1995/12/25",
            "0000-12-25",
            "1995",
            "１９９５-12-2",
        ] {
            assert!(Birthdate::from_claim(claim, NOW).is_err(), "{claim}");
        }
        let stored: Birthdate = serde_json::from_str("\"1995-12-25\"").unwrap();
        assert_eq!(serde_json::to_string(&stored).unwrap(), "\"1995-12-25\"");
    }
}
