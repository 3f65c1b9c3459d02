//! The token endpoint (RFC 6749 §3.2): reads what an authenticated client asks, and passes
//! it to the grant type.

pub mod authorization_code;
pub mod client_credentials;
pub mod device_code;
pub mod refresh_token;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::response::{IntoResponse as _, Response};

use crate::app::SharedApp;
use crate::http::client_authentication::AuthenticatedRequest;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::token_request::{self, RawTokenRequest, TokenRequest};

/// `POST /token`
///
/// # Errors
/// As RFC 6749 §5.2 says.
pub async fn post(
    State(app): State<SharedApp>,
    AuthenticatedRequest {
        brand,
        client,
        parameters,
    }: AuthenticatedRequest,
) -> Result<Response, ProtocolRefusal> {
    let response = match token_request::check(&RawTokenRequest(parameters), &client)? {
        TokenRequest::AuthorizationCode(exchange) => {
            authorization_code::exchange(&app, &brand, &client, &exchange).await?
        }
        TokenRequest::RefreshToken { token, scope } => {
            refresh_token::refresh(&app, &brand, &client, &token, scope.as_ref()).await?
        }
        TokenRequest::ClientCredentials { scope } => {
            client_credentials::grant(&app, &brand, &client, scope)?
        }
        TokenRequest::DeviceCode { code } => device_code::ask(&app, &brand, &client, &code).await?,
    };
    // RFC 6749 §5.1.
    Ok((
        [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")],
        Json(response),
    )
        .into_response())
}
