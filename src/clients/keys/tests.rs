use std::sync::Mutex as Lock;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;

use super::*;
use crate::config::OutgoingSettings;
use crate::oidc::client::sample;

/// A client's server: what it publishes, with which `Cache-Control`, and how often it was
/// requested.
struct Publisher {
    document: Lock<(StatusCode, String, &'static str)>,
    asked: AtomicUsize,
}

struct Stage {
    publisher: Arc<Publisher>,
    keys: ClientKeys,
    clock: Clock,
    client: Client,
}

async fn publish(State(publisher): State<Arc<Publisher>>) -> Response {
    publisher.asked.fetch_add(1, Ordering::SeqCst);
    let (status, body, caching) = publisher.document.lock().unwrap().clone();
    (status, [("cache-control", caching)], body).into_response()
}

impl Stage {
    async fn new() -> Self {
        let publisher = Arc::new(Publisher {
            document: Lock::new((StatusCode::NOT_FOUND, String::new(), "")),
            asked: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new()
            .route("/jwks", get(publish))
            .with_state(publisher.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let settings = OutgoingSettings {
            timeout: Duration::from_secs(5),
            allow_hosts: vec!["rp.localhost".parse().unwrap()],
            ca_file: None,
            proxy: None,
        };
        let clock = Clock::manual(Timestamp(1_700_000_000));
        let outgoing = Outgoing::open(&settings).unwrap();
        Self {
            publisher,
            keys: ClientKeys::new(outgoing, clock.clone()),
            clock,
            client: Client {
                jwks_uri: Some(format!("http://rp.localhost:{port}/jwks").parse().unwrap()),
                ..sample()
            },
        }
    }

    fn publishes(&self, kids: &[&str], caching: &'static str) {
        let keys: Vec<_> = kids.iter().map(|kid| json!({ "kid": kid })).collect();
        let body = json!({ "keys": keys }).to_string();
        *self.publisher.document.lock().unwrap() = (StatusCode::OK, body, caching);
    }

    fn breaks(&self, status: u16, body: &str) {
        let status = StatusCode::from_u16(status).unwrap();
        *self.publisher.document.lock().unwrap() = (status, body.to_owned(), "");
    }

    fn asked(&self) -> usize {
        self.publisher.asked.load(Ordering::SeqCst)
    }

    async fn has(&self, kid: &str) -> Result<bool, NoKeys> {
        let named = |jwks: &Value| {
            let keys = jwks["keys"].as_array()?;
            keys.iter().any(|key| key["kid"] == kid).then_some(())
        };
        let found = self.keys.find(&self.client, named).await?;
        Ok(found.is_some())
    }

    fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

#[tokio::test]
async fn keys_are_fetched_once_while_they_are_fresh() {
    let stage = Stage::new().await;
    stage.publishes(&["a"], "max-age=60");
    for _ in 0..3 {
        assert_eq!(stage.has("a").await, Ok(true));
        stage.wait(15);
    }
    assert_eq!(stage.asked(), 1);
    stage.wait(15);
    stage.publishes(&["b"], "max-age=60");
    assert_eq!(stage.has("a").await, Ok(false));
    assert_eq!(stage.asked(), 2);
}

#[tokio::test]
async fn a_key_never_heard_of_is_looked_for_once_in_a_while() {
    let stage = Stage::new().await;
    stage.publishes(&["a"], "max-age=3600");
    assert_eq!(stage.has("a").await, Ok(true));
    stage.publishes(&["a", "b"], "max-age=3600");
    assert_eq!(stage.has("b").await, Ok(false), "too soon");
    assert_eq!(stage.asked(), 1);
    stage.wait(5);
    assert_eq!(stage.has("b").await, Ok(true));
    for _ in 0..5 {
        assert_eq!(stage.has("c").await, Ok(false));
        stage.wait(1);
    }
    assert_eq!(stage.asked(), 2);
    assert_eq!(stage.has("c").await, Ok(false));
    assert_eq!(stage.asked(), 3);
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_fetches() {
    let stage = Arc::new(Stage::new().await);
    stage.publishes(&["a"], "max-age=60");
    let mut askers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let stage = stage.clone();
        askers.spawn(async move { stage.has("a").await });
    }
    assert!(askers.join_all().await.iter().all(|had| *had == Ok(true)));
    assert_eq!(stage.asked(), 1);
}

#[tokio::test]
async fn what_may_not_be_kept_is_still_not_asked_for_all_the_time() {
    let stage = Stage::new().await;
    stage.publishes(&["a"], "no-store");
    for _ in 0..5 {
        assert_eq!(stage.has("a").await, Ok(true));
        stage.wait(1);
    }
    assert_eq!(stage.asked(), 1);
    stage.breaks(500, "");
    assert_eq!(
        stage.has("a").await,
        Err(NoKeys::Unfetched(Unfetched::Status(
            StatusCode::INTERNAL_SERVER_ERROR
        )))
    );
}

#[tokio::test]
async fn a_server_that_is_down_does_not_take_its_keys_with_it_at_once() {
    let stage = Stage::new().await;
    stage.publishes(&["a"], "max-age=60");
    assert_eq!(stage.has("a").await, Ok(true));
    stage.breaks(503, "");
    stage.wait(600);
    assert_eq!(stage.has("a").await, Ok(true));
    stage.wait(3600);
    let down = NoKeys::Unfetched(Unfetched::Status(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(stage.has("a").await, Err(down));
    let asked = stage.asked();
    assert_eq!(stage.has("a").await, Err(down), "and is not asked again");
    assert_eq!(stage.asked(), asked);
}

#[tokio::test]
async fn what_is_no_set_of_keys_is_told_to_be_none() {
    let stage = Stage::new().await;
    for body in ["", "{}", "[]", r#"{"keys":{}}"#] {
        stage.breaks(200, body);
        assert_eq!(stage.has("a").await, Err(NoKeys::Unreadable), "{body}");
        stage.wait(10);
    }
}

#[tokio::test]
async fn registered_keys_are_never_fetched() {
    let stage = Stage::new().await;
    let by_value = Stage {
        client: Client {
            jwks: Some(json!({"keys": [{"kid": "a"}]})),
            ..stage.client.clone()
        },
        ..stage
    };
    assert_eq!(by_value.has("a").await, Ok(true));
    assert_eq!(by_value.has("b").await, Ok(false));
    assert_eq!(by_value.asked(), 0);
    let none = Stage {
        client: sample(),
        ..by_value
    };
    assert_eq!(none.has("a").await, Err(NoKeys::Unregistered));
}
