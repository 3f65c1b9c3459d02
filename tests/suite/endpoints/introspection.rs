//! `/introspect` (RFC 7662): whether a token is active; only clients it concerns are told.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::json;

use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, Tokens};
use crate::support::steps;

async fn stage() -> (Provider, RelyingParty, Tokens) {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid email offline_access");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    (provider, service, tokens)
}

const INACTIVE: &str = r#"{"active":false}"#;

#[tokio::test]
async fn a_good_token_is_described() {
    let (provider, service, tokens) = stage().await;
    let reply = service.introspect(&tokens.access_token).await;
    let body = reply.json();
    assert_eq!(body["active"], true);
    assert_eq!(body["client_id"], "service");
    assert_eq!(body["iss"], provider.issuer());
    assert_eq!(body["sub"], tokens.claims.subject().as_str());
    assert!(body["scope"].as_str().unwrap().contains("email"));
    assert!(body["exp"].as_i64().unwrap() > provider.app.clock.now().0);
    assert_eq!(reply.header("cache-control"), "no-store");
    let refresh = service
        .introspect(&tokens.refresh_token.unwrap())
        .await
        .json();
    assert_eq!(refresh["active"], true);
}

#[tokio::test]
async fn whatever_is_not_good_is_answered_alike() {
    let (provider, service, tokens) = stage().await;
    let refresh = tokens.refresh_token.unwrap();
    service.refresh(&refresh).await;
    for (what, token) in [
        ("no token", "x"),
        ("an ID token", &tokens.id_token),
        ("a replaced refresh token", &refresh),
        ("empty JWT", "e30.e30."),
    ] {
        assert_eq!(service.introspect(token).await.body, INACTIVE, "{what}");
    }
    provider.advance(Duration::from_secs(601));
    assert_eq!(
        service.introspect(&tokens.access_token).await.body,
        INACTIVE,
        "expired"
    );
}

#[tokio::test]
async fn a_token_is_nobody_else_s_business() {
    let (provider, _service, tokens) = stage().await;
    let machine = provider.machine().await;
    assert_eq!(
        machine.introspect(&tokens.access_token).await.body,
        INACTIVE
    );
    assert_eq!(
        machine
            .introspect(&tokens.refresh_token.unwrap())
            .await
            .body,
        INACTIVE
    );
    let lexus = provider.party_at("lexus", "service").await;
    assert_eq!(lexus.introspect(&tokens.access_token).await.body, INACTIVE);
}

#[tokio::test]
async fn a_server_named_in_the_audience_may_ask() {
    let provider = Provider::start().await;
    provider
        .register("service", json!({"audience": ["machine"]}))
        .await;
    let service = provider.party("service").await;
    let machine = provider.machine().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let tokens = steps::tokens(&mut Phone::new(), &service, service.ask("openid"), &person).await;
    assert_eq!(
        machine.introspect(&tokens.access_token).await.json()["active"],
        true
    );
}

#[tokio::test]
async fn who_asks_must_prove_itself() {
    let (provider, service, tokens) = stage().await;
    let token = [("token", tokens.access_token.as_str())];
    let reply = service
        .post_as("introspection_endpoint", HeaderMap::new(), &token)
        .await;
    assert_eq!(reply.error(), "invalid_client");
    let app = provider.native_app().await;
    let reply = app.introspect(&tokens.access_token).await;
    assert!(
        matches!(reply.status.as_u16(), 400 | 401 | 403),
        "{}",
        reply.status
    );
    assert!(!reply.body.contains("active"), "{}", reply.body);
}

#[tokio::test]
async fn a_missing_token_is_told() {
    let (_provider, service, _tokens) = stage().await;
    let reply = service.post("introspection_endpoint", &[]).await;
    assert_eq!(reply.refused(), (400, "invalid_request".to_owned()));
}
