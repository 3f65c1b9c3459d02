//! Writes one log line for each request that was refused or failed, and at debug level for
//! each that was answered. The path is the route's template and the query is left out, so
//! no personal data and no secret is logged.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::refusal::Refusal;

/// Logs the request once it is answered.
#[expect(
    clippy::disallowed_methods,
    reason = "durations for the log are measured here alone"
)]
pub async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match response.extensions().get::<Refusal>() {
        Some(Refusal {
            code,
            description,
            ours: true,
            request_id,
            ..
        }) if response.status() == StatusCode::SERVICE_UNAVAILABLE => {
            tracing::warn!(%method, route, status, duration_ms, request_id, error = code, description, "request put off");
        }
        Some(Refusal {
            code,
            description,
            ours: true,
            request_id,
            ..
        }) => {
            tracing::error!(%method, route, status, duration_ms, request_id, error = code, description, "request failed");
        }
        Some(Refusal {
            code,
            description,
            ours: false,
            request_id,
            ..
        }) => {
            tracing::info!(%method, route, status, duration_ms, request_id, error = code, description, "request refused");
        }
        None if status >= 400 => {
            tracing::info!(%method, route, status, duration_ms, "request refused")
        }
        None => tracing::debug!(%method, route, status, duration_ms, "request answered"),
    }
    response
}
