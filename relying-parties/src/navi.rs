//! TC smartphone navi: the screen in a car, where typing a password is awkward. It shows a
//! user code and polls the provider until the person has typed the code in on another
//! device (RFC 8628). Everything is on the one page `/`, which reloads itself.

mod device_grant;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response_with_state;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use crate::bounded::Bounded;
use crate::cookie::{self, Lifetime};
use crate::failure::Failure;
use crate::locale::Locale;
use crate::login::secret;
use crate::logout::is_from_our_page;
use crate::page::{Pages, icon, style};
use crate::provider::{Person, Provider};
use crate::relying_party::RelyingPartyConfig;
use crate::routes::{CAPACITY, CannotStart, SESSION_LIFETIME};
use crate::words::Words;
use device_grant::{Answer, DeviceCodes};

/// How much the interval grows on `slow_down` (RFC 8628 §3.5).
const SLOWER_BY: Duration = Duration::from_secs(5);

/// The longest interval between two polls while the provider does not answer.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The state behind all screens.
struct Navi {
    config: RelyingPartyConfig,
    provider: Provider,
    pages: Pages,
    /// The state of each screen, by the secret in its cookie.
    screens: Bounded<String, Arc<Mutex<Screen>>>,
    cookie: String,
}

/// What one screen shows.
enum Screen {
    /// The user code, until it is typed in.
    Waiting(Waiting),
    /// The signed-in person.
    SignedIn(Box<Person>),
    /// The login failed; the value is the reason.
    Ended(&'static str),
}

/// A user code that is not typed in yet.
struct Waiting {
    codes: DeviceCodes,
    interval: Duration,
    next: Instant,
    ends: Instant,
}

/// Returns the router of the screen for its own host.
///
/// # Errors
/// `CannotStart` if the configuration cannot work.
pub(crate) fn router(config: RelyingPartyConfig) -> Result<Router, CannotStart> {
    let issuer = Url::parse(&config.issuer)?;
    let navi = Arc::new(Navi {
        provider: Provider::new(&config)?,
        pages: Pages::new(&issuer.origin().ascii_serialization())?,
        screens: Bounded::new(CAPACITY, SESSION_LIFETIME),
        cookie: cookie::name_at(&config.base_url, "screen"),
        config,
    });
    Ok(Router::new()
        .route("/", get(show))
        .route("/begin", post(begin))
        .route("/qr.svg", get(qr))
        .route("/refresh", post(refresh))
        .route("/logout", post(logout))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .fallback(not_found)
        .layer(map_response_with_state(Arc::clone(&navi), guard))
        .with_state(navi))
}

async fn guard(State(navi): State<Arc<Navi>>, response: Response) -> Response {
    navi.pages.guard(response)
}

async fn not_found(State(navi): State<Arc<Navi>>, headers: HeaderMap) -> Response {
    let locale = Locale::of(&headers, None);
    navi.problem(StatusCode::NOT_FOUND, "not_found", locale)
}

/// `GET /`: polls the provider if the interval has passed, and shows the result.
async fn show(
    State(navi): State<Arc<Navi>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    let Some(screen) = navi.screen(&headers) else {
        return navi.page("start", locale, json!({}));
    };
    // Concurrent reloads of the same screen wait here, so the provider is polled once.
    let mut screen = screen.lock().await;
    navi.ask(&mut screen).await;
    match &*screen {
        Screen::Waiting(waiting) => navi.page("code", locale, waiting.shown()),
        Screen::SignedIn(person) => {
            let places = words::places(locale);
            let data = json!({"person": person.name, "places": places});
            navi.page("person", locale, data)
        }
        Screen::Ended(why) => navi.page("ended", locale, json!({"why": why})),
    }
}

/// `POST /begin`: requests a new code, and discards what the screen showed before.
async fn begin(State(navi): State<Arc<Navi>>, headers: HeaderMap) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return navi.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    navi.forget(&headers);
    match navi.provider.begin_device(locale).await {
        Ok(codes) => {
            let screen = Screen::Waiting(Waiting::of(codes, Instant::now()));
            navi.remember(screen)
        }
        Err(failure) => navi.failed(&failure, locale),
    }
}

/// `GET /qr.svg`: the verification address with the code, as a QR code for a phone's
/// camera.
async fn qr(State(navi): State<Arc<Navi>>, headers: HeaderMap) -> Response {
    let missing = StatusCode::NOT_FOUND;
    let Some(screen) = navi.screen(&headers) else {
        return missing.into_response();
    };
    let screen = screen.lock().await;
    let Screen::Waiting(waiting) = &*screen else {
        return missing.into_response();
    };
    match QrCode::new(waiting.codes.address()) {
        Ok(code) => {
            let mut picture = code.render::<svg::Color<'_>>();
            let picture = picture.min_dimensions(200, 200).build();
            ([(CONTENT_TYPE, "image/svg+xml")], picture).into_response()
        }
        Err(_) => missing.into_response(),
    }
}

