//! Short-lived state on Redis, for several nodes. Every decision that depends on the stored
//! value is made on the server, by a script: one round trip per method. Redis's own clock
//! expires the entries. Redis must be configured with `maxmemory-policy noeviction`: an
//! evicted tombstone would allow a code to be used twice. When Redis has reached its
//! `maxmemory`, what belongs to people who are logged in is stored all the same
//! (`Key::is_vital`), and new counters are shared.
//!
//! The first byte of a value is `+` while it can be read, and `-` once it is spent.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{
    Client, FromRedisValue, IntoConnectionInfo as _, ProtocolVersion, RedisError, Script,
    ScriptInvocation, cmd,
};

use super::alarm::{Alarm, Outcome};
use super::{Key, Limit, Once, Spent};
use crate::clock::Clock;
use crate::fault::Fault;

const LIVE: u8 = b'+';
const SPENT: u8 = b'-';

/// How long Redis may take to answer before the request fails.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long one attempt to connect may take.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a waiting request tries to reconnect; a later request starts again.
const RECONNECTIONS: usize = 1;

/// A script, and the same script for the time when Redis is full: with `allow-oom`, Redis
/// runs it although `maxmemory` is reached.
struct Scripts {
    usual: Script,
    when_full: Script,
}

impl Scripts {
    fn new(text: &str) -> Self {
        let in_both = |full: bool| format!("local full = {full}\n{text}");
        Self {
            usual: Script::new(&in_both(false)),
            when_full: Script::new(&format!("#!lua flags=allow-oom\n{}", in_both(true))),
        }
    }
}

/// Stores a value. `ARGV[3]` is `once` if there must be none.
static PUT: LazyLock<Scripts> = LazyLock::new(|| {
    Scripts::new(
        "if ARGV[3] == 'once' and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
         redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
         return 1",
    )
});

/// `ARGV[1]` is the value that must be stored; empty for "no such key".
static SWAP: LazyLock<Scripts> = LazyLock::new(|| {
    Scripts::new(
        "if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
         redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
         return 1",
    )
});

/// Returns the value before the call; its first byte tells whether the caller came first.
static SPEND: LazyLock<Scripts> = LazyLock::new(|| {
    Scripts::new(
        "local held = redis.call('GET', KEYS[1])
         if held and string.sub(held, 1, 1) == '+' then
           redis.call('SET', KEYS[1], '-' .. string.sub(held, 2, ARGV[2]), 'PX', ARGV[1])
         end
         return held",
    )
});

/// Counts in every counter, or in none. `KEYS` holds the own and the shared counter of each
/// limit, `ARGV` its maximum, its weight and its window. The first count opens the window;
/// later ones do not move it.
static COUNT: LazyLock<Scripts> =
    LazyLock::new(|| Scripts::new(&format!("{COUNTED}\nreturn counted(#KEYS)")));

