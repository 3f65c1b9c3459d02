//! The keys with which others encrypt to us. They are stored sealed, parsed once, and
//! rotated like the signing keys, but only `current` is published. Every node knows the
//! `next` key before the first client learns of it, and a `retired` key decrypts until the
//! last client has forgotten it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::jwe::{self, PrivateKey, Received};
use super::jwk::{self, PublicJwk};
use super::{off_the_async_threads, places_free};
use crate::clock::{Clock, Timestamp};
use crate::fault::Fault;
use crate::oidc::encryption::{Encryption, KeyManagementAlgorithm};
use crate::random::Random;
use crate::seal::{Purpose, Sealer};
use crate::store::Store;
use crate::store::keys::{EncryptionKeyRow, KeyState};

/// How long a retired key decrypts. Our JWK Set is fresh for minutes, but many clients read
/// it only once a day.
const RETENTION: Duration = Duration::from_secs(2 * 86_400);

/// The `use` of these keys (RFC 7517 §4.2).
const USE: &str = "enc";

/// The decryption keys of this node. Cheap to clone; all clones see a reload.
#[derive(Clone)]
pub struct EncryptionKeys(Arc<Shared>);

struct Shared {
    store: Store,
    sealer: Sealer,
    random: Random,
    clock: Clock,
    keys: RwLock<Arc<Parsed>>,
    /// Allows one reload at a time; otherwise an older list could replace a newer one.
    reloading: Mutex<()>,
}

struct Parsed {
    keys: Vec<Key>,
    published: Arc<str>,
}

/// A decrypted JWE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decrypted {
    /// The plaintext.
    pub plain: Vec<u8>,
    /// The algorithms it was encrypted with.
    pub encryption: Encryption,
}

impl fmt::Debug for EncryptionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKeys([..])")
    }
}

impl EncryptionKeys {
    /// Reads the keys and creates missing ones: a current and a next one for every
    /// algorithm. Nodes that start at once on one database end with the same keys.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable, or a key was sealed with an unknown sealing
    /// key.
    pub async fn load(
        store: &Store,
        sealer: &Sealer,
        random: &Random,
        clock: &Clock,
    ) -> Result<Self, Fault> {
        make_missing(store, sealer, random, clock.now()).await?;
        let keys = read(store, sealer, clock.now()).await?;
        Ok(Self(Arc::new(Shared {
            store: store.clone(),
            sealer: sealer.clone(),
            random: random.clone(),
            clock: clock.clone(),
            keys: RwLock::new(Arc::new(keys)),
            reloading: Mutex::new(()),
        })))
    }

    /// Reads the keys again, when the counter `keys` of the store's changes moved. On
    /// failure the previous keys stay.
    ///
    /// # Errors
    /// As [`EncryptionKeys::load`].
    pub async fn reload(&self) -> Result<(), Fault> {
        let shared = &self.0;
        let _turn = shared.reloading.lock().await;
        let keys = Arc::new(read(&shared.store, &shared.sealer, shared.clock.now()).await?);
        *shared.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Makes the next key current and creates a new next one, for one algorithm or (`None`)
    /// for all.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable, or there is no next key.
    pub async fn rotate(&self, alg: Option<KeyManagementAlgorithm>) -> Result<(), Fault> {
        let shared = &self.0;
        let (store, now) = (&shared.store, shared.clock.now());
        make_missing(store, &shared.sealer, &shared.random, now).await?;
        for &rotated in KeyManagementAlgorithm::ALL {
            if alg.is_some_and(|only| only != rotated) {
                continue;
            }
            let (sealer, random) = (shared.sealer.clone(), shared.random.clone());
            let make = move || fresh(rotated, KeyState::Next, &sealer, &random, now);
            let next = off_the_async_threads(make).await?;
            let forgotten = now.before(RETENTION);
            let rows = store.encryption_keys();
            if !rows.rotate(rotated, &next, now, forgotten).await? {
                return Err(Fault::because(format!("no {rotated} key is next in line")));
            }
        }
        self.reload().await
    }

    /// Decrypts a JWE that was encrypted to one of these keys. Returns `None` for any
    /// failure, so that the reason is not revealed.
    #[must_use]
    pub fn decrypt(&self, token: &str) -> Option<Decrypted> {
        let received = Received::parse(token)?;
        let now = self.0.clock.now();
        let parsed = self.parsed();
        let fits = |key: &&Key| {
            let named = received.kid().is_none_or(|kid| kid == key.kid);
            named && key.algorithm == received.alg() && now <= key.honoured_until
        };
        let mut fitting = parsed.keys.iter().filter(fits);
        let plain = fitting.find_map(|key| received.open(&key.private, &self.0.random))?;
        Some(Decrypted {
            plain,
            encryption: received.encryption(),
        })
    }

    /// Returns these keys as in our JWK Set: the current keys, public members only.
    #[must_use]
    pub fn published(&self) -> Arc<str> {
        Arc::clone(&self.parsed().published)
    }

    fn parsed(&self) -> Arc<Parsed> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys)
    }
}

