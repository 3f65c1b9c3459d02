//! TOYOTA OWNER'S SITE, the old site whose members move to a common ID: its own login (①),
//! its top page with the notice (②), the choice (③) and the end (⑯). It sends a member's
//! data by a pushed authorization request (RFC 9126), so that none of them appear in a URL.

mod greeting;
mod hand_over;
mod members;
mod migrations;
mod sign_in;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use crate::bounded::Bounded;
use crate::cookie;
use crate::failure::Failure;
use crate::locale::Locale;
use crate::page::{Pages, icon, style};
use crate::provider::Provider;
use crate::relying_party::RelyingPartyConfig;
use crate::routes::{CAPACITY, CannotStart, LOGIN_LIFETIME, SESSION_LIFETIME};
use greeting::Greeting;
use hand_over::UnderWay;
use members::Member;
use migrations::{Migrations, Progress};

/// How long a login is blocked after too many wrong passwords.
const LOCK: Duration = Duration::from_secs(15 * 60);

/// Where the app can be downloaded.
const GOOGLE_PLAY: &str = "https://play.google.com/store/search?q=MyTOYOTA&c=apps";
const APP_STORE: &str = "https://apps.apple.com/jp/search?term=MyTOYOTA";

/// The running site.
struct Tos {
    config: RelyingPartyConfig,
    provider: Provider,
    pages: Pages,
    migrations: Migrations,
    /// Sessions of signed-in members, by the browser's secret.
    sessions: Bounded<String, &'static Member>,
    /// Authorization requests under way, by session and `state`.
    under_way: Bounded<(String, String), UnderWay>,
    /// Who is logged in at the provider, by session, where the site has asked.
    greetings: Bounded<String, Greeting>,
    /// Login attempts with wrong passwords, by user ID or client address, and number.
    wrong: Bounded<(String, u32), ()>,
    /// Locked while an attempt is counted, so that concurrent requests cannot take the same
    /// free number.
    taking: Mutex<()>,
    session_cookie: String,
    remember_cookie: String,
}

/// Returns the router of the site for its own host.
///
/// # Errors
/// `CannotStart` if the configuration cannot work.
pub(crate) fn router(config: RelyingPartyConfig) -> Result<Router, CannotStart> {
    let issuer = Url::parse(&config.issuer)?;
    let tos = Arc::new(Tos {
        provider: Provider::new(&config)?,
        pages: Pages::new(&issuer.origin().ascii_serialization())?,
        migrations: Migrations::load(config.keep.as_deref())?,
        sessions: Bounded::new(CAPACITY, SESSION_LIFETIME),
        under_way: Bounded::new(CAPACITY, LOGIN_LIFETIME),
        greetings: Bounded::new(CAPACITY, greeting::BELIEVED_FOR),
        wrong: Bounded::new(CAPACITY, LOCK),
        taking: Mutex::new(()),
        session_cookie: cookie::name_at(&config.base_url, "session"),
        remember_cookie: cookie::name_at(&config.base_url, "user-id"),
        config,
    });
    Ok(Router::new()
        .route("/", get(top))
        .route("/login", get(top).post(sign_in::log_in))
        .route("/logout", post(sign_in::log_out))
        .route(
            "/forgotten",
            get(sign_in::forgotten).post(sign_in::ask_support),
        )
        .route("/migration", get(choice).post(hand_over::begin))
        .route("/callback", get(hand_over::finish))
        .route("/migration/complete", get(complete))
        .route("/migration/onward/{way}", get(go_on))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .fallback(not_found)
        .layer(map_response_with_state(Arc::clone(&tos), guard))
        .with_state(tos))
}

async fn guard(State(tos): State<Arc<Tos>>, response: Response) -> Response {
    tos.pages.guard(response)
}

async fn not_found(State(tos): State<Arc<Tos>>, headers: HeaderMap) -> Response {
    tos.problem(
        StatusCode::NOT_FOUND,
        "not_found",
        Locale::of(&headers, None),
    )
}

