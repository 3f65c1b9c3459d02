//! Receives logout tokens from the provider's server (OpenID Connect Back-Channel Logout
//! 1.0). It verifies the token as §2.6 demands and ends every session here that came from
//! that login at the provider, without the browser.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::bounded::Bounded;
use crate::encoded::field;
use crate::provider::Person;
use crate::routes::{CAPACITY, RelyingParty};
use crate::signed::{Audience, Keys, NotTaken, now};

/// Path that receives logout tokens.
pub(crate) const PATH: &str = "/backchannel-logout";

/// The token's `typ` (§2.4).
const TYPE: &str = "logout+jwt";

/// The member that `events` must contain.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How far the provider's clock may differ from ours, in seconds.
const CLOCKS_DIFFER: u64 = 60;

/// How long a token's `jti` is remembered: longer than any token is valid.
const REMEMBERED_FOR: Duration = Duration::from_secs(60 * 60);

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: u64,
    exp: u64,
    jti: String,
    events: BTreeMap<String, Value>,
    sub: Option<String>,
    sid: Option<String>,
    nonce: Option<Value>,
}

/// The provider's keys, and the `jti`s of the tokens accepted so far.
pub(crate) struct Logouts {
    keys: Keys,
    taken: Bounded<String, ()>,
}

impl Logouts {
    pub(crate) fn new() -> Self {
        Self {
            keys: Keys::new(),
            taken: Bounded::new(CAPACITY, REMEMBERED_FOR),
        }
    }
}

/// `POST /backchannel-logout`
pub(crate) async fn receive(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let is_form = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    let token = field(&body, "logout_token").filter(|_| is_form);
    let told = match token {
        Some(token) => party.told(&token).await,
        None => Err(NotTaken::Unreadable),
    };
    // §2.8: the response must not be cached.
    let uncached = [(CACHE_CONTROL, "no-store")];
    match told {
        Ok(()) => (StatusCode::OK, uncached).into_response(),
        Err(NotTaken::NoKeys) => {
            tracing::warn!("a logout could not be proven now");
            (StatusCode::SERVICE_UNAVAILABLE, uncached).into_response()
        }
        Err(why) => {
            tracing::info!(reason = %why, "a logout was not taken");
            let said = json!({"error": "invalid_request", "error_description": why.to_string()});
            (StatusCode::BAD_REQUEST, uncached, Json(said)).into_response()
        }
    }
}

impl RelyingParty {
    /// Verifies the token and ends the sessions it names.
    async fn told(&self, token: &str) -> Result<(), NotTaken> {
        // The unverified `iss` selects the issuer whose keys must verify the token.
        let claimed = claim(token, "iss").ok_or(NotTaken::Unreadable)?;
        let provider = self.at(&claimed);
        let claims: Claims = self.logouts.keys.verified(provider, token, TYPE).await?;
        if claims.iss != provider.issuer() {
            return Err(NotTaken::AnotherIssuer);
        }
        if !claims.aud.names(&provider.client_id) {
            return Err(NotTaken::AnotherAudience);
        }
        let now = now();
        if claims.iat > now + CLOCKS_DIFFER || claims.exp + CLOCKS_DIFFER <= now {
            return Err(NotTaken::Expired);
        }
        let happened = claims.events.get(EVENT).is_some_and(Value::is_object);
        let means_someone = claims.sub.is_some() || claims.sid.is_some();
        // §2.4: a logout token has no nonce, so that it cannot pass for an ID token.
        if !happened || !means_someone || claims.nonce.is_some() {
            return Err(NotTaken::AnotherKind);
        }
        let at = Instant::now();
        if self.logouts.taken.get(&claims.jti, at).is_some() {
            // The token was processed before, but our response was lost on the way.
            return Ok(());
        }
        self.sessions.remove_all(|person| claims.mean(person));
        self.logouts.taken.put(claims.jti, (), at);
        Ok(())
    }
}

impl Claims {
    /// Whether the token means this person's session: the one of its `sid`, or without a
    /// `sid` every session of its `sub` (§2.7).
    fn mean(&self, person: &Person) -> bool {
        let same = |said: Option<&String>, known: Option<&str>| {
            said.is_none_or(|said| Some(said.as_str()) == known)
        };
        person.issuer == self.iss
            && same(self.sub.as_ref(), Some(&person.subject))
            && same(self.sid.as_ref(), person.sid.as_deref())
    }
}

/// Reads a claim without verifying the token: it is not verified yet, or was before.
pub(crate) fn claim(token: &str, name: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims.get(name)?.as_str().map(str::to_owned)
}
