//! The loopback port to which the browser brings the authorization response (RFC 8252
//! §7.3).

use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::Stopped;

/// How long the app waits for the person to come back.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

const PAGE: &str = "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
    <title>整備手帳アプリ</title><body data-screen=\"native-app\"><h1>アプリに戻ってください</h1><p>Go back to the app.</p></body></html>";

/// The authorization responses that the browser brings.
pub(super) struct Answers(mpsc::Receiver<String>);

/// Listens on a free port until the first response is taken.
pub(super) async fn listen() -> Result<(u16, Answers), Stopped> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let (sender, receiver) = mpsc::channel(1);
    let site = Router::new()
        .route("/callback", get(answer))
        .with_state(sender.clone());
    let served =
        axum::serve(listener, site).with_graceful_shutdown(async move { sender.closed().await });
    tokio::spawn(async move { served.await });
    Ok((port, Answers(receiver)))
}

async fn answer(
    State(answers): State<mpsc::Sender<String>>,
    RawQuery(query): RawQuery,
) -> impl IntoResponse {
    // A second response finds the channel full or closed, and is ignored.
    let _ = answers.try_send(query.unwrap_or_default());
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(PAGE))
}

impl Answers {
    /// Waits for the first response, and closes the port.
    pub(super) async fn next(mut self) -> Result<String, Stopped> {
        let answer = tokio::time::timeout(PATIENCE, self.0.recv()).await;
        answer
            .ok()
            .flatten()
            .ok_or_else(|| Stopped::because("nobody came back from the browser"))
    }
}