/// `GET /`: ② for a member who is signed in, else ①.
async fn top(
    State(tos): State<Arc<Tos>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    match tos.member(&headers) {
        Some((_, member)) => {
            let progress = tos.migrations.progress(member.user_id);
            let data = json!({
                "name": member.name,
                "moved": progress != Progress::Here,
                "reminder": progress == Progress::Moved,
            });
            tos.show("tos/top.html", locale, &data)
        }
        None => {
            let remembered = tos.remembered(&headers);
            sign_in::show(&tos, &remembered, locale, StatusCode::OK, None)
        }
    }
}

/// `GET /migration`: ③, or ⑯ for a member who has moved already. ③ greets the person logged
/// in at the provider, which is asked first.
async fn choice(
    State(tos): State<Arc<Tos>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    match tos.member(&headers) {
        None => Redirect::to("/").into_response(),
        Some((_, member)) if tos.migrations.is_moved(member.user_id) => {
            Redirect::to("/migration/complete").into_response()
        }
        Some((session, _)) => match tos.greetings.get(&session, Instant::now()) {
            Some(greeting) => greeting::show(&tos, locale, &greeting),
            None => greeting::ask(&tos, session, locale, query.as_deref()).await,
        },
    }
}

/// `GET /migration/complete`: ⑯.
async fn complete(
    State(tos): State<Arc<Tos>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    match tos.member(&headers) {
        Some((_, member)) if tos.migrations.is_moved(member.user_id) => {
            tos.show("tos/complete.html", locale, &json!({}))
        }
        _ => Redirect::to("/migration").into_response(),
    }
}

/// `GET /migration/onward/{way}`: leads from ⑯ to what comes after this site, the
/// maintenance log or the app in a store. A member who followed the link once gets no more
/// reminders.
async fn go_on(
    State(tos): State<Arc<Tos>>,
    headers: HeaderMap,
    Path(way): Path<String>,
) -> Response {
    let there = match way.as_str() {
        "web" => {
            let log = tos.config.base_url.replacen("//tos.", "//maintenance.", 1);
            format!("{log}/login")
        }
        "google-play" => GOOGLE_PLAY.to_owned(),
        "app-store" => APP_STORE.to_owned(),
        _ => return not_found(State(tos), headers).await,
    };
    if let Some((_, member)) = tos.member(&headers)
        && let Err(error) = tos.migrations.go_on(member.user_id)
    {
        // The member gets there all the same, and is reminded once more.
        tracing::warn!(%error, "it was not noted that a member went on");
    }
    Redirect::to(&there).into_response()
}

impl Tos {
    /// Returns the signed-in member, with the session's secret.
    fn member(&self, headers: &HeaderMap) -> Option<(String, &'static Member)> {
        let session = cookie::read(headers, &self.session_cookie)?.to_owned();
        let member = self.sessions.get(&session, Instant::now())?;
        Some((session, member))
    }

    /// Returns the user ID from the cookie that remembers it.
    fn remembered(&self, headers: &HeaderMap) -> String {
        cookie::read(headers, &self.remember_cookie)
            .map(members::digits)
            .unwrap_or_default()
    }

    fn show(&self, template: &str, locale: Locale, data: &Value) -> Response {
        self.pages.show(template, &self.config, locale, data)
    }

    /// Returns the page for a failed hand-over, and logs the failure; nothing else logs it.
    fn failed(&self, failure: &Failure, locale: Locale) -> Response {
        tracing::info!(client.id = self.config.client_id, reason = %failure, "a member did not move");
        let code = failure.code();
        let data = json!({"code": code});
        let page = self.show("tos/problem.html", locale, &data);
        (failure.status(), page).into_response()
    }

    fn problem(&self, status: StatusCode, code: &str, locale: Locale) -> Response {
        let page = self.show("tos/problem.html", locale, &json!({"code": code}));
        (status, page).into_response()
    }
}
