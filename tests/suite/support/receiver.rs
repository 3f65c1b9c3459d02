//! A receiver of security event tokens (RFC 8935) and logout tokens on loopback. It gives
//! the answers that a test prepared, and after those accepts every token.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;
use tokio::net::TcpListener;
use url::form_urlencoded;

use super::browser::http_client;
use super::provider::Provider;

/// A prepared answer.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// This status without a body.
    Status(u16),
    /// 400 with this `err` (RFC 8935 §2.3).
    Err(&'static str),
    /// A redirect to this URL.
    Redirect(String),
    /// No answer.
    Silence,
}

/// The content of one delivery attempt.
#[derive(Clone, Debug)]
pub(crate) struct Pushed {
    /// The token.
    pub(crate) token: String,
    /// The request's headers.
    pub(crate) headers: HeaderMap,
}

impl Pushed {
    /// Returns the token's claims, unverified.
    pub(crate) fn claims(&self) -> Value {
        super::relying_party::jwt_part(&self.token, 1)
    }

    /// Returns the token's `jti`.
    pub(crate) fn jti(&self) -> String {
        self.claims()["jti"].as_str().unwrap().to_owned()
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

#[derive(Default)]
struct Inner {
    answers: VecDeque<Answer>,
    attempts: Vec<Pushed>,
    taken: Vec<Pushed>,
}

/// A running receiver.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    inner: Arc<Mutex<Inner>>,
    port: u16,
}

impl Receiver {
    /// Starts a receiver that gives these answers before it accepts tokens.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let receiver = Self {
            inner: Arc::default(),
            port: listener.local_addr().unwrap().port(),
        };
        receiver.answer_with(answers);
        let router = Router::new()
            .route("/events", post(take))
            .route("/backchannel_logout", post(take_logout))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        receiver
    }

    /// Gives these answers next.
    pub(crate) fn answer_with(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inner.lock().unwrap().answers.extend(answers);
    }

    /// Returns the URL for security event tokens.
    pub(crate) fn url(&self) -> String {
        format!("http://dealer.localhost:{}/events", self.port)
    }

    /// Returns the URL for logout tokens.
    pub(crate) fn logout_url(&self) -> String {
        format!("http://service.localhost:{}/backchannel_logout", self.port)
    }

    /// Every attempt so far, in order.
    pub(crate) fn attempts(&self) -> Vec<Pushed> {
        self.inner.lock().unwrap().attempts.clone()
    }

    /// The tokens that were accepted, in order.
    pub(crate) fn taken(&self) -> Vec<Pushed> {
        self.inner.lock().unwrap().taken.clone()
    }
}

/// Reads the token from a form with that one field (Back-Channel Logout 1.0 §2.5).
async fn take_logout(state: State<Receiver>, headers: HeaderMap, body: String) -> Response {
    let form: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let [(name, token)] = form.as_slice() else {
        panic!("one field was expected, not {form:?}");
    };
    assert_eq!(name, "logout_token");
    let taken = take(state, headers, token.clone()).await;
    match taken.status() {
        StatusCode::ACCEPTED => StatusCode::OK.into_response(),
        _ => taken,
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, token: String) -> Response {
    let pushed = Pushed { token, headers };
    let answer = {
        let mut inner = receiver.inner.lock().unwrap();
        inner.attempts.push(pushed.clone());
        let answer = inner.answers.pop_front();
        if answer.is_none() {
            inner.taken.push(pushed);
        }
        answer
    };
    match answer {
        None => StatusCode::ACCEPTED.into_response(),
        Some(Answer::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Answer::Err(err)) => {
            let body = format!(r#"{{"err":"{err}","description":"no"}}"#);
            (StatusCode::BAD_REQUEST, body).into_response()
        }
        Some(Answer::Redirect(to)) => {
            let location = [(HeaderName::from_static("location"), to)];
            (StatusCode::TEMPORARY_REDIRECT, location).into_response()
        }
        Some(Answer::Silence) => std::future::pending().await,
    }
}

/// Verifies a token with the keys that the provider publishes now, and returns its claims.
pub(crate) async fn verified(provider: &Provider, token: &str) -> Value {
    verified_as(provider, token, ("secevent+jwt", Algorithm::RS256)).await
}

/// The same for a token of the type `typ`.
pub(crate) async fn verified_as(
    provider: &Provider,
    token: &str,
    (typ, algorithm): (&str, Algorithm),
) -> Value {
    let answer = http_client().get(provider.url("/jwks")).send().await;
    let jwks: JwkSet = answer.unwrap().json().await.unwrap();
    let header = decode_header(token).unwrap();
    assert_eq!(header.typ.as_deref(), Some(typ));
    let key = jwks
        .find(header.kid.as_deref().unwrap())
        .expect("a published key");
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    decode(token, &DecodingKey::from_jwk(key).unwrap(), &validation)
        .unwrap()
        .claims
}
