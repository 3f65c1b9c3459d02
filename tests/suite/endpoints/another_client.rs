//! What is one client's, presented by another client or at another brand's issuer: nothing is
//! given, nothing is spent, and nothing is revoked.

use serde_json::json;

use crate::support::both_brands;
use crate::support::browser::Phone;
use crate::support::devices::{self, Navi};
use crate::support::provider::{CALLBACK, Provider};
use crate::support::relying_party::{Pending, RelyingParty, Reply};
use crate::support::steps::{self, Person};

const EMAIL: &str = "hanako@example.jp";

struct Stage {
    provider: Provider,
    service: RelyingParty,
    other: RelyingParty,
    person: Person,
}

impl Stage {
    async fn new() -> Self {
        let provider = Provider::start().await;
        provider.register("other", json!({})).await;
        Self {
            service: provider.service().await,
            other: provider.party("other").await,
            person: steps::person(&provider, EMAIL).await,
            provider,
        }
    }

    async fn code(&self, request: &Pending) -> String {
        let (phone, service) = (&mut Phone::new(), &self.service);
        let answer = steps::answer(phone, service, request, &self.person).await;
        service.code_of(&answer, request)
    }
}

fn refused(reply: &Reply) {
    assert_eq!(reply.refused(), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_code_that_another_client_presents_is_not_burnt() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let code = stage.code(&request).await;
    for verifier in [request.verifier.as_str(), &"x".repeat(43)] {
        refused(&stage.other.exchange_raw(&code, verifier).await);
    }
    let reply = stage.service.exchange_raw(&code, &request.verifier).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}

#[tokio::test]
async fn a_spent_code_that_another_client_presents_revokes_nothing() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid offline_access");
    let code = stage.code(&request).await;
    let tokens = stage.service.exchange_raw(&code, &request.verifier).await;
    let access_token = tokens.text("access_token");
    refused(&stage.other.exchange_raw(&code, &request.verifier).await);
    assert_eq!(stage.service.userinfo(&access_token).await.status, 200);
    let refreshed = stage.service.refresh(&tokens.text("refresh_token")).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    // Its own client revokes by it, as before.
    refused(&stage.service.exchange_raw(&code, &request.verifier).await);
    assert_eq!(stage.service.userinfo(&access_token).await.status, 401);
}

#[tokio::test]
async fn a_code_presented_at_the_other_brand_is_not_burnt() {
    let stage = both_brands::Stage::new().await;
    let request = stage.toyota.ask("openid");
    let phone = &mut Phone::new();
    let answer = steps::answer(phone, &stage.toyota, &request, &stage.person).await;
    let code = stage.toyota.code_of(&answer, &request);
    refused(&stage.lexus.exchange_raw(&code, &request.verifier).await);
    let reply = stage.toyota.exchange_raw(&code, &request.verifier).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}

#[tokio::test]
async fn a_refresh_token_that_another_client_presents_ends_nothing() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid offline_access");
    let code = stage.code(&request).await;
    let tokens = stage.service.exchange_raw(&code, &request.verifier).await;
    let token = tokens.text("refresh_token");
    refused(&stage.other.refresh(&token).await);
    assert_eq!(stage.other.revoke(&token).await.status, 200);
    let refreshed = stage.service.refresh(&token).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
}

#[tokio::test]
async fn a_device_code_that_another_client_presents_is_not_burnt_and_revokes_nothing() {
    let provider = Provider::start().await;
    let (navi, other) = (
        Navi::of(&provider).await,
        Navi::named(&provider, "other-navi").await,
    );
    let person = steps::person(&provider, EMAIL).await;
    let device = navi.begin("openid").await;
    refused(&other.poll(&device).await);
    devices::let_in(&mut Phone::new(), &device, &person).await;
    refused(&other.poll(&device).await);
    let tokens = navi.poll(&device).await;
    let access_token = tokens.text("access_token");
    refused(&other.poll(&device).await);
    assert_eq!(navi.party.userinfo(&access_token).await.status, 200);
}

#[tokio::test]
async fn a_pushed_request_that_another_client_names_stays() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let url = stage.service.push(&request).await;
    let (_, request_uri) = url
        .query_pairs()
        .find(|(name, _)| name == "request_uri")
        .unwrap();
    let stolen = stage.other.url_of(&request_uri);
    let page = Phone::new().open(stolen).await.screen("error");
    assert_eq!(page.status, 400);
    let mut phone = Phone::new();
    let landed = phone.open(url).await;
    let answer = steps::log_in(&mut phone, landed, EMAIL).await.away();
    stage.service.exchange(&answer, &request).await;
}

#[tokio::test]
async fn a_request_pushed_at_one_brand_is_answered_there_only() {
    let stage = both_brands::Stage::new().await;
    let request = stage.toyota.ask("openid");
    let url = stage.toyota.push(&request).await;
    let (_, request_uri) = url
        .query_pairs()
        .find(|(name, _)| name == "request_uri")
        .unwrap();
    let elsewhere = stage.lexus.url_of(&request_uri);
    let page = Phone::new().open(elsewhere).await.screen("error");
    assert_eq!(page.status, 400);
    let mut phone = Phone::new();
    let landed = phone.open(url).await;
    let answer = steps::log_in(&mut phone, landed, EMAIL).await.away();
    stage.toyota.exchange(&answer, &request).await;
}

#[tokio::test]
async fn a_code_in_another_clients_form_is_unknown_whatever_it_looks_like() {
    let stage = Stage::new().await;
    let code = stage.code(&stage.service.ask("openid")).await;
    let (secret, _) = code.split_once('.').unwrap();
    for forged in [secret, &format!("{secret}.AAAAAAAAAAAAAAAAAAAAAA"), ".", ""] {
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", forged),
            ("redirect_uri", CALLBACK),
        ];
        let reply = stage.service.token(&parameters).await;
        assert_eq!(reply.status, 400, "{forged}");
    }
    assert_eq!(stage.provider.count("grants").await, 0);
}
