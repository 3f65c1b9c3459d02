//! Login at the provider: the redirect there and the callback. A login belongs to the
//! browser that began it, can be finished once, and creates a new session.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use openidconnect::CsrfToken;
use tokio::time::Instant;

use crate::authorization_response::AuthorizationResponse;
use crate::cookie::{self, Lifetime};
use crate::encoded::field;
use crate::failure::Failure;
use crate::locale::Locale;
use crate::provider::{Demand, Person, Provider};
use crate::routes::{LOGIN_LIFETIME, RelyingParty};

/// `GET /login`
pub(crate) async fn begin(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    let provider = party.asked_for(query.as_deref());
    match party
        .send_to(provider, &headers, locale, &Demand::default())
        .await
    {
        Ok((_, onward)) => onward,
        Err(failure) => party.failed(&failure, locale),
    }
}

/// Key of a login under way: the browser's secret and `state`.
pub(crate) type LoginKey = (String, String);

/// `GET /callback`
pub(crate) async fn finish(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    match party.signed_on(&headers, query.as_deref()).await {
        Ok((person, login)) => party.begin_session(person, &login, &headers),
        // The person reloaded, or used the back button after success: they are signed in
        // already.
        Err(Failure::Stale) if party.person(&headers).is_some() => {
            Redirect::to("/").into_response()
        }
        Err(failure) => party.failed(&failure, Locale::of(&headers, None)),
    }
}

impl RelyingParty {
    /// Returns the provider at the issuer that the login button named: the other one for
    /// `?at=other`, else ours.
    fn asked_for(&self, query: Option<&str>) -> &Provider {
        let at = query.and_then(|query| field(query.as_bytes(), "at"));
        match &self.other {
            Some(other) if at.as_deref() == Some("other") => other,
            _ => &self.provider,
        }
    }

    /// Begins a login, and redirects the browser to the provider.
    pub(crate) async fn send_to(
        &self,
        provider: &Provider,
        headers: &HeaderMap,
        locale: Locale,
        demand: &Demand,
    ) -> Result<(LoginKey, Response), Failure> {
        let begun = provider.begin(locale, demand).await?;
        // All tabs of a browser share one secret, and each of them may log in.
        let browser = match cookie::read(headers, &self.login_cookie) {
            Some(known) if is_secret(known) => known.to_owned(),
            _ => secret(),
        };
        let lifetime = Lifetime::Seconds(LOGIN_LIFETIME.as_secs());
        let remember = cookie::write(&self.login_cookie, &browser, lifetime);
        let login = (browser, begun.state);
        self.logins
            .put(login.clone(), begun.secrets, Instant::now());
        let onward = (
            AppendHeaders([(SET_COOKIE, remember)]),
            Redirect::to(begun.url.as_str()),
        );
        Ok((login, onward.into_response()))
    }

    async fn signed_on(
        &self,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Result<(Person, LoginKey), Failure> {
        let response = query
            .and_then(AuthorizationResponse::read)
            .ok_or(Failure::Stale)?;
        let browser = cookie::read(headers, &self.login_cookie).ok_or(Failure::Stale)?;
        let login = (browser.to_owned(), response.state.clone());
        let secrets = self
            .logins
            .take(&login, Instant::now())
            .ok_or(Failure::Stale)?;
        // RFC 9700 §4.4: the response must come from the issuer that this login was sent
        // to.
        let provider = self.at(&secrets.issuer);
        let iss_promised = provider.promises_iss().await?;
        let code = response.code(provider.issuer(), iss_promised)?;
        Ok((provider.finish(code, secrets).await?, login))
    }

    /// Creates a new session for every login, so that a session begun by someone else
    /// cannot become this person's (session fixation).
    fn begin_session(&self, person: Person, login: &LoginKey, headers: &HeaderMap) -> Response {
        let now = Instant::now();
        if let Some(before) = cookie::read(headers, &self.session_cookie) {
            self.sessions.take(&before.to_owned(), now);
        }
        let session = secret();
        let remember = cookie::write(&self.session_cookie, &session, Lifetime::Browser);
        let remote = self.remote.as_ref();
        let onward = remote.and_then(|remote| remote.resume(login, &session, &person, now));
        self.sessions.put(session, Arc::new(person), now);
        let onward = Redirect::to(onward.as_deref().unwrap_or("/"));
        (AppendHeaders([(SET_COOKIE, remember)]), onward).into_response()
    }
}

/// Returns 256 random bits as base64url.
pub(crate) fn secret() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

/// Whether a cookie's value has the form of [`secret`].
fn is_secret(value: &str) -> bool {
    value.len() == 43
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
