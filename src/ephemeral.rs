//! The one seam for state that lives for minutes: pushed requests, pending
//! interactions, codes, assertions already seen, rate limits. In this process
//! for a single node, on Redis for several. Whatever must happen once, of many
//! that try at the same time, happens here; what the values mean is not known.

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

/// An id longer than this is kept as its hash: some come from outside, as `jti` does.
const LONGEST_ID: usize = 128;

/// What a value is kept under. Ids of one kind never meet those of another.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// A pushed authorization request, by its `request_uri` (RFC 9126).
    PushedRequest(&'a str),
    /// A pending authorization request and what the person did for it so far.
    Interaction(&'a str),
    /// An authorization code.
    Code(&'a str),
    /// A client assertion already used, by client and `jti` (RFC 7523 §3).
    Assertion(&'a str),
    /// A device's request, by the hash of its device code (RFC 8628).
    Device(&'a str),
    /// The name of a device's request, by the code that its person types in.
    UserCode(&'a str),
    /// A change of what guards an account, while its code is on the way.
    Change(&'a str),
    /// What lets a session begin under another brand, by the hash of its secret.
    SignOn(&'a str),
    /// A mailbox that the relay refused for ever, by where a code for it was asked for.
    Undeliverable(&'a str),
    /// The challenge of a passkey's ceremony, once it was answered.
    Challenge(&'a str),
    /// What was typed of a registration that nobody finished, by the browser's fingerprint.
    RegistrationDraft(&'a str),
    /// A counter of attempts.
    Rate(&'a str),
}

impl Key<'_> {
    const fn kind(&self) -> &'static str {
        match self {
            Self::PushedRequest(_) => "pushed-request",
            Self::Interaction(_) => "interaction",
            Self::Code(_) => "code",
            Self::Assertion(_) => "assertion",
            Self::Device(_) => "device",
            Self::UserCode(_) => "user-code",
            Self::Change(_) => "change",
            Self::SignOn(_) => "sign-on",
            Self::Undeliverable(_) => "undeliverable",
            Self::Challenge(_) => "challenge",
            Self::RegistrationDraft(_) => "registration-draft",
            Self::Rate(_) => "rate",
        }
    }

    /// How many bytes of a value stay once it is spent. Of a code, which is spent at
    /// every login, only what it gave is ever asked for again.
    const fn bytes_when_spent(&self) -> usize {
        match self {
            Self::Code(_) => code_record::GRANT_ID_BYTES,
            _ => usize::MAX,
        }
    }

    /// The id, or `#` and its hash. One that begins with `#` is hashed too, so that
    /// nobody can name another's hash.
    fn id(&self) -> Cow<'_, str> {
        let (Self::PushedRequest(id)
        | Self::Interaction(id)
        | Self::Code(id)
        | Self::Assertion(id)
        | Self::Device(id)
        | Self::UserCode(id)
        | Self::Change(id)
        | Self::SignOn(id)
        | Self::Undeliverable(id)
        | Self::Challenge(id)
        | Self::RegistrationDraft(id)
        | Self::Rate(id)) = *self;
        if id.len() > LONGEST_ID || id.starts_with('#') {
            Cow::Owned(format!("#{}", sha256_hex(id.as_bytes())))
        } else {
            Cow::Borrowed(id)
        }
    }
}

/// What became of an attempt to spend a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spent {
    /// It was there and is now spent: the one winner gets this.
    First(Vec<u8>),
    /// It was spent before, and this is what it held, or of a code the beginning.
    Again(Vec<u8>),
    /// There is no such thing, or not any more.
    Never,
}

/// Where the short-lived state is. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Ephemeral {
    /// In this process: for one node.
    Memory(Memory),
    /// On a Redis that all nodes share.
    Redis(Redis),
}

impl Ephemeral {
    /// State as configured: `memory:`, or on the Redis at `redis://…` or `rediss://…`.
    ///
    /// # Errors
    /// If the URL is neither, or Redis cannot be reached.
    pub async fn open(url: &str, prefix: &str, clock: &Clock) -> Result<Self, Fault> {
        if url == "memory:" {
            return Ok(Self::memory(clock.clone(), Limits::default()));
        }
        Self::redis(url, prefix).await
    }

    /// State in this process, bounded by `limits`; `clock` says when it is over.
    #[must_use]
    pub fn memory(clock: Clock, limits: Limits) -> Self {
        Self::Memory(Memory::new(clock, limits))
    }

    /// State on the Redis at `url` (`redis://` or `rediss://`), every key under `prefix`.
    ///
    /// # Errors
    /// If the URL is none, or Redis cannot be reached.
    pub async fn redis(url: &str, prefix: &str) -> Result<Self, Fault> {
        Redis::connect(url, prefix).await.map(Self::Redis)
    }

    /// Keeps `value` for `ttl`, in place of whatever was there.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn put(&self, key: Key<'_>, value: &[u8], ttl: Duration) -> Result<(), Fault> {
        match self {
            Self::Memory(memory) => {
                memory.put(key, value, ttl);
                Ok(())
            }
            Self::Redis(redis) => redis.put(key, value, ttl).await,
        }
    }

    /// What is kept there; `None` once it is spent or over.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn get(&self, key: Key<'_>) -> Result<Option<Vec<u8>>, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.get(key)),
            Self::Redis(redis) => redis.get(key).await,
        }
    }

    /// Forgets what is kept there, spent or not.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn remove(&self, key: Key<'_>) -> Result<(), Fault> {
        match self {
            Self::Memory(memory) => {
                memory.remove(key);
                Ok(())
            }
            Self::Redis(redis) => redis.remove(key).await,
        }
    }

    /// Keeps `new` for `ttl` if what is there is `old` to the last byte (`None`: nothing);
    /// says whether it did. Of many that try with the same `old`, one does.
    ///
    /// # Errors
    /// If Redis fails.
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

    /// Takes the value for the one caller who comes first. It stays for `tombstone_ttl`, so that
    /// whoever comes again is known as such (RFC 6749 §4.1.2: a code used twice revokes what it gave).
    ///
    /// # Errors
    /// If Redis fails. The value may be spent then.
    pub async fn spend(&self, key: Key<'_>, tombstone_ttl: Duration) -> Result<Spent, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.spend(key, tombstone_ttl)),
            Self::Redis(redis) => redis.spend(key, tombstone_ttl).await,
        }
    }

    /// Marks `key` for `ttl`; true for the one caller who was first.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn put_once(&self, key: Key<'_>, ttl: Duration) -> Result<bool, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.put_once(key, ttl)),
            Self::Redis(redis) => redis.put_once(key, ttl).await,
        }
    }

    /// Counts one more, and says how many there are in the window that the first one opened.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn count(&self, key: Key<'_>, window: Duration) -> Result<u64, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.count(key, window)),
            Self::Redis(redis) => redis.count(key, window).await,
        }
    }

    /// How many were counted in the open window, without counting.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn peek_count(&self, key: Key<'_>) -> Result<u64, Fault> {
        match self {
            Self::Memory(memory) => Ok(memory.peek_count(key)),
            Self::Redis(redis) => redis.peek_count(key).await,
        }
    }

    /// Answers once the state can be reached (`/readyz`).
    ///
    /// # Errors
    /// If it cannot.
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