/// `POST /refresh`: updates the person's data.
async fn refresh(State(navi): State<Arc<Navi>>, headers: HeaderMap) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return navi.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    let Some(screen) = navi.screen(&headers) else {
        return Redirect::to("/").into_response();
    };
    let mut screen = screen.lock().await;
    if let Screen::SignedIn(person) = &mut *screen {
        match navi.provider.refreshed(person).await {
            Ok(fresh) => **person = fresh,
            // The grant has ended.
            Err(Failure::Refused(_)) => *screen = Screen::Ended("over"),
            Err(failure) => return navi.failed(&failure, locale),
        }
    }
    Redirect::to("/").into_response()
}

/// `POST /logout`: clears the screen and revokes the token (RFC 7009).
async fn logout(State(navi): State<Arc<Navi>>, headers: HeaderMap) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return navi.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    if let Some(screen) = navi.forget(&headers)
        && let Screen::SignedIn(person) = &*screen.lock().await
        && let Some(token) = &person.refresh_token
        && let Err(failure) = navi.provider.revoke(token).await
    {
        tracing::warn!(client.id = navi.config.client_id, reason = %failure, "a permission was not given back");
    }
    let forget = cookie::write(&navi.cookie, "", Lifetime::Gone);
    (AppendHeaders([(SET_COOKIE, forget)]), Redirect::to("/")).into_response()
}

impl Waiting {
    fn of(codes: DeviceCodes, now: Instant) -> Self {
        let interval = codes.interval();
        Self {
            interval,
            next: now + interval,
            ends: now + codes.lifetime(),
            codes,
        }
    }

    fn shown(&self) -> Value {
        json!({
            "user_code": self.codes.user_code,
            "verification_uri": self.codes.verification_uri,
            "interval": self.interval.as_secs().max(1),
        })
    }

    fn wait(&mut self, longer: Duration) {
        self.interval = (self.interval + longer).min(LONGEST_WAIT);
    }
}

impl Navi {
    fn screen(&self, headers: &HeaderMap) -> Option<Arc<Mutex<Screen>>> {
        let secret = cookie::read(headers, &self.cookie)?;
        self.screens.get(&secret.to_owned(), Instant::now())
    }

    fn forget(&self, headers: &HeaderMap) -> Option<Arc<Mutex<Screen>>> {
        let secret = cookie::read(headers, &self.cookie)?;
        self.screens.take(&secret.to_owned(), Instant::now())
    }

    fn remember(&self, screen: Screen) -> Response {
        let secret = secret();
        let lifetime = Lifetime::Seconds(SESSION_LIFETIME.as_secs());
        let remember = cookie::write(&self.cookie, &secret, lifetime);
        let screen = Arc::new(Mutex::new(screen));
        self.screens.put(secret, screen, Instant::now());
        (AppendHeaders([(SET_COOKIE, remember)]), Redirect::to("/")).into_response()
    }

    /// Polls the provider for the person's decision, if the interval has passed.
    async fn ask(&self, screen: &mut Screen) {
        let now = Instant::now();
        let Screen::Waiting(waiting) = screen else {
            return;
        };
        if now >= waiting.ends {
            *screen = Screen::Ended("expired");
            return;
        }
        if now < waiting.next {
            return;
        }
        match self.provider.ask_device(&waiting.codes).await {
            Ok(Answer::SignedIn(person)) => {
                *screen = Screen::SignedIn(person);
                return;
            }
            Ok(Answer::Denied) => {
                *screen = Screen::Ended("denied");
                return;
            }
            Ok(Answer::Expired) => {
                *screen = Screen::Ended("expired");
                return;
            }
            Ok(Answer::Pending) => {}
            Ok(Answer::SlowDown) => waiting.wait(SLOWER_BY),
            Err(Failure::Unreachable(why)) => {
                tracing::warn!(
                    client.id = self.config.client_id,
                    reason = why,
                    "the provider did not answer a device"
                );
                // RFC 8628 §3.5: the interval doubles after each connection failure.
                waiting.wait(waiting.interval);
            }
            Err(failure) => {
                tracing::warn!(client.id = self.config.client_id, reason = %failure, "login failed");
                *screen = Screen::Ended("failed");
                return;
            }
        }
        waiting.next = Instant::now() + waiting.interval;
    }

    fn page(&self, state: &str, locale: Locale, shown: Value) -> Response {
        let data = json!({"state": state, "shown": shown, "words": words::of(locale)});
        self.pages.show("navi.html", &self.config, locale, &data)
    }

    fn failed(&self, failure: &Failure, locale: Locale) -> Response {
        tracing::warn!(client.id = self.config.client_id, reason = %failure, "login failed");
        self.problem(failure.status(), failure.code(), locale)
    }

    fn problem(&self, status: StatusCode, code: &str, locale: Locale) -> Response {
        let [heading, sentence] = Words::of(locale).problem(code);
        let data = json!({"code": code, "heading": heading, "sentence": sentence});
        let page = self.pages.show("problem.html", &self.config, locale, &data);
        (status, page).into_response()
    }
}
