//! Sends a member to the provider and brings them back with a common ID. The site pushes
//! the member's data to the provider (RFC 9126), verifies the response as in any login, and
//! then binds the common ID to the member, once.

use std::sync::Arc;

use axum::extract::{RawForm, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::Tos;
use super::greeting::{self, Greeting};
use super::members::Member;
use super::migrations::Bound;
use crate::authorization_response::AuthorizationResponse;
use crate::encoded::field;
use crate::failure::Failure;
use crate::locale::Locale;
use crate::logout::is_from_our_page;
use crate::provider::{Begun, Demand, LoginSecrets, Person, Provider};

/// An authorization request under way.
pub(super) struct UnderWay {
    pub(super) errand: Errand,
    pub(super) secrets: LoginSecrets,
}

/// The purpose of the request.
#[derive(Clone)]
pub(super) enum Errand {
    /// To learn who is logged in at the provider, for the greeting on the page named.
    Greeting { page: String },
    /// To get this member's common ID.
    HandOver(&'static Member),
}

/// The provider's answer to a request of this browser.
struct Answer {
    session: String,
    errand: Errand,
    outcome: Result<Person, Failure>,
}

/// `POST /migration`: the buttons of ③. "I want a new one" or "I have one"; or, for a
/// person who is logged in at the provider, "this one" or "another".
pub(super) async fn begin(
    State(tos): State<Arc<Tos>>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let locale = Locale::of(&headers, None);
    if !is_from_our_page(&headers) {
        return tos.problem(StatusCode::FORBIDDEN, "cross_site", locale);
    }
    let Some((session, member)) = tos.member(&headers) else {
        return Redirect::to("/").into_response();
    };
    if tos.migrations.is_moved(member.user_id) {
        return Redirect::to("/migration/complete").into_response();
    }
    let action = field(&form, "action");
    let prompt = match action.as_deref() {
        Some("new") => "create",
        // The person wants another ID than the one that is logged in.
        Some("other") => "login select_account",
        _ => "login",
    };
    let details = Value::Array(member.dealer_links()).to_string();
    let prefill = member.claims().to_string();
    let mut asked = vec![("prompt", prompt), ("prefill", &*prefill)];
    if details != "[]" {
        asked.push(("authorization_details", &details));
    }
    let hint = match action.as_deref() {
        Some("continue") => tos.greetings.get(&session, Instant::now()),
        _ => None,
    };
    let hint = hint.and_then(Greeting::id_token);
    if let Some(hint) = &hint {
        asked.push(("id_token_hint", hint));
    }
    let errand = Errand::HandOver(member);
    match tos.send(session, errand, locale, &asked).await {
        Ok(onward) => onward,
        Err(failure) => tos.failed(&failure, locale),
    }
}

/// `GET /callback`
pub(super) async fn finish(
    State(tos): State<Arc<Tos>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let locale = Locale::of(&headers, None);
    let answer = match tos.answered(&headers, query.as_deref()).await {
        Ok(answer) => answer,
        // The person reloaded, or used the back button after success.
        Err(Failure::Stale) if tos.has_moved(&headers) => {
            return Redirect::to("/migration/complete").into_response();
        }
        Err(failure) => return tos.failed(&failure, locale),
    };
    let member = match answer.errand {
        Errand::Greeting { page } => {
            greeting::keep(&tos, answer.session, answer.outcome);
            return Redirect::to(&page).into_response();
        }
        Errand::HandOver(member) => member,
    };
    match answer.outcome.and_then(|person| tos.bind(member, &person)) {
        Ok(Bound::Moved) => Redirect::to("/migration/complete").into_response(),
        Ok(Bound::ToAnotherId | Bound::OfAnotherMember) => {
            tos.problem(StatusCode::CONFLICT, "bound_otherwise", locale)
        }
        Err(failure) => tos.failed(&failure, locale),
    }
}

impl Tos {
    fn has_moved(&self, headers: &HeaderMap) -> bool {
        self.member(headers)
            .is_some_and(|(_, member)| self.migrations.is_moved(member.user_id))
    }

    /// Sends a browser to the provider with a pushed authorization request.
    pub(super) async fn send(
        &self,
        session: String,
        errand: Errand,
        locale: Locale,
        asked: &[(&str, &str)],
    ) -> Result<Response, Failure> {
        let begun = self.provider.push(locale, asked).await?;
        let secrets = begun.secrets;
        let under_way = UnderWay { errand, secrets };
        let key = (session, begun.state);
        self.under_way.put(key, under_way, Instant::now());
        Ok(Redirect::to(begun.url.as_str()).into_response())
    }

    /// Returns the provider's answer to a request of this browser.
    ///
    /// # Errors
    /// `Failure::Stale` if the response answers no request of this browser.
    async fn answered(&self, headers: &HeaderMap, query: Option<&str>) -> Result<Answer, Failure> {
        let response = query
            .and_then(AuthorizationResponse::read)
            .ok_or(Failure::Stale)?;
        let (session, _) = self.member(headers).ok_or(Failure::Stale)?;
        let key = (session, response.state.clone());
        let under_way = self.under_way.take(&key, Instant::now());
        let UnderWay { errand, secrets } = under_way.ok_or(Failure::Stale)?;
        Ok(Answer {
            session: key.0,
            errand,
            outcome: self.person_of(response, secrets).await,
        })
    }

    async fn person_of(
        &self,
        response: AuthorizationResponse,
        secrets: LoginSecrets,
    ) -> Result<Person, Failure> {
        let iss_promised = self.provider.promises_iss().await?;
        let code = response.code(self.provider.issuer(), iss_promised)?;
        self.provider.finish(code, secrets).await
    }

    fn bind(&self, member: &Member, person: &Person) -> Result<Bound, Failure> {
        self.migrations
            .bind(member.user_id, &person.subject)
            .map_err(|error| Failure::Unreachable(error.to_string()))
    }
}

/// The response of RFC 9126 §2.2.
#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

impl Provider {
    /// Begins a login whose whole request is pushed, `more` included: the authorization URL
    /// then holds only a reference.
    async fn push(&self, locale: Locale, more: &[(&str, &str)]) -> Result<Begun, Failure> {
        let begun = self.begin(locale, &Demand::default()).await?;
        let discovered = self.discovered().await?;
        let metadata = discovered.metadata.additional_metadata();
        let endpoint = metadata.pushed_authorization_request_endpoint.as_deref();
        let endpoint = endpoint
            .ok_or_else(|| Failure::Unreachable("no place to push requests to".to_owned()))?;
        let asked: Vec<(String, String)> = begun.url.query_pairs().into_owned().collect();
        let mut form: Vec<(&str, &str)> = asked.iter().map(|(n, v)| (&**n, &**v)).collect();
        form.extend(more);
        let (status, body) = self.post_authenticated(endpoint, &form).await?;
        if status != StatusCode::CREATED {
            let answer = String::from_utf8_lossy(&body);
            return Err(Failure::Refused(format!("{status}: {answer}")));
        }
        let pushed: Pushed =
            serde_json::from_slice(&body).map_err(|error| Failure::Untrusted(error.to_string()))?;
        let mut url: Url = begun.url;
        let client_id = self.client_id.to_string();
        url.query_pairs_mut()
            .clear()
            .append_pair("client_id", &client_id)
            .append_pair("request_uri", &pushed.request_uri);
        Ok(Begun {
            url,
            state: begun.state,
            secrets: begun.secrets,
        })
    }
}
