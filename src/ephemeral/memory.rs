//! Short-lived state in this process. Each kind of key has its own table behind its own
//! lock, so that a flood of one kind evicts only entries of that kind. Every write removes
//! a few expired entries, so that tables shrink while they are used.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Key, Spent};
use crate::clock::{Clock, Timestamp};

/// How many expired entries a write removes at most. A write adds at most one entry, so
/// tables shrink, and no single caller has to clear a whole burst.
const PRUNED_PER_WRITE: usize = 8;

/// The estimated memory of an entry besides its ID and value: its places in the map and the
/// queues, in bytes.
const ENTRY_OVERHEAD: usize = 256;

/// The limits of each kind of state. Beyond them, the oldest entry is evicted.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of entries of one kind.
    pub entries: usize,
    /// The bytes of one kind, including keys and overhead.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 100_000,
            bytes: 48 << 20,
        }
    }
}

/// The tables, one per kind of key. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Memory {
    tables: Arc<Tables>,
    clock: Clock,
    limits: Limits,
}

#[derive(Debug, Default)]
struct Tables {
    pushed_requests: Mutex<Table>,
    interactions: Mutex<Table>,
    answered: Mutex<Table>,
    codes: Mutex<Table>,
    assertions: Mutex<Table>,
    devices: Mutex<Table>,
    user_codes: Mutex<Table>,
    changes: Mutex<Table>,
    sign_ons: Mutex<Table>,
    undeliverable: Mutex<Table>,
    challenges: Mutex<Table>,
    registration_drafts: Mutex<Table>,
    turns: Mutex<Table>,
    rates: Mutex<Table>,
}

impl Memory {
    pub(super) fn new(clock: Clock, limits: Limits) -> Self {
        Self {
            tables: Arc::default(),
            clock,
            limits,
        }
    }

    pub(super) fn put(&self, key: Key<'_>, value: &[u8], ttl: Duration) {
        self.write(key, Value::Live(value.to_vec()), ttl, &mut self.table(key));
    }

    pub(super) fn get(&self, key: Key<'_>) -> Option<Vec<u8>> {
        match self.table(key).held(&key.id(), self.clock.now())? {
            Value::Live(value) => Some(value.clone()),
            Value::Spent(_) | Value::Count(_) => None,
        }
    }

    pub(super) fn remove(&self, key: Key<'_>) {
        self.table(key).remove(&key.id());
    }

    pub(super) fn swap(&self, key: Key<'_>, old: Option<&[u8]>, new: &[u8], ttl: Duration) -> bool {
        let mut table = self.table(key);
        let as_expected = match (table.held(&key.id(), self.clock.now()), old) {
            (None, None) => true,
            (Some(Value::Live(held)), Some(old)) => held == old,
            _ => false,
        };
        if as_expected {
            self.write(key, Value::Live(new.to_vec()), ttl, &mut table);
        }
        as_expected
    }

    pub(super) fn spend(&self, key: Key<'_>, tombstone_ttl: Duration) -> Spent {
        let mut table = self.table(key);
        match table.held(&key.id(), self.clock.now()) {
            Some(Value::Spent(value)) => Spent::Again(value.clone()),
            Some(Value::Live(value)) => {
                let value = value.clone();
                let kept = value.iter().copied().take(key.bytes_when_spent());
                let tombstone = Value::Spent(kept.collect());
                self.write(key, tombstone, tombstone_ttl, &mut table);
                Spent::First(value)
            }
            Some(Value::Count(_)) | None => Spent::Never,
        }
    }

    pub(super) fn put_once(&self, key: Key<'_>, ttl: Duration) -> bool {
        self.swap(key, None, b"", ttl)
    }

    pub(super) fn count(&self, key: Key<'_>, window: Duration) -> u64 {
        let mut table = self.table(key);
        if let Some(Value::Count(count)) = table.held_mut(&key.id(), self.clock.now()) {
            *count = count.saturating_add(1);
            return *count;
        }
        self.write(key, Value::Count(1), window, &mut table);
        1
    }

    pub(super) fn peek_count(&self, key: Key<'_>) -> u64 {
        match self.table(key).held(&key.id(), self.clock.now()) {
            Some(Value::Count(count)) => *count,
            _ => 0,
        }
    }

    fn write(&self, key: Key<'_>, value: Value, ttl: Duration, table: &mut Table) {
        let now = self.clock.now();
        table.prune(now);
        table.insert(&key.id(), value, now.after(ttl));
        table.keep_within(self.limits);
    }

