//! The API that the car obeys: a resource server (RFC 6750) that accepts only access tokens
//! which it has verified itself and which, by introspection, are not revoked. Reading the
//! car's state requires the scope; a command also requires a strong and recent
//! authentication (RFC 9470).

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, body::Bytes};
use serde::Deserialize;
use serde_json::json;

use super::access_token::{AccessToken, Issuer};
use super::challenge::{Challenge, INSUFFICIENT};
use super::vehicle::{Command, Vehicles};
use crate::relying_party::RelyingPartyConfig;
use crate::routes::{CAPACITY, CannotStart};

/// The scope for requests about the car.
const SCOPE: &str = "vehicle.command";

/// The authentication context (`acr`) that a command requires.
const CONTEXT: &str = "https://id.toyota.jp/acr/password-and-code";

/// Greatest age of the authentication for a command, in seconds.
const MAX_AGE: u64 = 5 * 60;

/// The API.
pub(super) struct Api {
    issuer: Issuer,
    vehicles: Vehicles,
}

impl Api {
    pub(super) fn of(config: &RelyingPartyConfig) -> Result<Self, CannotStart> {
        Ok(Self {
            issuer: Issuer::of(config)?,
            vehicles: Vehicles::new(CAPACITY),
        })
    }

    /// Returns the request's token, if this API accepts it.
    async fn token(&self, headers: &HeaderMap) -> Result<AccessToken, Refused> {
        let presented = headers.get(AUTHORIZATION);
        let presented = presented.and_then(|value| value.to_str().ok());
        let Some(token) = presented.and_then(|value| value.strip_prefix("Bearer ")) else {
            // RFC 6750 §3.1: the response to a request without a token has no error code.
            let challenge = Challenge::default();
            return Err(Refused::For(StatusCode::UNAUTHORIZED, challenge));
        };
        let token = self.issuer.verified(token).await.map_err(|why| {
            tracing::info!(reason = %why, "an access token was not taken");
            if why.for_now() {
                return Refused::Later;
            }
            Refused::said(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "the token is not good for this API",
            )
        })?;
        if !token.has_scope(SCOPE) {
            return Err(Refused::For(
                StatusCode::FORBIDDEN,
                Challenge {
                    scope: Some(SCOPE.to_owned()),
                    ..error("insufficient_scope", "the token may not speak to the car")
                },
            ));
        }
        Ok(token)
    }
}

/// Why a request is refused.
enum Refused {
    /// The request lacks what the challenge names (RFC 6750 §3).
    For(StatusCode, Challenge),
    /// The provider could not be asked whether the token is active. The token is not at
    /// fault.
    Later,
}

impl Refused {
    fn said(status: StatusCode, code: &str, description: &str) -> Self {
        Self::For(status, error(code, description))
    }
}

fn error(code: &str, description: &str) -> Challenge {
    Challenge {
        error: Some(code.to_owned()),
        description: Some(description.to_owned()),
        ..Challenge::default()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self::For(status, challenge) = self else {
            let later = [(RETRY_AFTER, "5"), (CACHE_CONTROL, "no-store")];
            return (StatusCode::SERVICE_UNAVAILABLE, later).into_response();
        };
        let said = challenge
            .error
            .as_ref()
            .map(|error| Json(json!({"error": error, "error_description": challenge.description})));
        let headers = [
            (WWW_AUTHENTICATE, challenge.write()),
            (CACHE_CONTROL, "no-store".to_owned()),
        ];
        match said {
            Some(said) => (status, headers, said).into_response(),
            None => (status, headers).into_response(),
        }
    }
}

/// Builds the API's routes.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(api: Arc<Api>) -> Router<S> {
    Router::new()
        .route("/api/vehicle", get(vehicle))
        .route("/api/commands", post(command))
        .with_state(api)
}

/// `GET /api/vehicle`
async fn vehicle(State(api): State<Arc<Api>>, headers: HeaderMap) -> Result<Response, Refused> {
    let token = api.token(&headers).await?;
    Ok(Json(api.vehicles.of(&token.subject)).into_response())
}

#[derive(Deserialize)]
struct Asked {
    command: Command,
}

/// `POST /api/commands`
async fn command(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let token = api.token(&headers).await?;
    if !token.is_of(CONTEXT, MAX_AGE) {
        let wanted = "a command takes a password and a code, given within five minutes";
        let challenge = Challenge {
            acr_values: Some(CONTEXT.to_owned()),
            max_age: Some(MAX_AGE),
            ..error(INSUFFICIENT, wanted)
        };
        return Err(Refused::For(StatusCode::UNAUTHORIZED, challenge));
    }
    match serde_json::from_slice::<Asked>(&body) {
        Ok(asked) => Ok(Json(api.vehicles.tell(&token.subject, asked.command)).into_response()),
        Err(_) => Ok(StatusCode::BAD_REQUEST.into_response()),
    }
}