/// The same with one more key, which is marked once for `ARGV[#ARGV]`. Returns 1 if it was
/// marked now, 0 if it was marked before, and 2 if a counter is at its limit.
static PUT_ONCE_WITHIN: LazyLock<Scripts> = LazyLock::new(|| {
    Scripts::new(&format!(
        "{COUNTED}
         local mark = KEYS[#KEYS]
         if redis.call('EXISTS', mark) == 1 then return 0 end
         if counted(#KEYS - 1) == 0 then return 2 end
         redis.call('SET', mark, '+', 'PX', ARGV[#ARGV])
         return 1"
    ))
});

/// The function of both scripts that counts in the first `last` keys.
const COUNTED: &str = "local function counted(last)
       local names = {}
       for i = 1, last, 2 do
         local name, limit = KEYS[i], (i - 1) / 2 * 3
         if redis.call('EXISTS', name) == 0
           and (full or redis.call('EXISTS', KEYS[i + 1]) == 1) then name = KEYS[i + 1] end
         local so_far = tonumber(redis.call('GET', name) or '0')
         if so_far + ARGV[limit + 2] > tonumber(ARGV[limit + 1]) then return 0 end
         names[#names + 1] = name
       end
       for i, name in ipairs(names) do
         local limit = (i - 1) * 3
         local new = redis.call('EXISTS', name) == 0
         redis.call('INCRBY', name, ARGV[limit + 2])
         if new then redis.call('PEXPIRE', name, ARGV[limit + 3]) end
       end
       return 1
     end";

/// Takes back what was counted, in the counters that are still there.
static TAKE_BACK: LazyLock<Scripts> = LazyLock::new(|| {
    Scripts::new(
        "for i = 1, #KEYS, 2 do
           local name, weight = KEYS[i], tonumber(ARGV[(i + 1) / 2])
           if redis.call('EXISTS', name) == 0 then name = KEYS[i + 1] end
           local counted = tonumber(redis.call('GET', name) or '0')
           if counted >= weight and counted > 0 then redis.call('DECRBY', name, weight) end
         end
         return 1",
    )
});

/// A connection that all requests share and that reconnects by itself. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Redis {
    connection: ConnectionManager,
    prefix: Arc<str>,
    alarm: Alarm,
}

impl Redis {
    pub(super) async fn connect(url: &str, prefix: &str, clock: Clock) -> Result<Self, Fault> {
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
            alarm: Alarm::new(clock),
        })
    }

    /// Runs a script. When Redis is full, it runs again as a script that may exceed
    /// `maxmemory`, unless values of this kind are refused then.
    async fn run<T: FromRedisValue>(
        &self,
        scripts: &Scripts,
        (kind, when_full): (&'static str, Outcome),
        call: impl for<'s> Fn(&'s Script) -> ScriptInvocation<'s>,
    ) -> Result<T, Fault> {
        let mut connection = self.connection.clone();
        match call(&scripts.usual).invoke_async(&mut connection).await {
            Err(error) if is_full(&error) => self.alarm.sound(kind, when_full),
            other => return Ok(other?),
        }
        if when_full == Outcome::Refused {
            return Err(Fault::Full);
        }
        let call = call(&scripts.when_full);
        Ok(call.invoke_async(&mut connection).await?)
    }

    pub(super) async fn put(&self, key: Key<'_>, value: &[u8], ttl: Duration) -> Result<(), Fault> {
        self.store(key, value, ttl, "").await?;
        Ok(())
    }

    async fn store(
        &self,
        key: Key<'_>,
        value: &[u8],
        ttl: Duration,
        once: &str,
    ) -> Result<bool, Fault> {
        let (name, value) = (self.name(key), marked(LIVE, value));
        self.run(&PUT, (key.kind(), when_full(key)), |script| {
            let mut call = script.key(&name);
            call.arg(&value).arg(milliseconds(ttl)).arg(once);
            call
        })
        .await
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
        let name = self.name(key);
        let old = old.map_or_else(Vec::new, |old| marked(LIVE, old));
        let new = marked(LIVE, new);
        self.run(&SWAP, (key.kind(), when_full(key)), |script| {
            let mut call = script.key(&name);
            call.arg(&old).arg(&new).arg(milliseconds(ttl));
            call
        })
        .await
    }

    pub(super) async fn spend(
        &self,
        key: Key<'_>,
        tombstone_ttl: Duration,
    ) -> Result<Spent, Fault> {
        let name = self.name(key);
        // A tombstone takes no more room than its value.
        let held: Option<Vec<u8>> = self
            .run(&SPEND, (key.kind(), Outcome::BeyondTheLimit), |script| {
                let mut call = script.key(&name);
                call.arg(milliseconds(tombstone_ttl));
                call.arg(last_byte_kept(key));
                call
            })
            .await?;
        Ok(match held.map(unmarked) {
            Some((LIVE, value)) => Spent::First(value),
            Some((SPENT, value)) => Spent::Again(value),
            _ => Spent::Never,
        })
    }

    pub(super) async fn put_once(&self, key: Key<'_>, ttl: Duration) -> Result<bool, Fault> {
        self.store(key, b"", ttl, "once").await
    }

    pub(super) async fn put_once_within(
        &self,
        key: Key<'_>,
        ttl: Duration,
        limit: &Limit,
    ) -> Result<Once, Fault> {
        let (name, limits) = (self.name(key), std::slice::from_ref(limit));
        let names = self.counters(limits);
        let outcome: u8 = self
            .run(&PUT_ONCE_WITHIN, (key.kind(), when_full(key)), |script| {
                let mut call = counting(script, &names, limits);
                call.key(&name).arg(milliseconds(ttl));
                call
            })
            .await?;
        Ok(match outcome {
            0 => Once::Again,
            1 => Once::First,
            _ => Once::TooOften,
        })
    }

    pub(super) async fn count_within(&self, limits: &[Limit]) -> Result<bool, Fault> {
        if limits.is_empty() {
            return Ok(true);
        }
        let names = self.counters(limits);
        // Counting never fails: when Redis is full, counters share what there is.
        self.run(&COUNT, (Key::Rate("").kind(), Outcome::Shared), |script| {
            counting(script, &names, limits)
        })
        .await
    }

    pub(super) async fn is_within(&self, limits: &[Limit]) -> Result<bool, Fault> {
        if limits.is_empty() {
            return Ok(true);
        }
        let mut read = cmd("MGET");
        read.arg(self.counters(limits));
        let counts: Vec<Option<u64>> = read.query_async(&mut self.connection.clone()).await?;
        let counted = counts.chunks(2).map(|pair| match pair {
            [Some(own), _] => *own,
            [None, Some(shared)] => *shared,
            _ => 0,
        });
        let mut pairs = limits.iter().zip(counted);
        Ok(pairs.all(|(limit, counted)| limit.allows(counted)))
    }

    pub(super) async fn take_back(&self, limits: &[Limit]) -> Result<(), Fault> {
        if limits.is_empty() {
            return Ok(());
        }
        let names = self.counters(limits);
        let _done: bool = self
            .run(
                &TAKE_BACK,
                (Key::Rate("").kind(), Outcome::Shared),
                |script| {
                    let mut call = script.prepare_invoke();
                    for name in &names {
                        call.key(name);
                    }
                    for limit in limits {
                        call.arg(limit.weight);
                    }
                    call
                },
            )
            .await?;
        Ok(())
    }

    /// Returns the names of the own and the shared counter of each limit.
    fn counters(&self, limits: &[Limit]) -> Vec<String> {
        let pairs = limits.iter().map(|limit| {
            let shared = limit.shared();
            [self.name(limit.own()), self.name(Key::Rate(&shared))]
        });
        pairs.flatten().collect()
    }

    pub(super) async fn ping(&self) -> Result<(), Fault> {
        let ping = cmd("PING");
        Ok(ping.query_async(&mut self.connection.clone()).await?)
    }

    fn name(&self, key: Key<'_>) -> String {
        format!("{}:{}:{}", self.prefix, key.kind(), key.id())
    }
}

/// Calls a script with the counters of limits and what each says.
fn counting<'s>(script: &'s Script, names: &[String], limits: &[Limit]) -> ScriptInvocation<'s> {
    let mut call = script.prepare_invoke();
    for name in names {
        call.key(name);
    }
    for limit in limits {
        call.arg(limit.most).arg(limit.weight);
        call.arg(milliseconds(limit.window));
    }
    call
}

/// Returns what becomes of a value when Redis has reached its `maxmemory`.
const fn when_full(key: Key<'_>) -> Outcome {
    if key.is_vital() {
        Outcome::BeyondTheLimit
    } else {
        Outcome::Refused
    }
}

/// Whether Redis refused a write because it has reached its `maxmemory`.
fn is_full(error: &RedisError) -> bool {
    error.code() == Some("OOM") || error.to_string().contains("OOM command not allowed")
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
