//! The routes of a relying party, and the state behind them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::map_response_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use url::Url;

use crate::bounded::Bounded;
use crate::cookie;
use crate::dealer::{self, Desk};
use crate::failure::Failure;
use crate::locale::Locale;
use crate::logout_token::Logouts;
use crate::page::{Pages, icon, style};
use crate::provider::{LoginSecrets, Person, Provider};
use crate::relying_party::{RelyingPartyConfig, Service};
use crate::t_connect::{self, Remote};
use crate::tos;
use crate::words::Words;
use crate::{home, login, logout, logout_token, native_app, navi, refresh};

/// How long a login may take: long enough to register at the provider with a code from a
/// slow mail.
pub(crate) const LOGIN_LIFETIME: Duration = Duration::from_secs(60 * 60);
pub(crate) const SESSION_LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);
pub(crate) const CAPACITY: usize = 10_000;

/// Longest form accepted, in bytes; a form with a logout token is far shorter.
const LONGEST_FORM: usize = 16 * 1024;

/// A configuration with which no relying party can start.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    /// An address in it is not a URL.
    #[error("an address in the configuration is malformed")]
    Address(#[from] url::ParseError),
    /// A response header built from it is not valid in HTTP.
    #[error("the provider's address does not fit a header")]
    Header(#[from] axum::http::header::InvalidHeaderValue),
    /// The HTTP client cannot be created.
    #[error("the HTTP client does not start")]
    HttpClient(#[from] reqwest::Error),
    /// The file with data of an earlier run cannot be read.
    #[error("what was kept of earlier days cannot be read")]
    Kept(#[from] std::io::Error),
    /// A template is malformed.
    #[error("a template is malformed")]
    Template(#[from] tera::Error),
}

/// A running relying party.
pub(crate) struct RelyingParty {
    pub(crate) config: RelyingPartyConfig,
    pub(crate) provider: Provider,
    /// The provider's other issuer, at which people may log in too.
    pub(crate) other: Option<Provider>,
    pub(crate) pages: Pages,
    /// Logins under way, by the browser's secret and `state`.
    pub(crate) logins: Bounded<(String, String), LoginSecrets>,
    /// Sessions of signed-in people, by the browser's secret.
    pub(crate) sessions: Bounded<String, Arc<Person>>,
    /// Verifies and remembers logout tokens.
    pub(crate) logouts: Logouts,
    /// Remote commands to a car, if that is the service.
    pub(crate) remote: Option<Remote>,
    /// The dealer's own system, if that is the service.
    pub(crate) desk: Option<Desk>,
    pub(crate) login_cookie: String,
    pub(crate) session_cookie: String,
}

/// Returns the router of one relying party for its own host. A server of several of them
/// dispatches by [`RelyingPartyConfig::host`].
///
/// # Errors
/// `CannotStart` if the configuration cannot work. The provider is not contacted, since it
/// may start later.
pub fn router(config: RelyingPartyConfig) -> Result<Router, CannotStart> {
    match config.service {
        Service::Navigation => navi::router(config),
        Service::OwnersSite => tos::router(config),
        _ => web(config),
    }
}

/// Returns the router of a relying party with a login in the browser.
fn web(config: RelyingPartyConfig) -> Result<Router, CannotStart> {
    let issuer = Url::parse(&config.issuer)?;
    let mut origins = vec![issuer.origin().ascii_serialization()];
    let mut other = None;
    if let Some(second) = &config.other_issuer {
        origins.push(Url::parse(&second.issuer)?.origin().ascii_serialization());
        other = Some(Provider::at(&second.issuer, &config)?);
    }
    let party = Arc::new(RelyingParty {
        provider: Provider::new(&config)?,
        remote: Remote::of(&config)?,
        desk: Desk::of(&config)?,
        other,
        pages: Pages::new(&origins.join(" "))?,
        logins: Bounded::new(CAPACITY, LOGIN_LIFETIME),
        sessions: Bounded::new(CAPACITY, SESSION_LIFETIME),
        logouts: Logouts::new(),
        login_cookie: cookie::name_at(&config.base_url, "login"),
        session_cookie: cookie::name_at(&config.base_url, "session"),
        config,
    });
    let mut router = Router::new();
    if let Some(remote) = &party.remote {
        router = t_connect::routes().merge(remote.api());
    }
    if party.desk.is_some() {
        router = router.merge(dealer::routes());
    }
    Ok(router
        .route("/", get(home::home))
        .route("/login", get(login::begin))
        .route("/callback", get(login::finish))
        .route("/logout", post(logout::logout))
        .route(
            logout_token::PATH,
            post(logout_token::receive).layer(DefaultBodyLimit::max(LONGEST_FORM)),
        )
        .route("/refresh", post(refresh::refresh))
        .route(native_app::CLAIMED_PATH, get(home::app_not_installed))
        .route("/logged-out", get(home::logged_out))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .fallback(not_found)
        .layer(map_response_with_state(Arc::clone(&party), guard))
        .with_state(party))
}

async fn guard(State(party): State<Arc<RelyingParty>>, response: Response) -> Response {
    party.pages.guard(response)
}

async fn not_found(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    party.problem(StatusCode::NOT_FOUND, "not_found", locale)
}

impl RelyingParty {
    /// Returns the provider at the issuer where the person logged in.
    pub(crate) fn provider_of(&self, person: &Person) -> &Provider {
        self.at(&person.issuer)
    }

    /// Returns the provider at `issuer` if that is our second issuer, else at the first.
    pub(crate) fn at(&self, issuer: &str) -> &Provider {
        let other = self.other.as_ref();
        other
            .filter(|other| other.issuer() == issuer)
            .unwrap_or(&self.provider)
    }

    /// Returns the page for a failed login, and logs the failure; nothing else logs it.
    pub(crate) fn failed(&self, failure: &Failure, locale: Locale) -> Response {
        match failure {
            Failure::Denied | Failure::Stale => {
                tracing::info!(client.id = self.config.client_id, reason = %failure, "login not completed");
            }
            _ => {
                tracing::warn!(client.id = self.config.client_id, reason = %failure, "login failed");
            }
        }
        self.problem(failure.status(), failure.code(), locale)
    }

    /// Returns the page for the problem `code`.
    pub(crate) fn problem(&self, status: StatusCode, code: &str, locale: Locale) -> Response {
        let [heading, sentence] = Words::of(locale).problem(code);
        let no_login_helps = [
            "not_found",
            "cross_site",
            "app_not_installed",
            "step_up_needed",
            "command_failed",
        ];
        let retry = !no_login_helps.contains(&code);
        let data = json!({"code": code, "heading": heading, "sentence": sentence, "retry": retry});
        let page = self.pages.show("problem.html", &self.config, locale, &data);
        (status, page).into_response()
    }
}