async fn read(store: &Store, sealer: &Sealer, now: Timestamp) -> Result<Parsed, Fault> {
    let rows = store.encryption_keys().list().await?;
    let sealer = sealer.clone();
    off_the_async_threads(move || {
        let keys = rows.iter().map(|row| Key::parse(row, &sealer));
        let mut keys = keys.collect::<Result<Vec<_>, _>>()?;
        keys.retain(|key| now <= key.honoured_until);
        keys.sort_by_key(|key| key.algorithm);
        let current = keys.iter().filter(|key| key.state == KeyState::Current);
        let published = jwk::listed(current.map(|key| &key.jwk))?;
        Ok(Parsed { keys, published })
    })
    .await
}

async fn make_missing(
    store: &Store,
    sealer: &Sealer,
    random: &Random,
    now: Timestamp,
) -> Result<(), Fault> {
    let rows = store.encryption_keys().list().await?;
    let making: Vec<_> = places_free(&rows, KeyManagementAlgorithm::ALL)
        .map(|(algorithm, state)| {
            let (sealer, random) = (sealer.clone(), random.clone());
            let make = move || fresh(algorithm, state, &sealer, &random, now);
            tokio::spawn(off_the_async_threads(make))
        })
        .collect();
    let mut made = Vec::with_capacity(making.len());
    for key in making {
        made.push(key.await.map_err(Fault::because)??);
    }
    store.encryption_keys().insert_missing(&made).await
}

fn fresh(
    algorithm: KeyManagementAlgorithm,
    state: KeyState,
    sealer: &Sealer,
    random: &Random,
    now: Timestamp,
) -> Result<EncryptionKeyRow, Fault> {
    let private = jwe::generate(algorithm)?;
    let jwk = PrivateKey::jwk(algorithm, &private)?;
    let kid = jwk.thumbprint()?;
    let context = seal_context(algorithm, &kid);
    Ok(EncryptionKeyRow {
        sealed_private: sealer.seal(Purpose::EncryptionKey, &context, &private, random)?,
        public_jwk: serde_json::to_string(&jwk.published(&kid, USE, algorithm.as_str()))?,
        kid,
        algorithm,
        state,
        created_at: now,
        changed_at: now,
    })
}

/// Returns the context that binds a sealed private key to its `kid` and algorithm.
fn seal_context(algorithm: KeyManagementAlgorithm, kid: &str) -> Vec<u8> {
    format!("{algorithm} {kid}").into_bytes()
}

struct Key {
    kid: String,
    algorithm: KeyManagementAlgorithm,
    state: KeyState,
    honoured_until: Timestamp,
    private: PrivateKey,
    jwk: PublicJwk,
}

impl Key {
    /// Parses a stored key. The public half is derived from the private key, so that one
    /// that was changed in the database is never published.
    fn parse(row: &EncryptionKeyRow, sealer: &Sealer) -> Result<Self, Fault> {
        let (algorithm, kid) = (row.algorithm, row.kid.clone());
        let context = seal_context(algorithm, &kid);
        let pkcs8 = sealer
            .open(Purpose::EncryptionKey, &context, &row.sealed_private)
            .map(Zeroizing::new)
            .ok_or_else(|| {
                Fault::because(format!(
                    "the encryption key {kid} was sealed with another sealing key"
                ))
            })?;
        Ok(Self {
            private: PrivateKey::parse(algorithm, &pkcs8)?,
            jwk: PrivateKey::jwk(algorithm, &pkcs8)?.published(&kid, USE, algorithm.as_str()),
            honoured_until: match row.state {
                KeyState::Next | KeyState::Current => Timestamp(i64::MAX),
                KeyState::Retired => row.changed_at.after(RETENTION),
            },
            state: row.state,
            algorithm,
            kid,
        })
    }
}
