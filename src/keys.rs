//! The keys that sign our tokens. They are stored sealed in the database, parsed once, and
//! rotated: `next` is published before it signs, `current` signs, `retired` is accepted
//! while its tokens live. A rotation on one node is therefore accepted by all nodes at
//! once, although each learns of it separately.

pub mod authenticator_apps;
pub mod client_jwks;
mod encryption_keys;
mod genuine;
pub mod jwe;
mod jwk;
mod key_set;
pub mod rotation;
pub mod shared_secret;
mod signature;

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::clock::{Clock, Timestamp};
use crate::fault::Fault;
use crate::oidc::access_token;
use crate::oidc::client::SigningAlgorithm;
use crate::random::Random;
use crate::seal::Sealer;
use crate::store::Store;
use crate::store::keys::{KeyRow, KeyState};
pub use encryption_keys::{Decrypted, EncryptionKeys};
use genuine::Genuine;
use key_set::KeySet;

/// Returns one JWK Set (RFC 7517 §5) with the keys of both kinds.
#[must_use]
pub fn jwk_set(signing: &SigningKeys, encryption: &EncryptionKeys) -> String {
    let both = [signing.published(), encryption.published()];
    format!("{{\"keys\":[{}]}}", both.join(","))
}

/// The longest header that is parsed, in bytes; ours are far shorter.
const LONGEST_HEADER: usize = 512;

/// The signing keys of this node. Cheap to clone; all clones see a reload.
#[derive(Clone)]
pub struct SigningKeys(Arc<Shared>);

struct Shared {
    store: Store,
    sealer: Sealer,
    random: Random,
    clock: Clock,
    retention: Duration,
    keys: RwLock<Arc<KeySet>>,
    genuine: Genuine,
    /// Allows one reload at a time; otherwise an older list could replace a newer one.
    reloading: Mutex<()>,
    /// When an unknown `kid` last caused a look into the database, in seconds since 1970.
    looked_at: AtomicI64,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys([..])")
    }
}

impl SigningKeys {
    /// Reads the keys and creates missing ones: a current and a next one for every
    /// algorithm. Nodes that start at once on one database end with the same keys. A
    /// retired key is accepted for `retention`, which must outlast the longest-lived token.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable, or a key was sealed with an unknown sealing
    /// key.
    pub async fn load(
        store: &Store,
        sealer: &Sealer,
        random: &Random,
        clock: &Clock,
        retention: Duration,
    ) -> Result<Self, Fault> {
        make_missing(store, sealer, random, clock).await?;
        let keys = read(store, sealer, retention, clock.now()).await?;
        Ok(Self(Arc::new(Shared {
            store: store.clone(),
            sealer: sealer.clone(),
            random: random.clone(),
            clock: clock.clone(),
            retention,
            keys: RwLock::new(Arc::new(keys)),
            genuine: Genuine::default(),
            reloading: Mutex::new(()),
            looked_at: AtomicI64::new(0),
        })))
    }

