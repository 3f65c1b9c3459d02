//! Whether an access token is the provider's, for us, and still good (RFC 9068
//! §4), by the provider's published keys. Nobody is asked about it: what it says
//! holds until it expires.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey as _, JsonWebKeyId};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::provider::Provider;
use crate::relying_party::RelyingPartyConfig;
use crate::routes::CannotStart;

/// How often keys are fetched anew for a key that is not known: anyone can name one.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// An access token that was verified.
#[derive(Debug)]
pub(super) struct AccessToken {
    /// Whose it is.
    pub(super) subject: String,
    scope: String,
    acr: Option<String>,
    auth_time: Option<u64>,
}

/// Why a token was not taken: for our log, and nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotTaken {
    #[error("it is no JWT, or says too little")]
    Unreadable,
    #[error("it is no access token")]
    AnotherKind,
    #[error("its key is not the provider's")]
    UnknownKey,
    #[error("its signature is wrong")]
    Forged,
    #[error("it is another issuer's")]
    AnotherIssuer,
    #[error("it is not for this API")]
    AnotherAudience,
    #[error("it has expired")]
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

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    #[serde(default)]
    scope: String,
    acr: Option<String>,
    auth_time: Option<u64>,
}

/// `aud` may be one or several (RFC 7519 §4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Several(several) => several.iter().any(|one| one == name),
        }
    }
}

impl AccessToken {
    /// Whether it may do what `scope` says.
    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|value| value == scope)
    }

    /// Whether its person authenticated so, and no longer ago than that.
    pub(super) fn is_of(&self, context: &str, max_age: u64) -> bool {
        let fresh = |at: u64| now().saturating_sub(at) <= max_age;
        self.acr.as_deref() == Some(context) && self.auth_time.is_some_and(fresh)
    }
}

/// Whose tokens are taken, and for which API.
pub(super) struct Issuer {
    provider: Provider,
    audience: String,
    looked: Mutex<Option<Instant>>,
}

impl Issuer {
    pub(super) fn of(config: &RelyingPartyConfig) -> Result<Self, CannotStart> {
        Ok(Self {
            provider: Provider::new(config)?,
            audience: config.api(),
            looked: Mutex::new(None),
        })
    }

    /// The token, if it is to be believed.
    pub(super) async fn verified(&self, token: &str) -> Result<AccessToken, NotTaken> {
        let (signed, signature) = token.rsplit_once('.').ok_or(NotTaken::Unreadable)?;
        let (header, claims) = signed.split_once('.').ok_or(NotTaken::Unreadable)?;
        let header: Header = part(header)?;
        // RFC 9068 §4: an ID token is signed by the same keys, and must not pass.
        let kind = header.typ.to_ascii_lowercase();
        if !matches!(kind.as_str(), "at+jwt" | "application/at+jwt") {
            return Err(NotTaken::AnotherKind);
        }
        let key = self.key(&header.kid).await?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| NotTaken::Unreadable)?;
        // An algorithm that does not fit the key is refused: a secret one never does.
        key.verify_signature(&header.alg, signed.as_bytes(), &signature)
            .map_err(|_| NotTaken::Forged)?;
        let claims: Claims = part(claims)?;
        if claims.iss != self.provider.issuer() {
            return Err(NotTaken::AnotherIssuer);
        }
        if !claims.aud.names(&self.audience) {
            return Err(NotTaken::AnotherAudience);
        }
        if claims.exp <= now() {
            return Err(NotTaken::Expired);
        }
        Ok(AccessToken {
            subject: claims.sub,
            scope: claims.scope,
            acr: claims.acr,
            auth_time: claims.auth_time,
        })
    }

    async fn key(&self, kid: &str) -> Result<CoreJsonWebKey, NotTaken> {
        let id = JsonWebKeyId::new(kid.to_owned());
        let known = self.provider.keys().await.map_err(|_| NotTaken::NoKeys)?;
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
        let fresh = self
            .provider
            .fresh_keys()
            .await
            .map_err(|_| NotTaken::NoKeys)?;
        find(&fresh).ok_or(NotTaken::UnknownKey)
    }
}

fn part<T: for<'de> Deserialize<'de>>(encoded: &str) -> Result<T, NotTaken> {
    let bytes = URL_SAFE_NO_PAD.decode(encoded);
    let bytes = bytes.map_err(|_| NotTaken::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| NotTaken::Unreadable)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a token's times are the world's, not ours"
)]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(u64::MAX, |since| since.as_secs())
}
