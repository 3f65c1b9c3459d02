//! A map in memory for sessions and logins under way. Entries expire, and the map never
//! grows past its bound: the newest entry displaces the oldest.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Entries by key, all with the same lifetime. Putting a key again starts its lifetime
/// anew.
pub(crate) struct Bounded<K, V> {
    capacity: usize,
    lifetime: Duration,
    entries: Mutex<Entries<K, V>>,
}

struct Entries<K, V> {
    by_key: HashMap<K, (Instant, V)>,
    /// Keys, oldest first. A key that was taken, or put again, stays here until its turn,
    /// so this queue is what is bounded.
    order: VecDeque<(Instant, K)>,
}

impl<K: Eq + Hash + Clone, V> Bounded<K, V> {
    /// Creates a map for `capacity` entries, each of which lives for `lifetime`.
    pub(crate) fn new(capacity: usize, lifetime: Duration) -> Self {
        Self {
            capacity,
            lifetime,
            entries: Mutex::new(Entries {
                by_key: HashMap::new(),
                order: VecDeque::new(),
            }),
        }
    }

    /// Stores `value`, and drops entries that have expired or exceed the bound.
    pub(crate) fn put(&self, key: K, value: V, now: Instant) {
        let mut entries = self.lock();
        let expiry = now + self.lifetime;
        entries.by_key.insert(key.clone(), (expiry, value));
        entries.order.push_back((expiry, key));
        loop {
            let full = entries.order.len() > self.capacity;
            let oldest = entries
                .order
                .pop_front_if(|(expiry, _)| full || *expiry <= now);
            let Some((expiry, oldest)) = oldest else {
                break;
            };
            let kept = entries.by_key.get(&oldest);
            if kept.is_some_and(|(kept, _)| *kept == expiry) {
                entries.by_key.remove(&oldest);
            }
        }
    }

    /// Removes and returns the value, for values that may be used once.
    pub(crate) fn take(&self, key: &K, now: Instant) -> Option<V> {
        let (expiry, value) = self.lock().by_key.remove(key)?;
        (expiry > now).then_some(value)
    }

    /// Removes every value for which `is_one` is true.
    pub(crate) fn remove_all(&self, is_one: impl Fn(&V) -> bool) {
        self.lock().by_key.retain(|_, (_, value)| !is_one(value));
    }

    /// Returns a copy of the value.
    pub(crate) fn get(&self, key: &K, now: Instant) -> Option<V>
    where
        V: Clone,
    {
        let entries = self.lock();
        let (expiry, value) = entries.by_key.get(key)?;
        (*expiry > now).then(|| value.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Entries<K, V>> {
        // Every change is complete when the lock is released, even if another thread
        // panics, so a poisoned lock is usable.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn the_oldest_leaves_for_the_newest() {
        let (kept, now) = (Bounded::new(2, MINUTE), Instant::now());
        for n in 1..=3 {
            kept.put(n, n, now);
        }
        assert_eq!(kept.get(&1, now), None);
        assert_eq!(kept.get(&2, now), Some(2));
        assert_eq!(kept.get(&3, now), Some(3));
    }

    #[test]
    fn what_is_put_again_does_not_end_with_what_was_there_before() {
        let (kept, now) = (Bounded::new(10, MINUTE), Instant::now());
        kept.put("lock", 1, now);
        kept.take(&"lock", now);
        kept.put("lock", 2, now + MINUTE / 2);
        kept.put("other", 3, now + MINUTE);
        assert_eq!(kept.get(&"lock", now + MINUTE), Some(2));
        assert_eq!(kept.get(&"lock", now + MINUTE + MINUTE / 2), None);
    }

    #[test]
    fn an_entry_is_gone_after_its_time() {
        let (kept, now) = (Bounded::new(2, MINUTE), Instant::now());
        kept.put("a", 1, now);
        assert_eq!(kept.get(&"a", now + MINUTE), None);
        assert_eq!(kept.take(&"a", now + MINUTE), None);
    }

    #[test]
    fn what_is_taken_is_taken_once() {
        let (kept, now) = (Bounded::new(2, MINUTE), Instant::now());
        kept.put("a", 1, now);
        assert_eq!(kept.take(&"a", now), Some(1));
        assert_eq!(kept.take(&"a", now), None);
    }

    #[test]
    fn all_of_a_kind_leave_at_once() {
        let (kept, now) = (Bounded::new(10, MINUTE), Instant::now());
        for n in 1..=4 {
            kept.put(n, n, now);
        }
        kept.remove_all(|n| n % 2 == 0);
        assert_eq!(
            [1, 2, 3, 4].map(|n| kept.get(&n, now).is_some()),
            [true, false, true, false]
        );
    }

    #[test]
    fn entries_put_and_taken_for_ever_leave_nothing_behind() {
        let (kept, now) = (Bounded::new(10, MINUTE), Instant::now());
        for n in 0..1000 {
            kept.put(n, n, now);
            kept.take(&n, now);
        }
        let entries = kept.lock();
        assert!(entries.order.len() <= 10 && entries.by_key.is_empty());
    }
}
