//! Tells the operator that short-lived state is full: what became of which kind of value, in
//! one log line a minute at most for each.

use crate::clock::{Clock, Seldom};

/// What became of a value for which there was no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// It was refused, with the request that it belongs to.
    Refused,
    /// It was stored in place of the oldest of its kind.
    InPlaceOfOldest,
    /// It was stored on Redis beyond `maxmemory`.
    BeyondTheLimit,
    /// It is a counter, and shares one with others.
    Shared,
}

impl Outcome {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Refused => {
                "short-lived state is full: requests that need new values of this kind are refused"
            }
            Self::InPlaceOfOldest => {
                "short-lived state is full: the oldest values of this kind give way to new ones"
            }
            Self::BeyondTheLimit => {
                "short-lived state is full: Redis stores new values of this kind beyond its maxmemory"
            }
            Self::Shared => {
                "short-lived state is full: new limits share counters, and may refuse too early"
            }
        }
    }
}

/// The alarm. Cheap to clone; clones share the times of the last log lines.
#[derive(Clone, Debug)]
pub(super) struct Alarm(Seldom<(Outcome, &'static str)>);

impl Alarm {
    pub(super) fn new(clock: Clock) -> Self {
        Self(Seldom::new(clock))
    }

    /// Logs what became of a value of this kind, unless it was logged recently.
    pub(super) fn sound(&self, kind: &'static str, outcome: Outcome) {
        if self.0.is_due((outcome, kind)) {
            tracing::error!(kind, "{}", outcome.in_words());
        }
    }
}
