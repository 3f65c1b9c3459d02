//! Whether an access token is the provider's, for us, and still good (RFC 9068
//! §4), by the provider's published keys. Nobody is asked about it: what it says
//! holds until it expires.

use serde::Deserialize;

use crate::provider::Provider;
use crate::relying_party::RelyingPartyConfig;
use crate::routes::CannotStart;
use crate::signed::{Audience, Keys, NotTaken, now};

/// RFC 9068 §4: an ID token is signed by the same keys, and must not pass.
const TYPE: &str = "at+jwt";

/// An access token that was verified.
#[derive(Debug)]
pub(super) struct AccessToken {
    /// Whose it is.
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

    /// The token, if it is to be believed.
    pub(super) async fn verified(&self, token: &str) -> Result<AccessToken, NotTaken> {
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
