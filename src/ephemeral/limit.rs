//! A limit on how often something may happen: the counter, its window and its maximum.
//! When there is no room for another counter, counters share one: a shared counter may
//! refuse too early, but no live counter is lost.

use std::time::Duration;

use super::Key;
use crate::sha256::sha256_hex;

/// How many shared counters there are for each length of a window.
const SHARED: u64 = 16_384;

/// A maximum number within a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The name of the counter.
    pub of: String,
    /// The length of the window, from the first count.
    pub window: Duration,
    /// The maximum.
    pub most: u64,
    /// How much one time counts.
    pub weight: u64,
}

impl Limit {
    /// Makes a limit in which each time counts one.
    #[must_use]
    pub const fn new(of: String, window: Duration, most: u64) -> Self {
        Self {
            of,
            window,
            most,
            weight: 1,
        }
    }

    /// Makes each time count `weight`.
    #[must_use]
    pub fn weighing(self, weight: u64) -> Self {
        Self { weight, ..self }
    }

    /// Whether a counter that stands at `counted` allows one more time.
    pub(super) const fn allows(&self, counted: u64) -> bool {
        counted.saturating_add(self.weight) <= self.most
    }

    /// Returns the key of its own counter.
    pub(super) fn own(&self) -> Key<'_> {
        Key::Rate(&self.of)
    }

    /// Returns the name of the shared counter that stands in for its own.
    pub(super) fn shared(&self) -> String {
        let hash = sha256_hex(self.of.as_bytes());
        let head: String = hash.chars().take(8).collect();
        let number = u64::from_str_radix(&head, 16).unwrap_or_default() % SHARED;
        format!("~{}:{number}", self.window.as_secs())
    }
}