    fn table(&self, key: Key<'_>) -> MutexGuard<'_, Table> {
        let table = match key {
            Key::PushedRequest(_) => &self.tables.pushed_requests,
            Key::Interaction(_) => &self.tables.interactions,
            Key::Answered(_) => &self.tables.answered,
            Key::Code(_) => &self.tables.codes,
            Key::Assertion(_) => &self.tables.assertions,
            Key::Device(_) => &self.tables.devices,
            Key::UserCode(_) => &self.tables.user_codes,
            Key::Change(_) => &self.tables.changes,
            Key::SignOn(_) => &self.tables.sign_ons,
            Key::Undeliverable(_) => &self.tables.undeliverable,
            Key::Challenge(_) => &self.tables.challenges,
            Key::RegistrationDraft(_) => &self.tables.registration_drafts,
            Key::Turn(_) => &self.tables.turns,
            Key::Rate(_) => &self.tables.rates,
        };
        // No code panics halfway through a change while it holds the lock, so a poisoned
        // table is consistent.
        table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
enum Value {
    Live(Vec<u8>),
    Spent(Vec<u8>),
    Count(u64),
}

impl Value {
    fn len(&self) -> usize {
        match self {
            Self::Live(value) | Self::Spent(value) => value.len(),
            Self::Count(_) => mem::size_of::<u64>(),
        }
    }
}

#[derive(Debug)]
struct Entry {
    value: Value,
    expires_at: Timestamp,
    turn: u64,
}

/// The entries, ordered both by expiry and by age.
#[derive(Debug, Default)]
struct Table {
    entries: HashMap<Arc<str>, Entry>,
    by_end: BTreeMap<(Timestamp, u64), Arc<str>>,
    by_age: BTreeMap<u64, Arc<str>>,
    bytes: usize,
    turn: u64,
}

impl Table {
    fn held(&self, id: &str, now: Timestamp) -> Option<&Value> {
        let entry = self.entries.get(id)?;
        (entry.expires_at > now).then_some(&entry.value)
    }

    fn held_mut(&mut self, id: &str, now: Timestamp) -> Option<&mut Value> {
        let entry = self.entries.get_mut(id)?;
        (entry.expires_at > now).then_some(&mut entry.value)
    }

    fn insert(&mut self, id: &str, value: Value, expires_at: Timestamp) {
        self.remove(id);
        self.turn += 1;
        let (id, turn): (Arc<str>, _) = (Arc::from(id), self.turn);
        self.bytes += cost(&id, &value);
        self.by_end.insert((expires_at, turn), Arc::clone(&id));
        self.by_age.insert(turn, Arc::clone(&id));
        let entry = Entry {
            value,
            expires_at,
            turn,
        };
        self.entries.insert(id, entry);
    }

    fn remove(&mut self, id: &str) {
        if let Some(entry) = self.entries.remove(id) {
            self.bytes -= cost(id, &entry.value);
            self.by_end.remove(&(entry.expires_at, entry.turn));
            self.by_age.remove(&entry.turn);
        }
    }

    fn prune(&mut self, now: Timestamp) {
        for _ in 0..PRUNED_PER_WRITE {
            let over = self.by_end.first_key_value();
            let Some(((expires_at, _), id)) = over.filter(|((end, _), _)| *end <= now) else {
                return;
            };
            debug_assert!(*expires_at <= now);
            let id = Arc::clone(id);
            self.remove(&id);
        }
    }

    fn keep_within(&mut self, limits: Limits) {
        while self.entries.len() > limits.entries || self.bytes > limits.bytes {
            let Some(oldest) = self.by_age.first_key_value().map(|(_, id)| Arc::clone(id)) else {
                return;
            };
            self.remove(&oldest);
        }
    }
}

fn cost(id: &str, value: &Value) -> usize {
    id.len() + value.len() + ENTRY_OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn memory(limits: Limits) -> (Memory, Clock) {
        let clock = Clock::manual(Timestamp(1_000_000));
        (Memory::new(clock.clone(), limits), clock)
    }

    fn few() -> Limits {
        Limits {
            entries: 100,
            bytes: 1 << 20,
        }
    }

    #[test]
    fn what_is_over_leaves_memory_as_others_come() {
        let (memory, clock) = memory(Limits::default());
        for turn in 0..200_000 {
            let id = turn.to_string();
            memory.put(Key::Code(&id), b"value", MINUTE);
            if turn % 10 == 0 {
                clock.advance(Duration::from_secs(1));
            }
            memory.spend(Key::Code(&id), 2 * MINUTE);
        }
        let table = memory.table(Key::Code(""));
        assert!(table.entries.len() < 2_000, "{}", table.entries.len());
        assert_eq!(table.entries.len(), table.by_end.len());
        assert_eq!(table.entries.len(), table.by_age.len());
        let bytes: usize = table.entries.iter().map(|(id, e)| cost(id, &e.value)).sum();
        assert_eq!(table.bytes, bytes);
    }

    #[test]
    fn beyond_its_limit_a_kind_loses_its_oldest_and_no_other_kind_does() {
        let (memory, _clock) = memory(few());
        memory.put(Key::Code("mine"), b"value", MINUTE);
        for turn in 0..1_000 {
            // The newest entry expires first, and still the oldest is evicted.
            let ttl = Duration::from_secs(10_000 - turn);
            memory.count(Key::Rate(&turn.to_string()), ttl);
        }
        assert_eq!(
            memory.get(Key::Code("mine")).as_deref(),
            Some(&b"value"[..])
        );
        assert_eq!(memory.peek_count(Key::Rate("899")), 0);
        assert_eq!(memory.peek_count(Key::Rate("900")), 1);
        assert_eq!(memory.table(Key::Rate("")).entries.len(), 100);
    }

    #[test]
    fn large_values_are_bounded_by_their_bytes() {
        let (memory, _clock) = memory(few());
        for turn in 0..50 {
            let value = vec![0; 100_000];
            memory.put(Key::PushedRequest(&turn.to_string()), &value, MINUTE);
        }
        let table = memory.table(Key::PushedRequest(""));
        assert!(table.bytes <= 1 << 20);
        assert_eq!(table.entries.len(), 10);
    }
}
