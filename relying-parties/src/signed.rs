//! Verifies that the provider signed a token, and that the token is of the expected type
//! (RFC 7515, RFC 8725 §3.11), with the keys the provider publishes. Checking the claims is
//! left to the caller.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey as _, JsonWebKeyId};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::provider::Provider;

/// The least time between two fetches of keys for an unknown `kid`, because anyone can send
/// a token with an unknown one.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Why a token was not accepted; only for our log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error("it is no JWT, or says too little")]
    Unreadable,
    #[error("it is a token of another kind")]
    AnotherKind,
    #[error("its key is not the provider's")]
    UnknownKey,
    #[error("its signature is wrong")]
    Forged,
    #[error("it is another issuer's")]
    AnotherIssuer,
    #[error("it is not for us")]
    AnotherAudience,
    #[error("it is not of now")]
    Expired,
    #[error("the provider's keys cannot be had")]
    NoKeys,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: CoreJwsSigningAlgorithm,
    kid: String,
}

/// `aud`, which may be one value or several (RFC 7519 §4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    pub(crate) fn names(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Several(several) => several.iter().any(|one| one == name),
        }
    }
}

/// The provider's keys, and when they were last fetched.
pub(crate) struct Keys {
    looked: Mutex<Option<Instant>>,
}

impl Keys {
    pub(crate) const fn new() -> Self {
        Self {
            looked: Mutex::const_new(None),
        }
    }

    /// Returns the claims of a token of the type `typ`, once its signature is verified.
    pub(crate) async fn verified<C: for<'de> Deserialize<'de>>(
        &self,
        provider: &Provider,
        token: &str,
        typ: &str,
    ) -> Result<C, NotTaken> {
        let (signed, signature) = token.rsplit_once('.').ok_or(NotTaken::Unreadable)?;
        let (header, claims) = signed.split_once('.').ok_or(NotTaken::Unreadable)?;
        let header: Header = part(header)?;
        // The provider signs all types of tokens with the same keys; one must not pass for
        // another.
        let kind = header.typ.to_ascii_lowercase();
        if kind.strip_prefix("application/").unwrap_or(&kind) != typ {
            return Err(NotTaken::AnotherKind);
        }
        let key = self.key(provider, &header.kid).await?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| NotTaken::Unreadable)?;
        // An algorithm that does not fit the key is refused; a symmetric one never fits.
        key.verify_signature(&header.alg, signed.as_bytes(), &signature)
            .map_err(|_| NotTaken::Forged)?;
        part(claims)
    }

    async fn key(&self, provider: &Provider, kid: &str) -> Result<CoreJsonWebKey, NotTaken> {
        let id = JsonWebKeyId::new(kid.to_owned());
        let known = provider.keys().await.map_err(|_| NotTaken::NoKeys)?;
        let find =
            |keys: &[CoreJsonWebKey]| keys.iter().find(|key| key.key_id() == Some(&id)).cloned();
        if let Some(key) = find(&known) {
            return Ok(key);
        }
        let mut looked = self.looked.lock().await;
        let lately = looked.is_some_and(|at| at.elapsed() < LOOK_AGAIN_AFTER);
        if lately {
            return Err(NotTaken::UnknownKey);
        }
        *looked = Some(Instant::now());
        let fresh = provider.fresh_keys().await.map_err(|_| NotTaken::NoKeys)?;
        find(&fresh).ok_or(NotTaken::UnknownKey)
    }
}

fn part<T: for<'de> Deserialize<'de>>(encoded: &str) -> Result<T, NotTaken> {
    let bytes = URL_SAFE_NO_PAD.decode(encoded);
    let bytes = bytes.map_err(|_| NotTaken::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| NotTaken::Unreadable)
}

/// The current time in the unit of a token's claims, seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "a token's times are the world's, not ours"
)]
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(u64::MAX, |since| since.as_secs())
}
