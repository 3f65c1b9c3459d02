//! A member goes to the provider and comes back with a common ID. What the site
//! knows of them is pushed there (RFC 9126); what comes back is proven as at any
//! login, and then bound to the member, once.

use std::sync::Arc;

use axum::extract::{RawForm, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::Tos;
use super::members::Member;
use super::migrations::Bound;
use crate::authorization_response::AuthorizationResponse;
use crate::encoded::field;
use crate::failure::Failure;
use crate::locale::Locale;
use crate::logout::is_from_our_page;
use crate::provider::{Begun, Demand, LoginSecrets, Provider};

/// A member on the way.
pub(super) struct HandOver {
    member: &'static Member,
    secrets: LoginSecrets,
}

/// `POST /migration`: ③, "I want a new one" or "I have one".
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
    let wants_new = field(&form, "action").as_deref() == Some("new");
    let prompt = if wants_new { "create" } else { "login" };
    match tos.provider.push(locale, prompt, member).await {
        Ok(begun) => {
            let secrets = begun.secrets;
            let hand_over = HandOver { member, secrets };
            let key = (session, begun.state);
            tos.under_way.put(key, hand_over, Instant::now());
            Redirect::to(begun.url.as_str()).into_response()
        }
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
    match tos.moved(&headers, query.as_deref()).await {
        Ok(Bound::Moved) => Redirect::to("/migration/complete").into_response(),
        Ok(Bound::ToAnotherId | Bound::OfAnotherMember) => {
            tos.problem(StatusCode::CONFLICT, "bound_otherwise", locale)
        }
        // A reload, or the back button after success.
        Err(Failure::Stale) if tos.has_moved(&headers) => {
            Redirect::to("/migration/complete").into_response()
        }
        Err(failure) => tos.failed(&failure, locale),
    }
}

impl Tos {
    fn has_moved(&self, headers: &HeaderMap) -> bool {
        self.member(headers)
            .is_some_and(|(_, member)| self.migrations.is_moved(member.user_id))
    }

    async fn moved(&self, headers: &HeaderMap, query: Option<&str>) -> Result<Bound, Failure> {
        let response = query
            .and_then(AuthorizationResponse::read)
            .ok_or(Failure::Stale)?;
        let (session, _) = self.member(headers).ok_or(Failure::Stale)?;
        let key = (session, response.state.clone());
        let hand_over = self.under_way.take(&key, Instant::now());
        let HandOver { member, secrets } = hand_over.ok_or(Failure::Stale)?;
        let iss_promised = self.provider.promises_iss().await?;
        let code = response.code(self.provider.issuer(), iss_promised)?;
        let person = self.provider.finish(code, secrets).await?;
        self.migrations
            .bind(member.user_id, &person.subject)
            .map_err(|error| Failure::Unreachable(error.to_string()))
    }
}

/// The answer of RFC 9126 §2.2.
#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

impl Provider {
    /// Begins a login whose whole request is pushed: where the person goes holds
    /// a reference and nothing else.
    async fn push(&self, locale: Locale, prompt: &str, member: &Member) -> Result<Begun, Failure> {
        let begun = self.begin(locale, &Demand::default()).await?;
        let discovered = self.discovered().await?;
        let more = discovered.metadata.additional_metadata();
        let endpoint = more.pushed_authorization_request_endpoint.as_deref();
        let endpoint = endpoint
            .ok_or_else(|| Failure::Unreachable("no place to push requests to".to_owned()))?;
        let details = Value::Array(member.dealer_links()).to_string();
        let prefill = member.claims().to_string();
        let asked: Vec<(String, String)> = begun.url.query_pairs().into_owned().collect();
        let mut form: Vec<(&str, &str)> = asked.iter().map(|(n, v)| (&**n, &**v)).collect();
        form.extend([("prompt", prompt), ("prefill", &prefill)]);
        if details != "[]" {
            form.push(("authorization_details", &details));
        }
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
