//! The one seam for state that lives for minutes: pushed requests, interactions, codes,
//! assertions already seen, rate limits. It is kept in this process for a single node, or
//! on Redis for several. This module makes sure that what may happen once happens once,
//! even if many try at the same time; what the values mean is left to the callers.

mod memory;
mod redis;

use std::borrow::Cow;
use std::time::Duration;

pub use memory::{Limits, Memory};
pub use redis::Redis;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::oidc::code_record;
use crate::seal::sha256_hex;

/// An ID longer than this is replaced by its hash, because some come from outside, e.g.
/// `jti`.
const LONGEST_ID: usize = 128;

/// The key of a value. IDs of different kinds never collide.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// A pushed authorization request, by its `request_uri` (RFC 9126).
    PushedRequest(&'a str),
    /// A pending authorization request, and what the person has done for it so far.
    Interaction(&'a str),
    /// The mark that an interaction was answered, for as long as its URL can be opened.
    Answered(&'a str),
    /// An authorization code.
    Code(&'a str),
    /// A client assertion that was used, by client and `jti` (RFC 7523 §3).
    Assertion(&'a str),
    /// A device authorization request, by the hash of its device code (RFC 8628).
    Device(&'a str),
    /// The ID of a device authorization request, by its user code.
    UserCode(&'a str),
    /// A change of the login ID or login phone that waits for its code.
    Change(&'a str),
    /// The permission to begin a session under another brand, by the hash of its secret.
    SignOn(&'a str),
    /// A mailbox that the relay refused permanently, by the place where a code was asked
    /// for.
    Undeliverable(&'a str),
    /// The challenge of a passkey ceremony that was answered.
    Challenge(&'a str),
    /// The details of a registration that was not finished, by the browser's fingerprint.
    RegistrationDraft(&'a str),
    /// A task that one node does for all.
    Turn(&'a str),
    /// A counter of attempts.
    Rate(&'a str),
}

impl Key<'_> {
    const fn kind(&self) -> &'static str {
        match self {
            Self::PushedRequest(_) => "pushed-request",
            Self::Interaction(_) => "interaction",
            Self::Answered(_) => "answered",
            Self::Code(_) => "code",
            Self::Assertion(_) => "assertion",
            Self::Device(_) => "device",
            Self::UserCode(_) => "user-code",
            Self::Change(_) => "change",
            Self::SignOn(_) => "sign-on",
            Self::Undeliverable(_) => "undeliverable",
            Self::Challenge(_) => "challenge",
            Self::RegistrationDraft(_) => "registration-draft",
            Self::Turn(_) => "turn",
            Self::Rate(_) => "rate",
        }
    }

    /// Returns how many bytes of a value are kept once it is spent. Of an authorization
    /// code, which every login spends, only the ID of its grant is needed again.
    const fn bytes_when_spent(&self) -> usize {
        match self {
            Self::Code(_) => code_record::GRANT_ID_BYTES,
            _ => usize::MAX,
        }
    }

    /// Returns the ID, or `#` and its hash. An ID that begins with `#` is hashed too, so
    /// that nobody can choose the hash of another ID.
    fn id(&self) -> Cow<'_, str> {
        let (Self::PushedRequest(id)
        | Self::Interaction(id)
        | Self::Answered(id)
        | Self::Code(id)
        | Self::Assertion(id)
        | Self::Device(id)
        | Self::UserCode(id)
        | Self::Change(id)
        | Self::SignOn(id)
        | Self::Undeliverable(id)
        | Self::Challenge(id)
        | Self::RegistrationDraft(id)
        | Self::Turn(id)
        | Self::Rate(id)) = *self;
        if id.len() > LONGEST_ID || id.starts_with('#') {
            Cow::Owned(format!("#{}", sha256_hex(id.as_bytes())))
        } else {
            Cow::Borrowed(id)
        }
    }
}

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
        Self::redis(url, prefix).await
    }

    /// Opens state in this process, bounded by `limits`; `clock` decides when it expires.
    #[must_use]
    pub fn memory(clock: Clock, limits: Limits) -> Self {
        Self::Memory(Memory::new(clock, limits))
    }

    /// Opens state on the Redis at `url` (`redis://` or `rediss://`), with every key below
    /// `prefix`.
    ///
    /// # Errors
    /// `Fault` if the URL is invalid or Redis cannot be reached.
    pub async fn redis(url: &str, prefix: &str) -> Result<Self, Fault> {
        Redis::connect(url, prefix).await.map(Self::Redis)
    }

    /// Stores `value` for `ttl`, replacing any previous value.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn put(&self, key: Key<'_>, value: &[u8], ttl: Duration) -> Result<(), Fault> {
        match self {
            Self::Memory(memory) => {
                memory.put(key, value, ttl);
                Ok(())
            }
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
    /// `Fault` if Redis is unreachable.
    pub async fn swap(
        &self,
        key: Key<'_>,
        old: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<bool, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.swap(key, old, new, ttl)),
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
    /// `Fault` if Redis is unreachable.
    pub async fn put_once(&self, key: Key<'_>, ttl: Duration) -> Result<bool, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.put_once(key, ttl)),
            Self::Redis(redis) => redis.put_once(key, ttl).await,
        }
    }

    /// Counts one more, and returns the count within the window that the first one opened.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn count(&self, key: Key<'_>, window: Duration) -> Result<u64, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.count(key, window)),
            Self::Redis(redis) => redis.count(key, window).await,
        }
    }

    /// Returns the count of the open window, without counting.
    ///
    /// # Errors
    /// `Fault` if Redis is unreachable.
    pub async fn peek_count(&self, key: Key<'_>) -> Result<u64, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.peek_count(key)),
            Self::Redis(redis) => redis.peek_count(key).await,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_id_is_kept_as_its_hash_and_nobody_can_name_that_hash() {
        let long = "x".repeat(LONGEST_ID + 1);
        let hashed = Key::Assertion(&long).id().into_owned();
        assert_eq!(hashed.len(), 65);
        assert_ne!(Key::Assertion(&hashed).id(), hashed);
        assert_eq!(Key::Assertion("short").id(), "short");
    }
}
