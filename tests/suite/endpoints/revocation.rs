//! `/revoke` (RFC 7009): a client revokes tokens that were issued to it.

use reqwest::header::HeaderMap;

use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, Tokens};
use crate::support::steps;

async fn stage() -> (Provider, RelyingParty, Tokens) {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid offline_access");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    (provider, service, tokens)
}

#[tokio::test]
async fn a_refresh_token_given_back_ends_its_whole_grant() {
    let (_provider, service, tokens) = stage().await;
    let first = tokens.refresh_token.unwrap();
    let second = service.refresh(&first).await;
    assert_eq!(
        service.revoke(&second.text("refresh_token")).await.status,
        200
    );
    assert_eq!(
        service.refresh(&second.text("refresh_token")).await.error(),
        "invalid_grant"
    );
    for access in [tokens.access_token, second.text("access_token")] {
        assert_eq!(service.userinfo(&access).await.status, 401);
        assert_eq!(service.introspect(&access).await.json()["active"], false);
    }
}

#[tokio::test]
async fn an_old_refresh_token_given_back_ends_the_grant_too() {
    let (_provider, service, tokens) = stage().await;
    let first = tokens.refresh_token.unwrap();
    let second = service.refresh(&first).await.text("refresh_token");
    assert_eq!(service.revoke(&first).await.status, 200);
    assert_eq!(service.refresh(&second).await.error(), "invalid_grant");
}

#[tokio::test]
async fn an_access_token_given_back_ends_alone() {
    let (_provider, service, tokens) = stage().await;
    assert_eq!(service.revoke(&tokens.access_token).await.status, 200);
    assert_eq!(service.userinfo(&tokens.access_token).await.status, 401);
    let fresh = service.refresh(&tokens.refresh_token.unwrap()).await;
    assert_eq!(
        service.userinfo(&fresh.text("access_token")).await.status,
        200
    );
}

#[tokio::test]
async fn a_public_client_may_give_back_its_own() {
    let provider = Provider::start().await;
    let app = provider.native_app().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = app.ask("openid offline_access");
    let tokens = steps::tokens(&mut Phone::new(), &app, request, &person).await;
    assert_eq!(
        app.revoke(&tokens.refresh_token.clone().unwrap())
            .await
            .status,
        200
    );
    assert_eq!(
        app.refresh(&tokens.refresh_token.unwrap()).await.error(),
        "invalid_grant"
    );
}

#[tokio::test]
async fn nobody_can_give_back_what_is_another_s() {
    let (provider, service, tokens) = stage().await;
    let machine = provider.machine().await;
    let refresh = tokens.refresh_token.unwrap();
    for token in [&tokens.access_token, &refresh] {
        assert_eq!(
            machine.revoke(token).await.status,
            200,
            "and learns nothing of it"
        );
    }
    assert_eq!(service.userinfo(&tokens.access_token).await.status, 200);
    assert_eq!(service.refresh(&refresh).await.status, 200);
}

#[tokio::test]
async fn giving_back_twice_is_giving_back_once() {
    let (_provider, service, tokens) = stage().await;
    for _ in 0..2 {
        assert_eq!(service.revoke(&tokens.access_token).await.status, 200);
    }
}

#[tokio::test]
async fn who_gives_back_must_prove_itself_and_name_a_token() {
    let (_provider, service, tokens) = stage().await;
    let token = [("token", tokens.access_token.as_str())];
    let reply = service
        .post_as("revocation_endpoint", HeaderMap::new(), &token)
        .await;
    assert_eq!(reply.error(), "invalid_client");
    let reply = service.post("revocation_endpoint", &[]).await;
    assert_eq!(reply.refused(), (400, "invalid_request".to_owned()));
    assert_eq!(service.userinfo(&tokens.access_token).await.status, 200);
}
