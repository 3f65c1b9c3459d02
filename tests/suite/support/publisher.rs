//! A client's web server on loopback: it publishes what a test gives it, and records the
//! requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::net::TcpListener;

#[derive(Default)]
struct Inner {
    documents: BTreeMap<String, (&'static str, Vec<u8>)>,
    asked: Vec<String>,
}

/// A running server.
#[derive(Clone)]
pub(crate) struct Publisher {
    inner: Arc<Mutex<Inner>>,
    port: u16,
}

impl Publisher {
    /// Starts a server that publishes nothing yet.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let publisher = Self {
            inner: Arc::default(),
            port: listener.local_addr().unwrap().port(),
        };
        let router = Router::new().fallback(answer).with_state(publisher.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        publisher
    }

    /// Returns the URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://client.localhost:{}{path}", self.port)
    }

    /// Publishes JSON under a path, replacing what was there.
    pub(crate) fn publish(&self, path: &str, document: &Value) -> String {
        self.publish_bytes(path, "application/json", document.to_string().into_bytes())
    }

    /// Publishes any bytes, and returns their URL.
    pub(crate) fn publish_bytes(
        &self,
        path: &str,
        media_type: &'static str,
        bytes: Vec<u8>,
    ) -> String {
        let mut inner = self.inner.lock().unwrap();
        inner.documents.insert(path.to_owned(), (media_type, bytes));
        self.url(path)
    }

    /// Returns the requests so far, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.inner.lock().unwrap().asked.clone()
    }
}

async fn answer(State(publisher): State<Publisher>, OriginalUri(uri): OriginalUri) -> Response {
    let mut inner = publisher.inner.lock().unwrap();
    inner.asked.push(uri.path().to_owned());
    match inner.documents.get(uri.path()) {
        Some((media_type, bytes)) => ([(CONTENT_TYPE, *media_type)], bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
