//! MyTOYOTA for T-Connect: remote commands to a car. The pages are a relying party like the
//! others; the car obeys only the API in `api`, which requires a strong and recent
//! authentication (RFC 9470). A command is kept while the person authenticates, and is
//! carried out once, after the person has confirmed it.

mod access_token;
mod api;
mod challenge;
mod vehicle;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use openidconnect::AsyncHttpClient as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::bounded::Bounded;
use crate::cookie;
use crate::encoded::field;
use crate::failure::{Failure, with_causes};
use crate::http_client::HttpClient;
use crate::locale::Locale;
use crate::login::{LoginKey, secret};
use crate::logout::is_from_our_page;
use crate::provider::Person;
use crate::relying_party::RelyingPartyConfig;
use crate::routes::{CAPACITY, CannotStart, LOGIN_LIFETIME, RelyingParty};
use api::Api;
use challenge::Challenge;
use vehicle::Command;

/// How long a command waits for confirmation: short, so that it is confirmed by the person
/// who asked for it.
const CONFIRM_WITHIN: Duration = Duration::from_secs(5 * 60);

/// How often a person is sent to the provider for one command. One login for an expired
/// token and one for a stronger authentication are enough; more is a loop.
const LOGINS_PER_COMMAND: u8 = 2;

/// The state of this service besides that of a web relying party.
pub(crate) struct Remote {
    api: Arc<Api>,
    api_url: String,
    http: HttpClient,
    /// Commands of people who are at the provider, by the login that they are there for.
    away: Bounded<LoginKey, Intent>,
    /// Commands to be confirmed, by the session's secret and the command's random name.
    to_confirm: Bounded<(String, String), Intent>,
}

/// A command that a person asked for.
#[derive(Clone)]
struct Intent {
    command: Command,
    /// The `sub` of the person who asked.
    subject: String,
    /// How often the person was sent to the provider for it.
    logins: u8,
}

/// The API's response.
enum Answered {
    /// Success: the response's JSON.
    Done(Value),
    /// The person has to log in again, as the challenge demands.
    LogInFirst(Challenge),
    /// Any other failure; the text is for the log.
    Failed(String),
}

/// Builds the routes of the pages besides those of every relying party.
pub(crate) fn routes() -> Router<Arc<RelyingParty>> {
    Router::new()
        .route("/commands", post(command))
        .route("/commands/confirm", get(confirmation).post(confirm))
}

impl Remote {
    /// Builds the state for `config`; `None` if the service is another one.
    pub(crate) fn of(config: &RelyingPartyConfig) -> Result<Option<Self>, CannotStart> {
        if config.service != crate::relying_party::Service::RemoteCommands {
            return Ok(None);
        }
        Ok(Some(Self {
            api: Arc::new(Api::of(config)?),
            api_url: config.api(),
            http: HttpClient::new()?,
            away: Bounded::new(CAPACITY, LOGIN_LIFETIME),
            to_confirm: Bounded::new(CAPACITY, CONFIRM_WITHIN),
        }))
    }

    /// Builds the router of the API, which shares only the host with the pages.
    pub(crate) fn api<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        api::routes(Arc::clone(&self.api))
    }

    /// Returns the page for a person who comes back from the provider: the confirmation of
    /// the command they asked for, if it is still the same person.
    pub(crate) fn resume(
        &self,
        login: &LoginKey,
        session: &str,
        person: &Person,
        now: Instant,
    ) -> Option<String> {
        let intent = self.away.take(login, now)?;
        if intent.subject != person.subject {
            return None;
        }
        let name = secret();
        let page = format!("/commands/confirm?intent={name}");
        self.to_confirm.put((session.to_owned(), name), intent, now);
        Some(page)
    }

    async fn call(&self, person: &Person, method: &str, path: &str, body: Value) -> Answered {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.api_url))
            .header(
                AUTHORIZATION,
                format!("Bearer {}", person.access_token.secret()),
            )
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string().into_bytes());
        let request = match request {
            Ok(request) => request,
            Err(error) => return Answered::Failed(error.to_string()),
        };
        let answer = match self.http.call(request).await {
            Ok(answer) => answer,
            Err(error) => return Answered::Failed(with_causes(&error)),
        };
        match answer.status() {
            status if status.is_success() => match serde_json::from_slice(answer.body()) {
                Ok(told) => Answered::Done(told),
                Err(error) => Answered::Failed(error.to_string()),
            },
            StatusCode::UNAUTHORIZED => {
                let challenge = answer.headers().get(WWW_AUTHENTICATE);
                let challenge = challenge.and_then(|value| value.to_str().ok());
                Answered::LogInFirst(Challenge::read(challenge.unwrap_or_default()))
            }
            status => Answered::Failed(format!("the API answered {status}")),
        }
    }
}

