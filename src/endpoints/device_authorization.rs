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
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::client_authentication::{AuthenticatedClient, AuthenticatedRequest};
use crate::http::kept;
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
    if !within_limits(&app, (&client, address), &raw).await? {
        return Err(Error::new(
            ErrorCode::TemporarilyUnavailable,
            "too many device requests from this IP address or client: try again in an hour",
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

/// Whether the client may have one more request stored: so much by address if it does not
/// authenticate, so much by client if it does.
async fn within_limits(
    app: &App,
    (client, address): (&AuthenticatedClient, ClientAddress),
    raw: &RawAuthorizationRequest,
) -> Result<bool, Fault> {
    let kib = kept::kib(serde_json::to_vec(raw)?.len());
    if client.is_proven() {
        return kept::client_may_keep(app, &client.client_id, kib).await;
    }
    let most = app.config.device.requests_per_ip_hour;
    let limits = address.limits("device-requests-from", HOUR, most);
    let within = app.ephemeral.count_within(&limits).await?;
    Ok(within && kept::may_keep(app, address, kib).await?)
}
