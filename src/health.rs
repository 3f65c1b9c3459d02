//! Liveness (`/healthz`) and readiness (`/readyz`) of this node.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::SharedApp;
use crate::fault::Fault;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database and short-lived state answer too.
pub async fn readyz(State(app): State<SharedApp>) -> (StatusCode, &'static str) {
    let ready: Result<(), Fault> = async {
        app.store.ping().await?;
        app.ephemeral.ping().await
    }
    .await;
    match ready {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(fault) => {
            tracing::warn!(fault = &fault as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}
