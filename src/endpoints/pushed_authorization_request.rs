//! Pushed authorization requests (RFC 9126): an authenticated client sends its request here
//! first, and gets a `request_uri` that can be used once, for a short time.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::{App, SharedApp};
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::client_authentication::AuthenticatedRequest;
use crate::http::kept;
use crate::http::refusal::ProtocolRefusal;
use crate::interaction::lawful_request::check_ahead;
use crate::interaction::request_object;
use crate::oidc::authorization_request::{Channel, RawAuthorizationRequest, Refused};
use crate::oidc::client::ClientId;
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::{Error, ErrorCode};

/// RFC 9126 §2.2: the prefix of every `request_uri` of this provider.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The lifetime of a pushed request.
const LIFE: Duration = Duration::from_secs(90);

/// A pushed request as stored.
#[derive(Debug, Serialize, Deserialize)]
struct Resting {
    client_id: ClientId,
    /// The issuer to which it was pushed; a version before 2026-12 writes none.
    #[serde(default)]
    issuer: Option<String>,
    raw: RawAuthorizationRequest,
}

/// `POST /par`
///
/// # Errors
/// The errors of the authorization endpoint's checks, as JSON (RFC 9126 §2.3).
pub async fn post(
    State(app): State<SharedApp>,
    address: Result<ClientAddress, std::convert::Infallible>,
    AuthenticatedRequest {
        brand,
        client,
        mut parameters,
    }: AuthenticatedRequest,
) -> Result<Response, ProtocolRefusal> {
    if parameters.contains_key("request_uri") {
        // RFC 9126 §2.1.
        let error = Error::invalid_request("request_uri must not be pushed");
        return Err(error.breaks(rule::NO_PUSHED_URI).into());
    }
    parameters.insert("client_id".to_owned(), client.client_id.to_string());
    let raw = RawAuthorizationRequest(parameters);
    let raw = request_object::unfold(&app, &brand, &client, &raw, Channel::Pushed).await?;
    let checked = check_ahead(&app, &brand, &client, &raw, Channel::Pushed);
    checked.map_err(Refused::into_error)?;
    let reference = app.random.secret();
    let resting = serde_json::to_vec(&Resting {
        client_id: client.client_id.clone(),
        issuer: Some(brand.issuer.clone()),
        raw: raw.known(),
    })?;
    let (Ok(address), kib) = (address, kept::kib(resting.len()));
    let may_keep = if client.is_proven() {
        kept::client_may_keep(&app, &client.client_id, kib).await?
    } else {
        kept::may_keep(&app, address, kib).await?
    };
    if !may_keep {
        let error = "too many requests were pushed: try again later";
        let error = Error::new(ErrorCode::TemporarilyUnavailable, error);
        return Err(error.breaks(rule::PUSH_LIMIT).into());
    }
    app.ephemeral
        .put(Key::PushedRequest(&reference), &resting, LIFE)
        .await?;
    let body =
        json!({ "request_uri": format!("{PREFIX}{reference}"), "expires_in": LIFE.as_secs() });
    Ok((
        StatusCode::CREATED,
        [(CACHE_CONTROL, "no-store")],
        Json(body),
    )
        .into_response())
}

/// The reference of a pushed request in its `request_uri`; `None` if the URI is that of a
/// request object.
#[must_use]
pub fn reference_of(request_uri: &str) -> Option<&str> {
    request_uri.strip_prefix(PREFIX)
}

/// Reads the parameters of a pushed request; `None` if there is none, it is another
/// client's (RFC 9126 §2.2), or it was pushed to another brand's issuer. The request stays
/// until the client is answered, so that a person may reload the authorization URL;
/// `interaction::answer` removes it.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn read(
    app: &App,
    issuer: &str,
    client_id: &ClientId,
    reference: &str,
) -> Result<Option<RawAuthorizationRequest>, Fault> {
    let Some(bytes) = app.ephemeral.get(Key::PushedRequest(reference)).await? else {
        return Ok(None);
    };
    let resting: Resting = serde_json::from_slice(&bytes)?;
    let here = resting.issuer.is_none_or(|pushed_to| pushed_to == issuer);
    Ok((here && resting.client_id == *client_id).then_some(resting.raw))
}
