//! ① the old site's own login, and the page for people who forgot their user ID or
//! password.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError};

use axum::Extension;
use axum::extract::{ConnectInfo, RawForm, RawQuery, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde_json::json;
use tokio::time::Instant;

use super::{Tos, members};
use crate::cookie::{self, Lifetime};
use crate::encoded::field;
use crate::locale::Locale;
use crate::login::secret;
use crate::logout::is_from_our_page;

/// How many wrong passwords a user ID may have before logins to it are blocked.
const WRONG_PER_ID: u32 = 5;

/// How many wrong passwords may come from one client address, for any user IDs.
const WRONG_PER_ADDRESS: u32 = 50;

/// How long the browser remembers a user ID: a year.
const REMEMBERED: Lifetime = Lifetime::Seconds(365 * 24 * 60 * 60);

/// Why a login was refused.
#[derive(Clone, Copy)]
pub(super) enum Refused {
    /// The user ID or the password is wrong; the page does not tell which.
    Wrong,
    /// There were too many wrong passwords.
    TooMany,
}

/// `POST /login`
pub(super) async fn log_in(
    State(tos): State<Arc<Tos>>,
    from: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return tos.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    let from = from.map(|Extension(ConnectInfo(address))| address.ip());
    let typed = |name| field(&form, name).unwrap_or_default();
    let user_id = members::digits(&typed("user_id"));
    // An attempt is counted before the password is checked, so that concurrent attempts do
    // not exceed the limit.
    let Some(places) = tos.take_places(&user_id, from) else {
        let (status, refused) = (StatusCode::TOO_MANY_REQUESTS, Some(Refused::TooMany));
        return show(&tos, &user_id, locale, status, refused);
    };
    let member = members::find(&user_id);
    let password = typed("password");
    let verified = tokio::task::spawn_blocking(move || members::verify(member, &password)).await;
    let (Ok(true), Some(member)) = (verified, member) else {
        let (status, refused) = (StatusCode::UNAUTHORIZED, Some(Refused::Wrong));
        return show(&tos, &user_id, locale, status, refused);
    };
    for place in &places {
        tos.wrong.take(place, Instant::now());
    }
    let session = secret();
    let cookies = [
        (
            SET_COOKIE,
            cookie::write(&tos.session_cookie, &session, Lifetime::Browser),
        ),
        (
            SET_COOKIE,
            remember(&tos, member.user_id, typed("remember") == "yes"),
        ),
    ];
    tos.sessions.put(session, member, Instant::now());
    (AppendHeaders(cookies), Redirect::to("/")).into_response()
}

/// Returns the cookie that remembers the user ID; it does not log anybody in.
fn remember(tos: &Tos, user_id: &str, wanted: bool) -> String {
    if wanted {
        cookie::write(&tos.remember_cookie, user_id, REMEMBERED)
    } else {
        cookie::write(&tos.remember_cookie, "", Lifetime::Gone)
    }
}

impl Tos {
    /// Takes the first free attempt of the user ID and of the client address; returns none
    /// if either has none left. A user ID has digits only, so no address equals one.
    fn take_places(&self, user_id: &str, from: Option<IpAddr>) -> Option<Vec<(String, u32)>> {
        let _taking = self.taking.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let free = |of: String, most: u32| {
            (1..=most)
                .map(|place| (of.clone(), place))
                .find(|place| self.wrong.get(place, now).is_none())
        };
        let mut places = vec![free(user_id.to_owned(), WRONG_PER_ID)?];
        if let Some(from) = from {
            places.push(free(format!("from {from}"), WRONG_PER_ADDRESS)?);
        }
        for place in &places {
            self.wrong.put(place.clone(), (), now);
        }
        Some(places)
    }
}

/// Shows ①.
pub(super) fn show(
    tos: &Tos,
    user_id: &str,
    locale: Locale,
    status: StatusCode,
    refused: Option<Refused>,
) -> Response {
    let error = refused.map(|refused| match refused {
        Refused::Wrong => "wrong",
        Refused::TooMany => "too_many",
    });
    let data = json!({"user_id": user_id, "error": error});
    (status, tos.show("tos/login.html", locale, &data)).into_response()
}

/// `POST /logout`
pub(super) async fn log_out(State(tos): State<Arc<Tos>>, headers: HeaderMap) -> Response {
    if !is_from_our_page(&headers) {
        let locale = Locale::of(&headers, None);
        return tos.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    if let Some((session, _)) = tos.member(&headers) {
        tos.sessions.take(&session, Instant::now());
    }
    let forget = cookie::write(&tos.session_cookie, "", Lifetime::Gone);
    (AppendHeaders([(SET_COOKIE, forget)]), Redirect::to("/")).into_response()
}

/// `GET /forgotten`
pub(super) async fn forgotten(
    State(tos): State<Arc<Tos>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    let what = if query
        .as_deref()
        .is_some_and(|query| query.contains("password"))
    {
        "password"
    } else {
        "user_id"
    };
    tos.show(
        "tos/forgotten.html",
        locale,
        &json!({"what": what, "sent": false}),
    )
}

/// `POST /forgotten`: support answers by letter. The page is the same for known and unknown
/// people.
pub(super) async fn ask_support(State(tos): State<Arc<Tos>>, headers: HeaderMap) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return tos.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    tos.show("tos/forgotten.html", locale, &json!({"sent": true}))
}
