//! Short-lived state on Redis, for several nodes. Every decision that depends on the stored
//! value is made on the server, by a script: one round trip per method. Redis's own clock
//! expires the entries. Redis must be configured with `maxmemory-policy noeviction`: an
//! evicted tombstone would allow a code to be used twice.
//!
//! The first byte of a value is `+` while it can be read, and `-` once it is spent.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo as _, ProtocolVersion, Script, cmd};

use super::{Key, Spent};
use crate::fault::Fault;

const LIVE: u8 = b'+';
const SPENT: u8 = b'-';

/// How long Redis may take to answer before the request fails.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long one attempt to connect may take.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a waiting request tries to reconnect; a later request starts again.
const RECONNECTIONS: usize = 1;

/// `ARGV[1]` is the value that must be stored; empty for "no such key".
static SWAP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
         redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
         return 1",
    )
});

/// Returns the value before the call; its first byte tells whether the caller came first.
static SPEND: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local held = redis.call('GET', KEYS[1])
         if held and string.sub(held, 1, 1) == '+' then
           redis.call('SET', KEYS[1], '-' .. string.sub(held, 2, ARGV[2]), 'PX', ARGV[1])
         end
         return held",
    )
});

/// The first count opens the window; later ones do not move it.
static COUNT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local count = redis.call('INCR', KEYS[1])
         if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
         return count",
    )
});

/// A connection that all requests share and that reconnects by itself. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Redis {
    connection: ConnectionManager,
    prefix: Arc<str>,
}

impl Redis {
    pub(super) async fn connect(url: &str, prefix: &str) -> Result<Self, Fault> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_connection_timeout(Some(CONNECTION_TIMEOUT))
            .set_number_of_retries(RECONNECTIONS);
        // With RESP3, a lost connection is noticed and restored before the next request
        // needs it.
        let server = url.into_connection_info()?;
        let settings = server.redis_settings().clone();
        let settings = settings.set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(server.set_redis_settings(settings))?;
        Ok(Self {
            connection: ConnectionManager::new_with_config(client, config).await?,
            prefix: Arc::from(prefix),
        })
    }

    pub(super) async fn put(&self, key: Key<'_>, value: &[u8], ttl: Duration) -> Result<(), Fault> {
        let mut set = cmd("SET");
        set.arg(self.name(key)).arg(marked(LIVE, value));
        set.arg("PX").arg(milliseconds(ttl));
        Ok(set.query_async(&mut self.connection.clone()).await?)
    }

    pub(super) async fn get(&self, key: Key<'_>) -> Result<Option<Vec<u8>>, Fault> {
        let held: Option<Vec<u8>> = cmd("GET")
            .arg(self.name(key))
            .query_async(&mut self.connection.clone())
            .await?;
        Ok(match held.map(unmarked) {
            Some((LIVE, value)) => Some(value),
            _ => None,
        })
    }

    pub(super) async fn remove(&self, key: Key<'_>) -> Result<(), Fault> {
        let mut unlink = cmd("UNLINK");
        unlink.arg(self.name(key));
        Ok(unlink.query_async(&mut self.connection.clone()).await?)
    }

    pub(super) async fn swap(
        &self,
        key: Key<'_>,
        old: Option<&[u8]>,
        new: &[u8],
        ttl: Duration,
    ) -> Result<bool, Fault> {
        Ok(SWAP
            .key(self.name(key))
            .arg(old.map_or_else(Vec::new, |old| marked(LIVE, old)))
            .arg(marked(LIVE, new))
            .arg(milliseconds(ttl))
            .invoke_async(&mut self.connection.clone())
            .await?)
    }

    pub(super) async fn spend(
        &self,
        key: Key<'_>,
        tombstone_ttl: Duration,
    ) -> Result<Spent, Fault> {
        let held: Option<Vec<u8>> = SPEND
            .key(self.name(key))
            .arg(milliseconds(tombstone_ttl))
            .arg(last_byte_kept(key))
            .invoke_async(&mut self.connection.clone())
            .await?;
        Ok(match held.map(unmarked) {
            Some((LIVE, value)) => Spent::First(value),
            Some((SPENT, value)) => Spent::Again(value),
            _ => Spent::Never,
        })
    }

    pub(super) async fn put_once(&self, key: Key<'_>, ttl: Duration) -> Result<bool, Fault> {
        let mut set = cmd("SET");
        set.arg(self.name(key)).arg(marked(LIVE, b""));
        set.arg("NX").arg("PX").arg(milliseconds(ttl));
        Ok(set.query_async(&mut self.connection.clone()).await?)
    }

    pub(super) async fn count(&self, key: Key<'_>, window: Duration) -> Result<u64, Fault> {
        Ok(COUNT
            .key(self.name(key))
            .arg(milliseconds(window))
            .invoke_async(&mut self.connection.clone())
            .await?)
    }

    pub(super) async fn peek_count(&self, key: Key<'_>) -> Result<u64, Fault> {
        let count: Option<u64> = cmd("GET")
            .arg(self.name(key))
            .query_async(&mut self.connection.clone())
            .await?;
        Ok(count.unwrap_or_default())
    }

    pub(super) async fn ping(&self) -> Result<(), Fault> {
        let ping = cmd("PING");
        Ok(ping.query_async(&mut self.connection.clone()).await?)
    }

    fn name(&self, key: Key<'_>) -> String {
        format!("{}:{}:{}", self.prefix, key.kind(), key.id())
    }
}

fn marked(mark: u8, value: &[u8]) -> Vec<u8> {
    let mut marked = Vec::with_capacity(1 + value.len());
    marked.push(mark);
    marked.extend_from_slice(value);
    marked
}

fn unmarked(mut held: Vec<u8>) -> (u8, Vec<u8>) {
    match held.first().copied() {
        Some(mark) => (mark, held.split_off(1)),
        None => (SPENT, held),
    }
}

/// Converts a duration to at least one millisecond, because Redis refuses an expiry of
/// zero.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis())
        .unwrap_or(u64::MAX)
        .max(1)
}

/// Returns the position of the last byte that is kept of a spent value, counted from the
/// mark. A position beyond any value that Redis can hold stands for "all".
fn last_byte_kept(key: Key<'_>) -> u32 {
    u32::try_from(key.bytes_when_spent())
        .unwrap_or(u32::MAX)
        .saturating_add(1)
        .min(1 << 29)
}
