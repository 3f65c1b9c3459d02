//! The demo's outbox: the mails and SMS that production would have sent, as a web page, and
//! as JSON at `/messages` for tests, oldest first.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFRESH};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use tera::{Context, Tera};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::SharedApp;
use crate::fault::Fault;
use crate::http::refusal::ProtocolRefusal;

/// Maximum number of messages shown.
const SHOWN: u32 = 200;

const PAGE: &str = include_str!("outbox.html");

/// One message as shown.
#[derive(Clone, Debug, Serialize)]
struct Shown {
    id: String,
    channel: String,
    from: String,
    to: String,
    subject: String,
    text: String,
    /// RFC 3339, UTC.
    sent_at: String,
}

/// The site `outbox.localhost`.
pub fn router(app: SharedApp) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/messages", get(messages))
        .with_state(app)
}

async fn messages(State(app): State<SharedApp>) -> Result<Response, ProtocolRefusal> {
    Ok(([(CACHE_CONTROL, "no-store")], Json(shown(&app).await?)).into_response())
}

async fn page(State(app): State<SharedApp>) -> Result<Response, ProtocolRefusal> {
    let mut messages = shown(&app).await?;
    messages.reverse();
    let mut context = Context::new();
    context.insert("messages", &messages);
    let html = Tera::one_off(PAGE, &context, true).map_err(Fault::because)?;
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ),
        (REFRESH, "5"),
    ];
    Ok((headers, Html(html)).into_response())
}

async fn shown(app: &SharedApp) -> Result<Vec<Shown>, Fault> {
    let delivered = app.outbox.kept(SHOWN).await?;
    Ok(delivered
        .into_iter()
        .map(|message| Shown {
            id: message.id,
            channel: message.channel.to_string(),
            from: message.from,
            to: message.to,
            subject: message.subject,
            text: message.text,
            sent_at: rfc3339(message.sent_at.0),
        })
        .collect())
}

fn rfc3339(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}