    /// Reads the keys again, when the counter `keys` of the store's changes moved. On
    /// failure the previous keys stay.
    ///
    /// # Errors
    /// As [`SigningKeys::load`].
    pub async fn reload(&self) -> Result<(), Fault> {
        let shared = &self.0;
        let _turn = shared.reloading.lock().await;
        let now = shared.clock.now();
        let keys = Arc::new(read(&shared.store, &shared.sealer, shared.retention, now).await?);
        *shared.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Makes the next key current and creates a new next one, for one algorithm or (`None`)
    /// for all. The key that was current is accepted until its retention ends.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable, or there is no next key.
    pub async fn rotate(&self, algorithm: Option<SigningAlgorithm>) -> Result<(), Fault> {
        let shared = &self.0;
        make_missing(&shared.store, &shared.sealer, &shared.random, &shared.clock).await?;
        for &rotated in SigningAlgorithm::ALL {
            if algorithm.is_some_and(|only| only != rotated) {
                continue;
            }
            let now = shared.clock.now();
            let (sealer, random) = (shared.sealer.clone(), shared.random.clone());
            let next = off_the_async_threads(move || {
                key_set::fresh(rotated, KeyState::Next, &sealer, &random, now)
            })
            .await?;
            let forgotten = now.before(shared.retention);
            let rows = shared.store.signing_keys();
            if !rows.rotate(rotated, &next, now, forgotten).await? {
                return Err(Fault::because(format!("no {rotated} key is next in line")));
            }
        }
        self.reload().await
    }

    /// Returns a signed token (JWS, compact) with the header members `alg`, `kid` and, if
    /// given, `typ`.
    ///
    /// # Errors
    /// `Fault` if there is no current key for `algorithm`, or the claims cannot be
    /// serialized.
    pub fn sign(
        &self,
        algorithm: SigningAlgorithm,
        typ: Option<&str>,
        claims: &impl Serialize,
    ) -> Result<String, Fault> {
        let token = self.keys().sign(algorithm, typ, claims)?;
        if typ == Some(access_token::TYPE) {
            // Access tokens are presented to us again; other tokens rarely are.
            self.0.genuine.remember(&token);
        }
        Ok(token)
    }

    /// Returns the claims of a token that we signed with exactly this `typ` (`None`:
    /// without one), so that an access token is never accepted as an ID token (RFC 8725
    /// §3.11). `exp`, `aud` and `iss` are not checked.
    #[must_use]
    pub fn verify(&self, token: &str, expected_typ: Option<&str>) -> Option<Map<String, Value>> {
        let now = self.0.clock.now();
        self.keys()
            .verify(token, expected_typ, now, &self.0.genuine)
    }

    /// Like [`SigningKeys::verify`], but for an unknown `kid` reads the keys again first,
    /// at most once a second: two rotations may follow each other before this node learns
    /// of either.
    ///
    /// # Errors
    /// As [`SigningKeys::reload`].
    pub async fn verify_or_reload(
        &self,
        token: &str,
        expected_typ: Option<&str>,
    ) -> Result<Option<Map<String, Value>>, Fault> {
        let claims = self.verify(token, expected_typ);
        if claims.is_some() || self.knows_key_of(token) || !self.may_look() {
            return Ok(claims);
        }
        self.reload().await?;
        Ok(self.verify(token, expected_typ))
    }

    /// Returns these keys as in our JWK Set ([`jwk_set`]): next, current and retired keys,
    /// public members only.
    #[must_use]
    pub fn published(&self) -> Arc<str> {
        self.keys().published()
    }

    fn keys(&self) -> Arc<KeySet> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys)
    }

    /// Whether reading the keys again cannot help: the key is known, or the token names
    /// none.
    fn knows_key_of(&self, token: &str) -> bool {
        kid_of(token).is_none_or(|kid| self.keys().knows(&kid))
    }

    fn may_look(&self) -> bool {
        let now = self.0.clock.now().0;
        self.0.looked_at.fetch_max(now, Ordering::SeqCst) < now
    }
}

async fn read(
    store: &Store,
    sealer: &Sealer,
    retention: Duration,
    now: Timestamp,
) -> Result<KeySet, Fault> {
    let rows = store.signing_keys().list().await?;
    let sealer = sealer.clone();
    off_the_async_threads(move || KeySet::parse(&rows, &sealer, retention, now)).await
}

async fn make_missing(
    store: &Store,
    sealer: &Sealer,
    random: &Random,
    clock: &Clock,
) -> Result<(), Fault> {
    let rows = store.signing_keys().list().await?;
    let now = clock.now();
    let making: Vec<_> = places_free(&rows, SigningAlgorithm::ALL)
        .map(|(algorithm, state)| {
            let (sealer, random) = (sealer.clone(), random.clone());
            let make = move || key_set::fresh(algorithm, state, &sealer, &random, now);
            tokio::spawn(off_the_async_threads(make))
        })
        .collect();
    let mut made = Vec::with_capacity(making.len());
    for key in making {
        made.push(key.await.map_err(Fault::because)??);
    }
    store.signing_keys().insert_missing(&made).await
}

fn places_free<A: Copy + PartialEq>(
    rows: &[KeyRow<A>],
    algorithms: &'static [A],
) -> impl Iterator<Item = (A, KeyState)> {
    let places = algorithms
        .iter()
        .flat_map(|algorithm| [KeyState::Current, KeyState::Next].map(|state| (*algorithm, state)));
    places.filter(|place| !rows.iter().any(|row| (row.algorithm, row.state) == *place))
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Fault::because)?
}

fn kid_of(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Header {
        kid: String,
    }
    let (header, _) = token.split_once('.')?;
    if header.len() > LONGEST_HEADER {
        return None;
    }
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    Some(header.kid)
}
