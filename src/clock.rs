//! The current time: the system's clock in a running server, in tests a clock that stands
//! still until the test moves it. No other module reads the time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::macros::offset;
use time::{Date, OffsetDateTime, UtcOffset};

/// A point in time: whole seconds since 1970-01-01T00:00:00Z, as in JWTs (RFC 7519 §2,
/// NumericDate) and in the database (`BIGINT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns the time `duration` later; saturates instead of overflowing.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(seconds(duration)))
    }

    /// Returns the time `duration` earlier; saturates instead of overflowing.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(seconds(duration)))
    }

    /// Returns how long ago `earlier` was; zero if it is in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// The offset of Japan Standard Time. Japan has no daylight saving time.
const JAPAN: UtcOffset = offset!(+9);

impl Timestamp {
    /// Returns the time in Japan's time zone; `None` beyond the year 9999.
    #[must_use]
    pub fn in_japan(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(self.0)
            .ok()?
            .checked_to_offset(JAPAN)
    }

    /// Returns when that day begins in Japan.
    #[must_use]
    pub fn of_day_in_japan(day: Date) -> Self {
        Self(day.midnight().assume_offset(JAPAN).unix_timestamp())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// The source of the time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A test's clock, which shows the time it was last set to.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// Returns a clock that stands at `start` until it is advanced.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.0)))
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(system_seconds()),
            Self::Manual(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; does nothing to the system's clock.
    pub fn advance(&self, duration: Duration) {
        if let Self::Manual(at) = self {
            at.fetch_add(seconds(duration), Ordering::SeqCst);
        }
    }
}

/// Lets each of several things be logged once in a while. Cheap to clone; clones share the
/// times.
#[derive(Clone, Debug)]
pub struct Seldom<T> {
    clock: Clock,
    quiet_until: Arc<Mutex<BTreeMap<T, Timestamp>>>,
}

impl<T: Ord> Seldom<T> {
    /// The least time between two log lines of the same thing.
    pub const QUIET: Duration = Duration::from_secs(60);

    /// Makes it with the clock that it keeps time by.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            quiet_until: Arc::default(),
        }
    }

    /// Whether a log line about `what` is due, for one of those who ask at once.
    #[must_use]
    pub fn is_due(&self, what: T) -> bool {
        let now = self.clock.now();
        let mut quiet_until = self
            .quiet_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let until = quiet_until.entry(what).or_insert(now);
        if now < *until {
            return false;
        }
        *until = now.after(Self::QUIET);
        true
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock"
)]
fn system_seconds() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_logged_once_a_minute() {
        let clock = Clock::manual(Timestamp(1_000));
        let seldom = Seldom::new(clock.clone());
        let told = |what| (0..1_000).filter(|_| seldom.clone().is_due(what)).count();
        assert_eq!((told("one"), told("other"), told("one")), (1, 1, 0));
        clock.advance(Seldom::<&str>::QUIET);
        assert_eq!(told("one"), 1);
    }
}
