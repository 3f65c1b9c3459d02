//! Short-lived state in this process. Each kind of key has its own table behind its own
//! lock, so that a flood of one kind fills only its own table. A full table refuses what is
//! new, or loses its oldest entry if the new one comes first (`Key::displaces`); a live
//! counter is never evicted. Every write removes a few expired entries.

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::alarm::{Alarm, Outcome};
use super::{Key, Limit, Once, Spent};
use crate::clock::{Clock, Timestamp};
use crate::fault::Fault;

/// How many expired entries a write removes at most. A write adds at most one entry, so
/// tables shrink, and no single caller has to clear a whole burst.
const PRUNED_PER_WRITE: usize = 8;

/// The estimated memory of an entry besides its ID and value: its places in the map and the
/// queues, in bytes.
const ENTRY_OVERHEAD: usize = 256;

/// The limits of each kind of state.
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
    alarm: Alarm,
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
            alarm: Alarm::new(clock.clone()),
            clock,
            limits,
        }
    }

    pub(super) fn put(&self, key: Key<'_>, value: &[u8], ttl: Duration) -> Result<(), Fault> {
        self.write(key, Value::Live(value.to_vec()), ttl, &mut self.table(key))
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

    pub(super) fn swap(
        &self,
        key: Key<'_>,
        old: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<bool, Fault> {
        let mut table = self.table(key);
        let as_expected = match (table.held(&key.id(), self.clock.now()), old) {
            (None, None) => true,
            (Some(Value::Live(held)), Some(old)) => held == old,
            _ => false,
        };
        if as_expected {
            self.write(key, Value::Live(new.to_vec()), ttl, &mut table)?;
        }
        Ok(as_expected)
    }

    pub(super) fn spend(&self, key: Key<'_>, tombstone_ttl: Duration) -> Spent {
        let mut table = self.table(key);
        match table.held(&key.id(), self.clock.now()) {
            Some(Value::Spent(value)) => Spent::Again(value.clone()),
            Some(Value::Live(value)) => {
                let value = value.clone();
                let kept = value.iter().copied().take(key.bytes_when_spent());
                let tombstone = Value::Spent(kept.collect());
                let until = self.clock.now().after(tombstone_ttl);
                // A tombstone is no longer than its value, so there is room for it.
                table.insert(&key.id(), tombstone, until);
                Spent::First(value)
            }
            Some(Value::Count(_)) | None => Spent::Never,
        }
    }

    pub(super) fn put_once(&self, key: Key<'_>, ttl: Duration) -> Result<bool, Fault> {
        self.swap(key, None, b"", ttl)
    }

    pub(super) fn put_once_within(
        &self,
        key: Key<'_>,
        ttl: Duration,
        limit: &Limit,
    ) -> Result<Once, Fault> {
        if self.table(key).held(&key.id(), self.clock.now()).is_some() {
            return Ok(Once::Again);
        }
        let limits = std::slice::from_ref(limit);
        if !self.count_within(limits) {
            return Ok(Once::TooOften);
        }
        let put = self.put_once(key, ttl);
        if !matches!(put, Ok(true)) {
            self.take_back(limits);
        }
        Ok(if put? { Once::First } else { Once::Again })
    }

    pub(super) fn count_within(&self, limits: &[Limit]) -> bool {
        let (now, mut table) = (self.clock.now(), self.table(Key::Rate("")));
        let mut allow = limits.iter();
        if !allow.all(|limit| limit.allows(table.counted(limit, now))) {
            return false;
        }
        for limit in limits {
            self.count(limit, now, &mut table);
        }
        true
    }

    fn count(&self, limit: &Limit, now: Timestamp, table: &mut Table) {
        if let Some(count) = table.counter(limit, now) {
            *count = count.saturating_add(limit.weight);
            return;
        }
        table.prune(now);
        let value = Value::Count(limit.weight);
        let (own, until) = (limit.own(), now.after(limit.window));
        let id = own.id();
        if table.has_room_for(&id, &value, self.limits) {
            table.insert(&id, value, until);
        } else {
            self.alarm.sound(own.kind(), Outcome::Shared);
            table.insert(&limit.shared(), value, until);
        }
    }

    pub(super) fn is_within(&self, limits: &[Limit]) -> bool {
        let (now, mut table) = (self.clock.now(), self.table(Key::Rate("")));
        let mut allow = limits.iter();
        allow.all(|limit| limit.allows(table.counted(limit, now)))
    }

    pub(super) fn take_back(&self, limits: &[Limit]) {
        let (now, mut table) = (self.clock.now(), self.table(Key::Rate("")));
        for limit in limits {
            if let Some(count) = table.counter(limit, now) {
                *count = count.saturating_sub(limit.weight);
            }
        }
    }

    fn write(
        &self,
        key: Key<'_>,
        value: Value,
        ttl: Duration,
        table: &mut Table,
    ) -> Result<(), Fault> {
        let (id, now) = (key.id(), self.clock.now());
        table.prune(now);
        if !key.displaces() && !table.has_room_for(&id, &value, self.limits) {
            self.alarm.sound(key.kind(), Outcome::Refused);
            return Err(Fault::Full);
        }
        table.insert(&id, value, now.after(ttl));
        if key.displaces() && table.keep_within(self.limits) > 0 {
            self.alarm.sound(key.kind(), Outcome::InPlaceOfOldest);
        }
        Ok(())
    }

    fn table(&self, key: Key<'_>) -> MutexGuard<'_, Table> {
        let table = match key {
            Key::PushedRequest(_) => &self.tables.pushed_requests,
            Key::Interaction(_) | Key::MembersInteraction(_) => &self.tables.interactions,
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

    /// Returns the live counter of a limit: its own, or else the shared one.
    fn counter(&mut self, limit: &Limit, now: Timestamp) -> Option<&mut u64> {
        let own = limit.own();
        let mut id = own.id();
        if self.held(&id, now).is_none() {
            id = limit.shared().into();
        }
        match self.held_mut(&id, now) {
            Some(Value::Count(count)) => Some(count),
            _ => None,
        }
    }

    fn counted(&mut self, limit: &Limit, now: Timestamp) -> u64 {
        self.counter(limit, now).map_or(0, |count| *count)
    }

    /// Whether a value fits in beside the others, in place of the one with its ID.
    fn has_room_for(&self, id: &str, value: &Value, limits: Limits) -> bool {
        let replaced = self.entries.get(id);
        let freed = replaced.map_or(0, |entry| cost(id, &entry.value));
        let entries = self.entries.len() + usize::from(replaced.is_none());
        let bytes = self.bytes - freed + cost(id, value);
        entries <= limits.entries && bytes <= limits.bytes
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

    /// Removes the oldest entries until the others are within the limits, and returns how
    /// many those were.
    fn keep_within(&mut self, limits: Limits) -> usize {
        let before = self.entries.len();
        while self.entries.len() > limits.entries || self.bytes > limits.bytes {
            let Some(oldest) = self.by_age.first_key_value().map(|(_, id)| Arc::clone(id)) else {
                break;
            };
            self.remove(&oldest);
        }
        before - self.entries.len()
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
            memory.put(Key::Code(&id), b"value", MINUTE).unwrap();
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

    fn limit(of: &str, most: u64) -> Limit {
        Limit::new(of.to_owned(), MINUTE, most)
    }

    #[test]
    fn a_live_counter_is_never_evicted_and_a_full_table_counts_no_less() {
        let (memory, clock) = memory(few());
        memory.put(Key::Code("mine"), b"value", MINUTE).unwrap();
        let victim = [limit("victim", 3)];
        for _ in 0..3 {
            assert!(memory.count_within(&victim));
        }
        let strangers: Vec<_> = (0..1_000)
            .map(|turn| [limit(&turn.to_string(), 1_000)])
            .collect();
        for stranger in &strangers {
            memory.count_within(stranger);
        }
        assert!(!memory.count_within(&victim));
        assert!(memory.get(Key::Code("mine")).is_some());
        // Each of them counts, some together with others.
        let mut table = memory.table(Key::Rate(""));
        let now = clock.now();
        assert!(
            strangers
                .iter()
                .flatten()
                .all(|limit| table.counted(limit, now) >= 1)
        );
        // The shared counters are bounded too.
        assert!(table.entries.len() <= 1_000);
        drop(table);
        clock.advance(MINUTE);
        assert!(memory.count_within(&victim));
    }

    #[test]
    fn a_counter_that_is_shared_stays_shared_until_its_window_ends() {
        let (memory, clock) = memory(Limits {
            entries: 1,
            ..few()
        });
        assert!(memory.count_within(&[limit("first", 9)]));
        let late = [limit("late", 2)];
        assert!(memory.count_within(&late));
        // There is room again, but the count so far is in the shared counter.
        memory.remove(Key::Rate("first"));
        assert!(memory.count_within(&late));
        assert!(!memory.count_within(&late));
        clock.advance(MINUTE);
        assert!(memory.is_within(&late));
    }

    #[test]
    fn a_refused_try_writes_nothing() {
        let (memory, _clock) = memory(few());
        let victim = limit("victim", 1);
        assert!(memory.count_within(std::slice::from_ref(&victim)));
        for turn in 0..100 {
            assert!(!memory.count_within(&[limit(&turn.to_string(), 5), victim.clone()]));
        }
        assert_eq!(memory.table(Key::Rate("")).entries.len(), 1);
    }

    #[test]
    fn what_strangers_leave_is_refused_when_full_and_what_members_leave_displaces_the_oldest() {
        let (memory, _clock) = memory(few());
        for turn in 0..100 {
            let id = turn.to_string();
            memory.put(Key::Interaction(&id), b"value", MINUTE).unwrap();
            memory
                .put(Key::PushedRequest(&id), b"value", MINUTE)
                .unwrap();
            assert!(memory.put_once(Key::Assertion(&id), MINUTE).unwrap());
        }
        for key in [
            Key::Interaction("new"),
            Key::PushedRequest("new"),
            Key::Assertion("new"),
        ] {
            assert!(matches!(
                memory.swap(key, None, b"value", MINUTE),
                Err(Fault::Full)
            ));
        }
        // What is there may still change.
        memory.put(Key::Interaction("0"), b"other", MINUTE).unwrap();
        memory
            .put(Key::MembersInteraction("new"), b"value", MINUTE)
            .unwrap();
        assert!(memory.get(Key::Interaction("new")).is_some());
        assert!(memory.get(Key::Interaction("1")).is_none());
        assert!(memory.get(Key::PushedRequest("0")).is_some());
        assert!(!memory.put_once(Key::Assertion("0"), MINUTE).unwrap());
    }

    #[test]
    fn large_values_are_bounded_by_their_bytes() {
        let (memory, _clock) = memory(few());
        let value = vec![0; 100_000];
        let put = |turn: usize| memory.put(Key::PushedRequest(&turn.to_string()), &value, MINUTE);
        assert_eq!((0..50).filter(|turn| put(*turn).is_ok()).count(), 10);
        let table = memory.table(Key::PushedRequest(""));
        assert!(table.bytes <= 1 << 20);
        assert_eq!(table.entries.len(), 10);
    }
}
