//! Tells the operator that short-lived state is full: one log line a minute at most.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::Clock;

/// The least time between two log lines.
const QUIET: Duration = Duration::from_secs(60);

/// The alarm. Cheap to clone; clones share the time of the last log line.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    clock: Clock,
    quiet_until: Arc<AtomicI64>,
}

impl Alarm {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            quiet_until: Arc::new(AtomicI64::new(i64::MIN)),
        }
    }

    /// Logs that there is no room for a value of this kind, unless it was logged recently.
    pub(super) fn sound(&self, kind: &'static str) {
        if self.is_due() {
            tracing::error!(
                kind,
                "short-lived state is full: requests of people who are not logged in are refused"
            );
        }
    }

    /// Whether a log line is due, for one of those who ask at once.
    fn is_due(&self) -> bool {
        let now = self.clock.now();
        let before = self.quiet_until.load(Ordering::Relaxed);
        if now.0 < before {
            return false;
        }
        let until = now.after(QUIET).0;
        let order = Ordering::Relaxed;
        let due = self
            .quiet_until
            .compare_exchange(before, until, order, order);
        due.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn the_operator_is_told_once_a_minute() {
        let clock = Clock::manual(Timestamp(1_000));
        let alarm = Alarm::new(clock.clone());
        let told = || (0..1_000).filter(|_| alarm.clone().is_due()).count();
        assert_eq!(told(), 1);
        clock.advance(QUIET);
        assert_eq!(told(), 1);
    }
}
