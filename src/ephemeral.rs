//! The one seam for state that lives for minutes: pushed requests, interactions, codes,
//! assertions already seen, rate limits. It is kept in this process for a single node, or
//! on Redis for several. This module makes sure that what may happen once happens once,
//! even if many try at the same time, and that a full store loses no counter and refuses
//! strangers first (`docs/decisions/0028-a-full-store-refuses-strangers-first.md`). What
//! the values mean is left to the callers.

mod alarm;
mod key;
mod limit;
mod memory;
mod redis;

use std::time::Duration;

pub use key::Key;
pub use limit::Limit;
pub use memory::{Limits, Memory};
pub use redis::Redis;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::security_events::{self, Event, EventKind, Reason};

/// The result of spending a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spent {
    /// The value was there and is spent now; exactly one caller gets this.
    First(Vec<u8>),
    /// The value was spent before; this is the value, or for an authorization code its
    /// beginning.
    Again(Vec<u8>),
    /// There is no such value, or it has expired.
    Never,
}

/// The result of marking a key that may be marked once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// It is marked now; exactly one caller gets this.
    First,
    /// It was marked before.
    Again,
    /// The limit does not allow another mark: nothing was written.
    TooOften,
}

/// The place of the short-lived state. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Ephemeral {
    /// In this process, for a single node.
    Memory(Memory),
    /// On a Redis that all nodes share.
    Redis(Redis),
}

impl Ephemeral {
    /// Opens the state as configured: `memory:`, or the Redis at `redis://…` or
    /// `rediss://…`.
    ///
    /// # Errors
    /// `Fault` if the URL is invalid or Redis cannot be reached.
    pub async fn open(url: &str, prefix: &str, clock: &Clock) -> Result<Self, Fault> {
        if url == "memory:" {
            return Ok(Self::memory(clock.clone(), Limits::default()));
        }
        Self::redis(url, prefix, clock.clone()).await
    }

    /// Opens state in this process, bounded by `limits`; `clock` decides when it expires.
    #[must_use]
    pub fn memory(clock: Clock, limits: Limits) -> Self {
        Self::Memory(Memory::new(clock, limits))
    }

    /// Opens state on the Redis at `url` (`redis://` or `rediss://`), with every key below
    /// `prefix`; `clock` decides how often the operator is told that it is full.
    ///
    /// # Errors
    /// `Fault` if the URL is invalid or Redis cannot be reached.
    pub async fn redis(url: &str, prefix: &str, clock: Clock) -> Result<Self, Fault> {
        Redis::connect(url, prefix, clock).await.map(Self::Redis)
    }

    /// Stores `value` for `ttl`, replacing any previous value.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable. `Fault::Full` if there is no room for this kind of
    /// value.
    pub async fn put(&self, key: Key<'_>, value: &[u8], ttl: Duration) -> Result<(), Fault> {
        match self {
            Self::Memory(memory) => memory.put(key, value, ttl),
            Self::Redis(redis) => redis.put(key, value, ttl).await,
        }
    }

    /// Returns the stored value; `None` if it is spent or has expired.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn get(&self, key: Key<'_>) -> Result<Option<Vec<u8>>, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.get(key)),
            Self::Redis(redis) => redis.get(key).await,
        }
    }

    /// Removes the value, spent or not.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn remove(&self, key: Key<'_>) -> Result<(), Fault> {
        match self {
            Self::Memory(memory) => {
                memory.remove(key);
                Ok(())
            }
            Self::Redis(redis) => redis.remove(key).await,
        }
    }

    /// Stores `new` for `ttl` if the stored value equals `old` (`None`: no value), and
    /// returns whether it did. Of many callers with the same `old`, one succeeds.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable. `Fault::Full` if there is no room for this kind of
    /// value.
    pub async fn swap(
        &self,
        key: Key<'_>,
        old: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<bool, Fault> {
        match self {
            Self::Memory(memory) => memory.swap(key, old, new, ttl),
            Self::Redis(redis) => redis.swap(key, old, new, ttl).await,
        }
    }

    /// Takes the value for the one caller who comes first. A tombstone stays for
    /// `tombstone_ttl`, so that later callers are recognised (RFC 6749 §4.1.2: a code used
    /// twice revokes what it gave).
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable; the value may be spent in that case.
    pub async fn spend(&self, key: Key<'_>, tombstone_ttl: Duration) -> Result<Spent, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.spend(key, tombstone_ttl)),
            Self::Redis(redis) => redis.spend(key, tombstone_ttl).await,
        }
    }

    /// Marks `key` for `ttl`; returns true for the one caller who was first.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable. `Fault::Full` if there is no room for this kind of
    /// value.
    pub async fn put_once(&self, key: Key<'_>, ttl: Duration) -> Result<bool, Fault> {
        match self {
            Self::Memory(memory) => memory.put_once(key, ttl),
            Self::Redis(redis) => redis.put_once(key, ttl).await,
        }
    }

    /// Marks `key` for `ttl` and counts it, if it is not marked and `limit` allows it.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable. `Fault::Full` if there is no room for this kind of
    /// value.
    pub async fn put_once_within(
        &self,
        key: Key<'_>,
        ttl: Duration,
        limit: &Limit,
    ) -> Result<Once, Fault> {
        match self {
            Self::Memory(memory) => memory.put_once_within(key, ttl, limit),
            Self::Redis(redis) => redis.put_once_within(key, ttl, limit).await,
        }
    }

    /// Counts one more in every counter if none of them is at its limit; returns whether it
    /// did. A refusal writes nothing.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn count_within(&self, limits: &[Limit]) -> Result<bool, Fault> {
        let within = match self {
            Self::Memory(memory) => memory.count_within(limits),
            Self::Redis(redis) => redis.count_within(limits).await?,
        };
        if !within {
            note_refusal(limits);
        }
        Ok(within)
    }

    /// Returns what [`Ephemeral::count_within`] would return, without counting.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn is_within(&self, limits: &[Limit]) -> Result<bool, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.is_within(limits)),
            Self::Redis(redis) => redis.is_within(limits).await,
        }
    }

    /// Takes back what [`Ephemeral::count_within`] counted once, where its window is still
    /// open: the attempt turned out to be harmless.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn take_back(&self, limits: &[Limit]) -> Result<(), Fault> {
        match self {
            Self::Memory(memory) => {
                memory.take_back(limits);
                Ok(())
            }
            Self::Redis(redis) => redis.take_back(limits).await,
        }
    }

    /// Takes one time back, and begins the counter anew if it is shared with no other.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn reset(&self, limit: &Limit) -> Result<(), Fault> {
        self.take_back(std::slice::from_ref(limit)).await?;
        self.remove(limit.own()).await
    }

    /// Checks that the state can be reached (`/readyz`).
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn ping(&self) -> Result<(), Fault> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Redis(redis) => redis.ping().await,
        }
    }
}

/// Notes for the audit trail that a limit refused a caller. Of several limits that are
/// asked together, the first gives the name: what follows its colon says who is counted.
pub fn note_refusal(limits: &[Limit]) {
    let name = limits.first().and_then(|limit| limit.of.split(':').next());
    let event = Event::failed(EventKind::LimitReached, Reason::TooMany);
    security_events::note(event.with("limit", name.unwrap_or_default()));
}
