//! Logout: ends the session here at once, then sends the browser to the provider
//! (RP-Initiated Logout), which redirects it back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use tokio::time::Instant;

use crate::cookie::{self, Lifetime};
use crate::locale::Locale;
use crate::routes::RelyingParty;

/// `POST /logout`
pub(crate) async fn logout(State(party): State<Arc<RelyingParty>>, headers: HeaderMap) -> Response {
    if !is_from_our_page(&headers) {
        let locale = Locale::of(&headers, None);
        return party.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    let person = cookie::read(&headers, &party.session_cookie)
        .and_then(|session| party.sessions.take(&session.to_owned(), Instant::now()));
    let onward = match person {
        Some(person) => party.provider_of(&person).end_session_url(&person).await,
        None => None,
    };
    let forget = cookie::write(&party.session_cookie, "", Lifetime::Gone);
    let target = onward.as_ref().map_or("/logged-out", |url| url.as_str());
    (AppendHeaders([(SET_COOKIE, forget)]), Redirect::to(target)).into_response()
}

/// Whether the request comes from one of our own pages. `SameSite=Lax` keeps other sites
/// out; this check keeps out other hosts of the same site. For browsers that do not send
/// the header, the cookie's rule alone applies.
pub(crate) fn is_from_our_page(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_none_or(|site| site == "same-origin" || site == "none")
}
