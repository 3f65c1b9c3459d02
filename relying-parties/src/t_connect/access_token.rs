//! Verifies access tokens for our API: with the provider's published keys (RFC 9068 §4),
//! and then by introspection (RFC 7662), since a car must not obey a token that was revoked
//! a minute ago.

use serde::Deserialize;

use crate::provider::Provider;
use crate::relying_party::RelyingPartyConfig;
use crate::routes::CannotStart;
use crate::signed::{Audience, Keys, NotTaken, now};

/// The `typ` of RFC 9068 §4. An ID token is signed with the same keys, and must not pass.
const TYPE: &str = "at+jwt";

/// Why a token is refused; only for our log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoGood {
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    #[error("the provider says that it is not active")]
    NotActive,
    #[error("the provider does not say whether it is active")]
    NoWord,
}

impl NoGood {
    /// Whether the token is not at fault, so that it may be accepted later.
    pub(super) const fn for_now(self) -> bool {
        matches!(self, Self::NoWord | Self::NotTaken(NotTaken::NoKeys))
    }
}

/// An access token that was verified.
#[derive(Debug)]
pub(super) struct AccessToken {
    /// The `sub` of the person it was issued for.
    pub(super) subject: String,
    scope: String,
    acr: Option<String>,
    auth_time: Option<u64>,
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

#[derive(Deserialize)]
struct Introspection {
    active: bool,
}

impl AccessToken {
    /// Whether the token has the scope `scope`.
    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|value| value == scope)
    }

    /// Whether the person authenticated with the context `context` (`acr`), at most
    /// `max_age` seconds ago.
    pub(super) fn is_of(&self, context: &str, max_age: u64) -> bool {
        let fresh = |at: u64| now().saturating_sub(at) <= max_age;
        self.acr.as_deref() == Some(context) && self.auth_time.is_some_and(fresh)
    }
}

/// The issuer whose tokens are accepted, and the API they must be for.
pub(super) struct Issuer {
    provider: Provider,
    audience: String,
    keys: Keys,
}

impl Issuer {
    pub(super) fn of(config: &RelyingPartyConfig) -> Result<Self, CannotStart> {
        Ok(Self {
            provider: Provider::new(config)?,
            audience: config.api(),
            keys: Keys::new(),
        })
    }

    /// Returns the token's content, if it is genuine, valid for this API and not revoked.
    pub(super) async fn verified(&self, token: &str) -> Result<AccessToken, NoGood> {
        let read = self.read(token).await?;
        // Only genuine tokens are introspected, so strangers cannot make us send requests
        // to the provider.
        match self.is_active(token).await {
            Some(true) => Ok(read),
            Some(false) => Err(NoGood::NotActive),
            None => Err(NoGood::NoWord),
        }
    }

    /// Introspects the token (RFC 7662 §2.2); `None` if the provider gives no usable
    /// answer.
    async fn is_active(&self, token: &str) -> Option<bool> {
        let discovered = self.provider.discovered().await.ok()?;
        let more = discovered.metadata.additional_metadata();
        let endpoint = more.introspection_endpoint.as_deref()?;
        let form = [("token", token), ("token_type_hint", "access_token")];
        let asked = self.provider.post_authenticated(endpoint, &form).await;
        let (status, body) = asked.ok()?;
        let said: Introspection = serde_json::from_slice(&body).ok()?;
        status.is_success().then_some(said.active)
    }

    async fn read(&self, token: &str) -> Result<AccessToken, NotTaken> {
        let claims: Claims = self.keys.verified(&self.provider, token, TYPE).await?;
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
}
