//! The device authorization endpoint (RFC 8628 §3.1): a device that cannot show a login
//! page gets a device code for itself and a user code for its person to type.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use url::form_urlencoded;

use crate::app::{App, SharedApp};
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::client_authentication::{AuthenticatedClient, AuthenticatedRequest};
use crate::http::refusal::ProtocolRefusal;
use crate::interaction::device_requests;
use crate::interaction::lawful_request::check_ahead;
use crate::oidc::authorization_request::{Channel, RawAuthorizationRequest, Refused};
use crate::oidc::device_authorization::{UserCode, asked};
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::{Error, ErrorCode};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The page where people type the user code that their device shows.
pub const VERIFICATION: &str = "/device";

/// `POST /device_authorization`
///
/// # Errors
/// As RFC 6749 §5.2 says, and the errors of the authorization endpoint's checks.
pub async fn post(
    State(app): State<SharedApp>,
    address: Result<ClientAddress, std::convert::Infallible>,
    AuthenticatedRequest {
        brand,
        client,
        parameters,
    }: AuthenticatedRequest,
) -> Result<Response, ProtocolRefusal> {
    let raw = asked(&RawAuthorizationRequest(parameters), &client.client_id);
    let checked = check_ahead(&app, &brand, &client, &raw, Channel::Device);
    checked.map_err(Refused::into_error)?;
    let Ok(address) = address;
    if !within_limits(&app, &client, address).await? {
        return Err(Error::new(
            ErrorCode::TemporarilyUnavailable,
            "too many devices began at this address: try again later",
        )
        .breaks(rule::DEVICE_LIMIT)
        .into());
    }
    let codes = device_requests::begin(&app, &brand, &client.client_id, raw).await?;
    let settings = &app.config.device;
    let page = format!("{}{VERIFICATION}", brand.issuer);
    let body = json!({
        "device_code": codes.device_code,
        "user_code": codes.user_code.to_string(),
        "verification_uri_complete": complete(&page, &codes.user_code),
        "verification_uri": page,
        "expires_in": settings.code_lifetime.as_secs(),
        "interval": settings.interval.as_secs(),
    });
    Ok(([(CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn complete(page: &str, code: &UserCode) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("user_code", &code.to_string());
    format!("{page}?{}", query.finish())
}

/// Whether a client that does not authenticate is within its limits: its requests are
/// stored and could fill the memory.
async fn within_limits(
    app: &App,
    client: &AuthenticatedClient,
    address: ClientAddress,
) -> Result<bool, Fault> {
    if client.is_proven() {
        return Ok(true);
    }
    let key = format!("device-requests-from:{}", address.counted_as());
    let count = app.ephemeral.count(Key::Rate(&key), HOUR).await?;
    Ok(count <= app.config.device.requests_per_ip_hour)
}
