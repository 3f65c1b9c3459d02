//! ① the old site's own login, and what it offers to those who forgot something.

use std::sync::Arc;

use axum::extract::{RawForm, RawQuery, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde_json::json;
use tokio::time::Instant;

use super::{Tos, members};
use crate::cookie::{self, Lifetime};
use crate::locale::Locale;
use crate::login::secret;
use crate::logout::is_from_our_page;

/// How many wrong passwords an ID may have before it waits.
const WRONG_PER_ID: u32 = 5;

/// How long a user ID is remembered: a year.
const REMEMBERED: Lifetime = Lifetime::Seconds(365 * 24 * 60 * 60);

/// Why nobody was let in.
#[derive(Clone, Copy)]
pub(super) enum Refused {
    /// The ID or the password is wrong: never said which.
    Wrong,
    /// It was wrong too often.
    TooMany,
}

/// `POST /login`
pub(super) async fn log_in(
    State(tos): State<Arc<Tos>>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return tos.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    let field = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(&form);
        let found = pairs.find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let user_id = members::digits(&field("user_id"));
    if tos.is_locked(&user_id) {
        return show(
            &tos,
            &headers,
            locale,
            StatusCode::TOO_MANY_REQUESTS,
            Some(Refused::TooMany),
        );
    }
    let member = members::find(&user_id);
    let password = field("password");
    let verified = tokio::task::spawn_blocking(move || members::verify(member, &password)).await;
    let (Ok(true), Some(member)) = (verified, member) else {
        tos.count_wrong(&user_id);
        return show(
            &tos,
            &headers,
            locale,
            StatusCode::UNAUTHORIZED,
            Some(Refused::Wrong),
        );
    };
    let session = secret();
    let cookies = [
        (
            SET_COOKIE,
            cookie::write(&tos.session_cookie, &session, Lifetime::Browser),
        ),
        (
            SET_COOKIE,
            remember(&tos, member.user_id, field("remember") == "yes"),
        ),
    ];
    tos.sessions.put(session, member, Instant::now());
    (AppendHeaders(cookies), Redirect::to("/")).into_response()
}

/// The user ID alone is remembered, and it logs nobody in.
fn remember(tos: &Tos, user_id: &str, wanted: bool) -> String {
    match wanted {
        true => cookie::write(&tos.remember_cookie, user_id, REMEMBERED),
        false => cookie::write(&tos.remember_cookie, "", Lifetime::Gone),
    }
}

impl Tos {
    fn is_locked(&self, user_id: &str) -> bool {
        let last = (user_id.to_owned(), WRONG_PER_ID);
        self.wrong.get(&last, Instant::now()).is_some()
    }

    /// The first free place among so many: when the last is taken, the ID waits.
    fn count_wrong(&self, user_id: &str) {
        let now = Instant::now();
        let free = (1..=WRONG_PER_ID)
            .map(|place| (user_id.to_owned(), place))
            .find(|place| self.wrong.get(place, now).is_none());
        if let Some(place) = free {
            self.wrong.put(place, (), now);
        }
    }
}

/// Shows ①.
pub(super) fn show(
    tos: &Tos,
    headers: &HeaderMap,
    locale: Locale,
    status: StatusCode,
    refused: Option<Refused>,
) -> Response {
    let remembered = cookie::read(headers, &tos.remember_cookie)
        .map(members::digits)
        .unwrap_or_default();
    let error = refused.map(|refused| match refused {
        Refused::Wrong => "wrong",
        Refused::TooMany => "too_many",
    });
    let data = json!({"user_id": remembered, "error": error});
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
    let what = match query
        .as_deref()
        .is_some_and(|query| query.contains("password"))
    {
        true => "password",
        false => "user_id",
    };
    tos.show(
        "tos/forgotten.html",
        locale,
        &json!({"what": what, "sent": false}),
    )
}

/// `POST /forgotten`: support answers by letter. Known or not, the page is the same.
pub(super) async fn ask_support(State(tos): State<Arc<Tos>>, headers: HeaderMap) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return tos.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    tos.show("tos/forgotten.html", locale, &json!({"sent": true}))
}
