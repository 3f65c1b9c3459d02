//! MyTOYOTA for T-Connect: commands to a car from afar. The pages here are a
//! relying party like any other; the car listens only to the API in `api`, which
//! wants to know how strongly and how lately the person authenticated (RFC 9470).
//! What a person asked for is kept while they prove that, and is carried out
//! once, after they said so again.

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

/// How long a command may wait to be confirmed: whoever asked is still there.
const CONFIRM_WITHIN: Duration = Duration::from_secs(5 * 60);

/// How often a person is sent to the provider for one command. Once for a token
/// that has expired and once for a stronger login is enough; more is a circle.
const LOGINS_PER_COMMAND: u8 = 2;

/// What this service has besides a web relying party.
pub(crate) struct Remote {
    api: Arc<Api>,
    api_url: String,
    http: HttpClient,
    /// Commands whose person is at the provider, by the login they are there for.
    away: Bounded<LoginKey, Intent>,
    /// Commands to be confirmed, by the session's secret and a name of their own.
    to_confirm: Bounded<(String, String), Intent>,
}

/// A command that a person asked for.
#[derive(Clone)]
struct Intent {
    command: Command,
    /// Who asked.
    subject: String,
    /// How often they were sent to the provider for it.
    logins: u8,
}

/// What the API answered.
enum Answered {
    /// What was asked, done or told.
    Done(Value),
    /// That the person has to log in again, so.
    LogInFirst(Challenge),
    /// Neither.
    Failed(String),
}

/// The pages besides those of every relying party.
pub(crate) fn routes() -> Router<Arc<RelyingParty>> {
    Router::new()
        .route("/commands", post(command))
        .route("/commands/confirm", get(confirmation).post(confirm))
}

impl Remote {
    /// The part of `config`, if that is its service.
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

    /// The API, which shares nothing with the pages but its host.
    pub(crate) fn api<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        api::routes(Arc::clone(&self.api))
    }

    /// Where a person goes who comes back from the provider: to the command they
    /// asked for, if it is still the same person.
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
    /// The first page of someone who is signed in: their car as the API tells of it.
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

    /// Carries a command out, or sends the person to prove who they are.
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

    /// The command that waits to be confirmed under that name, in this session.
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

/// `GET /commands/confirm`: what is about to be done. Nothing is done by coming here.
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

/// `POST /commands/confirm`: it is done, once.
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
    // Of two presses of the button one takes it.
    match remote.to_confirm.take(&key, Instant::now()) {
        Some(_) if field(body.as_bytes(), "action").as_deref() != Some("confirm") => {
            Redirect::to("/").into_response()
        }
        Some(intent) => party.carry_out(&person, intent, &headers).await,
        None => Redirect::to("/?lost=1").into_response(),
    }
}
