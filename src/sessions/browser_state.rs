//! The browser state cookie that this provider's frame reads in other sites' pages (OpenID
//! Connect Session Management 1.0 §3.2). It is no secret and authenticates nobody; a client
//! cannot compute it from the `sid` that it knows.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::browser::LiveSession;
use crate::accounts::browser_session::BrowserSession;
use crate::app::App;
use crate::brand::Brand;
use crate::http::cookies::{self, CookieKind};
use crate::oidc::authorization_request::AuthorizationRequest;
use crate::oidc::session_state::session_state;
use crate::seal::Purpose;

/// The browser state for a session; empty without one.
#[must_use]
pub fn browser_state(app: &App, brand: &Brand, session: Option<&BrowserSession>) -> String {
    session.map_or_else(String::new, |session| {
        let parts = [brand.name.as_bytes(), session.sid.as_bytes()];
        URL_SAFE_NO_PAD.encode(app.sealer.mac(Purpose::BrowserState, &parts))
    })
}

/// The cookie for a session that begins.
#[must_use]
pub fn cookie(app: &App, brand: &Brand, session: &BrowserSession) -> Option<HeaderValue> {
    let state = browser_state(app, brand, Some(session));
    let life = session.expires_at.since(app.clock.now());
    cookies::set(brand, CookieKind::BrowserState, &state, life.as_secs())
}

/// The cookie to set if the browser holds the state of another session: that session has
/// expired or was ended elsewhere.
#[must_use]
pub fn mended(
    app: &App,
    brand: &Brand,
    headers: &HeaderMap,
    live: Option<&LiveSession>,
) -> Option<HeaderValue> {
    let held = cookies::read(headers, brand, CookieKind::BrowserState).unwrap_or_default();
    let session = live.map(|live| &live.session);
    if held == browser_state(app, brand, session) {
        return None;
    }
    match session {
        Some(session) => cookie(app, brand, session),
        None => cookies::set(brand, CookieKind::BrowserState, "", 0),
    }
}

/// The `session_state` of an authorization response, if OpenID Connect was asked for.
#[must_use]
pub fn session_state_for(
    app: &App,
    brand: &Brand,
    request: &AuthorizationRequest,
    live: Option<&LiveSession>,
) -> Option<String> {
    if !request.scope.contains("openid") {
        return None;
    }
    let state = browser_state(app, brand, live.map(|live| &live.session));
    let salt = app.random.id();
    session_state(&request.client_id, &request.redirect_uri, &state, &salt)
}
