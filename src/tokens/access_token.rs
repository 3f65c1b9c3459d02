//! Access tokens: signed JWTs (RFC 9068) whose `jti` is a sealed handle. A resource server
//! reads the claims. Only this provider can read account and grant from the handle, so that
//! pairwise subject identifiers stay pairwise
//! (`docs/decisions/0006-access-tokens-with-a-sealed-handle.md`).

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::presented_token::PresentedToken;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::access_token::{AccessTokenClaims, IssuedAccessToken, TYPE};
use crate::oidc::authorization_request::ClaimsRequest;
use crate::oidc::rule;
use crate::oidc::scope::Scope;
use crate::oidc::token_type::TokenType;
use crate::seal::{Purpose, sha256_hex};

/// Separates grant and account in a handle; neither contains it.
const SEPARATOR: char = '\n';

/// An access token with a valid signature that has not expired. Whether it was revoked is
/// known to the store only.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The claims.
    pub claims: Map<String, Value>,
    /// The id of its grant.
    pub grant_id: String,
    /// The id of its account; `None` for a client's own token.
    pub account_id: Option<String>,
    /// The id under which this token alone can be revoked.
    pub revocation_id: String,
    /// The granted scope.
    pub scope: Scope,
    /// When it was issued.
    pub issued_at: Timestamp,
}

impl AccessToken {
    /// The value of a claim that is a string.
    #[must_use]
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// The type with which it must be presented, as `AccessTokenClaims::token_type`
    /// decided.
    #[must_use]
    pub const fn token_type(&self) -> TokenType {
        TokenType::Bearer
    }

    /// The claims that were requested individually, and in which scripts.
    #[must_use]
    pub fn userinfo_claims(&self) -> ClaimsRequest {
        ClaimsRequest {
            userinfo: self.value("userinfo_claims"),
            locales: self.value("claims_locales"),
            ..ClaimsRequest::default()
        }
    }

    /// A claim of this provider's own, or its default.
    fn value<T: DeserializeOwned + Default>(&self, claim: &str) -> T {
        let value = self.claims.get(claim).cloned();
        value
            .and_then(|value| serde_json::from_value(value).ok())
            .unwrap_or_default()
    }

    /// The value of a claim that is a number of seconds.
    #[must_use]
    pub fn seconds(&self, claim: &str) -> Option<i64> {
        self.claims.get(claim)?.as_i64()
    }
}

/// Seals the handle of a token.
///
/// # Errors
/// `Fault` if sealing fails.
pub fn handle(app: &App, grant_id: &str, account_id: Option<&str>) -> Result<String, Fault> {
    let plain = format!("{grant_id}{SEPARATOR}{}", account_id.unwrap_or_default());
    app.sealer.seal(
        Purpose::TokenHandle,
        b"access_token",
        plain.as_bytes(),
        &app.random,
    )
}

/// Signs an access token.
///
/// # Errors
/// `Fault` if signing fails.
pub fn sign(app: &App, claims: &AccessTokenClaims) -> Result<IssuedAccessToken, Fault> {
    let algorithm = app.config.tokens.access_token_alg;
    Ok(IssuedAccessToken {
        text: app.keys.sign(algorithm, Some(TYPE), claims)?,
        token_type: claims.token_type(),
        expires_in: claims.exp.since(claims.iat).as_secs(),
    })
}

/// The lifetime of access tokens.
#[must_use]
pub fn life(app: &App) -> Duration {
    app.config.tokens.access_token_lifetime
}

/// Reads the access token that was presented to a protected resource.
///
/// # Errors
/// `invalid_token` if it was not issued here or by this issuer, has expired, or is of
/// another type than it was presented with.
pub fn read_presented(
    app: &App,
    brand: &Brand,
    presented: PresentedToken<'_>,
) -> Result<AccessToken, ProtocolRefusal> {
    read(app, brand, presented.text)
        .filter(|token| token.token_type() == presented.token_type)
        .ok_or_else(|| presented.invalid(rule::TOKEN_GOOD))
}

/// Reads an access token; `None` if it was not issued here or by this issuer, or has
/// expired.
#[must_use]
pub fn read(app: &App, brand: &Brand, token: &str) -> Option<AccessToken> {
    let claims = app.keys.verify(token, Some(TYPE))?;
    let is_ours = claims.get("iss")?.as_str()? == brand.issuer;
    let is_alive = claims.get("exp")?.as_i64()? > app.clock.now().0;
    if !is_ours || !is_alive {
        return None;
    }
    let jti = claims.get("jti")?.as_str()?;
    let plain = app
        .sealer
        .open(Purpose::TokenHandle, b"access_token", jti)?;
    let plain = String::from_utf8(plain).ok()?;
    let (grant_id, account_id) = plain.split_once(SEPARATOR)?;
    let scope = claims
        .get("scope")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .parse()
        .ok()?;
    let issued_at = Timestamp(claims.get("iat")?.as_i64()?);
    Some(AccessToken {
        issued_at,
        grant_id: grant_id.to_owned(),
        account_id: Some(account_id.to_owned()).filter(|id| !id.is_empty()),
        revocation_id: sha256_hex(jti.as_bytes()),
        scope,
        claims,
    })
}