impl RelyingParty {
    /// Returns the first page for a signed-in person: the car's state, from the API.
    pub(crate) async fn car(
        &self,
        person: &Person,
        locale: Locale,
        query: Option<&str>,
    ) -> Response {
        let Some(remote) = &self.remote else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let vehicle = match remote.call(person, "GET", "/vehicle", Value::Null).await {
            Answered::Done(vehicle) => Some(vehicle),
            Answered::LogInFirst(_) => None,
            Answered::Failed(why) => {
                tracing::warn!(
                    client.id = self.config.client_id,
                    reason = why,
                    "the car did not answer"
                );
                None
            }
        };
        let value = |name| field(query.unwrap_or_default().as_bytes(), name);
        let done = value("done").and_then(|done| Command::read(&done));
        let data = json!({
            "person": person.name,
            "car": vehicle::in_words(vehicle.as_ref(), locale),
            "commands": Command::ALL.map(|command| command.in_words(locale)),
            "done": done.map(|command| command.done(locale)),
            "lost": value("lost").map(|_| vehicle::LOST.read_in(locale)),
            "words": vehicle::words(locale),
        });
        self.pages.show("remote.html", &self.config, locale, &data)
    }

    /// Carries out a command, or sends the person to the provider to authenticate.
    async fn carry_out(&self, person: &Person, intent: Intent, headers: &HeaderMap) -> Response {
        let locale = Locale::of(headers, None);
        let Some(remote) = &self.remote else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let body = json!({"command": intent.command.as_str()});
        match remote.call(person, "POST", "/commands", body).await {
            Answered::Done(_) => {
                let page = format!("/?done={}", intent.command.as_str());
                Redirect::to(&page).into_response()
            }
            Answered::LogInFirst(_) if intent.logins >= LOGINS_PER_COMMAND => {
                self.problem(StatusCode::FORBIDDEN, "step_up_needed", locale)
            }
            Answered::LogInFirst(challenge) => {
                let provider = self.provider_of(person);
                let demand = challenge.demand();
                match self.send_to(provider, headers, locale, &demand).await {
                    Ok((login, onward)) => {
                        let logins = intent.logins + 1;
                        let intent = Intent { logins, ..intent };
                        remote.away.put(login, intent, Instant::now());
                        onward
                    }
                    Err(failure) => self.failed(&failure, locale),
                }
            }
            Answered::Failed(why) => {
                tracing::warn!(
                    client.id = self.config.client_id,
                    reason = why,
                    "a command failed"
                );
                self.problem(StatusCode::BAD_GATEWAY, "command_failed", locale)
            }
        }
    }

    /// Returns the command of this session that waits for confirmation under that name.
    fn waiting(&self, headers: &HeaderMap, name: &str) -> Option<((String, String), Intent)> {
        let session = cookie::read(headers, &self.session_cookie)?.to_owned();
        let key = (session, name.to_owned());
        let intent = self.remote.as_ref()?.to_confirm.get(&key, Instant::now())?;
        Some((key, intent))
    }
}

/// `POST /commands`
async fn command(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return party.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    let Some(person) = party.person(&headers) else {
        return party.failed(&Failure::Stale, locale);
    };
    let Some(command) = field(body.as_bytes(), "command").and_then(|name| Command::read(&name))
    else {
        return party.problem(StatusCode::NOT_FOUND, "not_found", locale);
    };
    let intent = Intent {
        command,
        subject: person.subject.clone(),
        logins: 0,
    };
    party.carry_out(&person, intent, &headers).await
}

/// `GET /commands/confirm`: shows the command. Opening the page carries out nothing.
async fn confirmation(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, query.as_deref());
    let name = field(query.as_deref().unwrap_or_default().as_bytes(), "intent").unwrap_or_default();
    let Some((_, intent)) = party.waiting(&headers, &name) else {
        return Redirect::to("/?lost=1").into_response();
    };
    let data = json!({
        "intent": name,
        "command": intent.command.in_words(locale),
        "words": vehicle::words(locale),
    });
    party
        .pages
        .show("remote_confirmation.html", &party.config, locale, &data)
}

/// `POST /commands/confirm`: carries the command out, once.
async fn confirm(
    State(party): State<Arc<RelyingParty>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return party.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    let name = field(body.as_bytes(), "intent").unwrap_or_default();
    let person = party.person(&headers);
    let waiting = party.waiting(&headers, &name);
    let (Some(person), Some((key, _)), Some(remote)) = (person, waiting, &party.remote) else {
        return Redirect::to("/?lost=1").into_response();
    };
    // If the button is pressed twice, only one request takes the command.
    match remote.to_confirm.take(&key, Instant::now()) {
        Some(_) if field(body.as_bytes(), "action").as_deref() != Some("confirm") => {
            Redirect::to("/").into_response()
        }
        Some(intent) => party.carry_out(&person, intent, &headers).await,
        None => Redirect::to("/?lost=1").into_response(),
    }
}
