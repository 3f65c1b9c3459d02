//! `/userinfo`: the claims of the token's scopes, and no others.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{self, HeaderMap};
use serde_json::{Value, json};

use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, Reply};
use crate::support::steps::{self, Person};

async fn stage() -> (Provider, RelyingParty, Person) {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "Hanako@example.jp").await;
    (provider, service, person)
}

async fn claims(service: &RelyingParty, person: &Person, scope: &str) -> Value {
    let tokens = steps::tokens(&mut Phone::new(), service, service.ask(scope), person).await;
    let claims = service.userinfo(&tokens.access_token).await.json();
    assert_eq!(claims["sub"], tokens.claims.subject().as_str());
    claims
}

async fn with_header(service: &RelyingParty, value: &str) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, value.parse().unwrap());
    service
        .send(
            Method::GET,
            &service.endpoint("userinfo_endpoint"),
            headers,
            None,
        )
        .await
}

#[tokio::test]
async fn each_scope_shows_its_claims_and_no_others() {
    let (_provider, service, person) = stage().await;
    let names =
        |claims: &Value| -> Vec<String> { claims.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(names(&claims(&service, &person, "openid").await), ["sub"]);
    let email = claims(&service, &person, "openid email").await;
    assert_eq!(email["email"], "Hanako@example.jp", "as it was typed");
    assert_eq!(email["email_verified"], true);
    assert_eq!(names(&email).len(), 3);
    let profile = claims(&service, &person, "openid profile").await;
    assert_eq!(profile["family_name"], "山田");
    assert_eq!(profile["given_name"], "花子");
    assert_eq!(profile["name"], "山田 花子");
    assert_eq!(profile["family_name#ja-Kana-JP"], "ヤマダ");
    assert_eq!(
        profile["given_name#ja-Kana-JP"], "ハナコ",
        "hiragana is kept as katakana"
    );
    assert_eq!(profile.get("email"), None);
    let phone = claims(&service, &person, "openid phone").await;
    assert_eq!(phone["phone_number"], "+819012345678");
    assert_eq!(phone["phone_number_verified"], false);
    let address = claims(&service, &person, "openid address").await;
    assert_eq!(address["address"]["region"], "長野県");
    assert_eq!(address["address"]["locality"], "長野市");
    assert_eq!(address["address"]["country"], "JP");
}

#[tokio::test]
async fn single_claims_can_be_asked_for() {
    let (_provider, service, person) = stage().await;
    let wanted =
        json!({"userinfo": {"email": {"essential": true}}, "id_token": {"family_name": null}});
    let request = service.ask("openid").with("claims", wanted.to_string());
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    let claims = service.userinfo(&tokens.access_token).await.json();
    assert_eq!(claims["email"], "Hanako@example.jp");
    assert_eq!(claims.get("family_name"), None);
    let id_token = crate::support::relying_party::jwt_part(&tokens.id_token, 1);
    assert_eq!(id_token["family_name"], "山田");
}

#[tokio::test]
async fn the_claims_parameter_is_no_way_round_the_registration() {
    let provider = Provider::start().await;
    provider
        .register("narrow", json!({"scope": "openid profile"}))
        .await;
    let narrow = provider.party("narrow").await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let wanted =
        json!({"userinfo": {"email": null, "phone_number": {"essential": true}, "address": null}});
    let request = narrow.ask("openid").with("claims", wanted.to_string());
    let tokens = steps::tokens(&mut Phone::new(), &narrow, request, &person).await;
    let claims = narrow.userinfo(&tokens.access_token).await.json();
    for claim in ["email", "phone_number", "address"] {
        assert_eq!(claims.get(claim), None, "{claim}");
    }
}

#[tokio::test]
async fn the_token_may_come_in_the_header_or_in_a_posted_form_but_not_in_both() {
    let (_provider, service, person) = stage().await;
    let token = steps::tokens(&mut Phone::new(), &service, service.ask("openid"), &person)
        .await
        .access_token;
    let bearer = format!("Bearer {token}");
    assert_eq!(with_header(&service, &bearer).await.status, 200);
    assert_eq!(
        with_header(&service, &format!("bearer {token}"))
            .await
            .status,
        200
    );
    let posted = service
        .post_as(
            "userinfo_endpoint",
            HeaderMap::new(),
            &[("access_token", &token)],
        )
        .await;
    assert_eq!(posted.status, 200);
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, bearer.parse().unwrap());
    let both = service
        .post_as("userinfo_endpoint", headers, &[("access_token", &token)])
        .await;
    // RFC 6750 §2
    assert_eq!(both.status, 400);
    let address = format!(
        "{}?access_token={token}",
        service.endpoint("userinfo_endpoint")
    );
    let in_url = service
        .send(Method::GET, &address, HeaderMap::new(), None)
        .await;
    assert_eq!(in_url.status, 401, "a token in a URL ends in logs");
}

#[tokio::test]
async fn a_request_without_a_token_learns_no_error_code() {
    let (_provider, service, _person) = stage().await;
    let reply = service
        .send(
            Method::GET,
            &service.endpoint("userinfo_endpoint"),
            HeaderMap::new(),
            None,
        )
        .await;
    assert_eq!(reply.status, 401);
    let challenge = reply.header("www-authenticate");
    // RFC 6750 §3.1
    assert!(
        challenge.starts_with("Bearer") && !challenge.contains("error"),
        "{challenge}"
    );
}

#[tokio::test]
async fn what_is_no_access_token_of_ours_is_refused() {
    let (provider, service, person) = stage().await;
    let request = service.ask("openid offline_access");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    let (head, signature) = tokens.access_token.rsplit_once('.').unwrap();
    let mut flipped: Vec<char> = signature.chars().collect();
    flipped[10] = if flipped[10] == 'A' { 'B' } else { 'A' };
    let flipped: String = flipped.into_iter().collect();
    for (what, token) in [
        ("an ID token", tokens.id_token.clone()),
        ("a refresh token", tokens.refresh_token.clone().unwrap()),
        ("a changed signature", format!("{head}.{flipped}")),
        ("no signature", format!("{head}.")),
        ("text", "token".to_owned()),
    ] {
        let reply = service.userinfo(&token).await;
        assert_eq!(reply.status, 401, "{what}");
        assert!(
            reply
                .header("www-authenticate")
                .contains("error=\"invalid_token\""),
            "{what}"
        );
    }
    let lexus = provider.party_at("lexus", "service").await;
    assert_eq!(
        lexus.userinfo(&tokens.access_token).await.status,
        401,
        "the other issuer's"
    );
    provider.advance(Duration::from_secs(601));
    assert_eq!(
        service.userinfo(&tokens.access_token).await.status,
        401,
        "expired"
    );
}

#[tokio::test]
async fn a_header_that_is_no_bearer_is_refused() {
    let (_provider, service, _person) = stage().await;
    for value in [
        "Bearer",
        "Bearer ",
        "Basic eDp5",
        "Bearer a b",
        "Bearer ,",
        "DPoP x",
    ] {
        let status = with_header(&service, value).await.status.as_u16();
        assert!(matches!(status, 400 | 401), "{value}: {status}");
    }
}

#[tokio::test]
async fn the_answer_is_not_cached_and_may_be_read_by_other_origins() {
    let (_provider, service, person) = stage().await;
    let token = steps::tokens(&mut Phone::new(), &service, service.ask("openid"), &person)
        .await
        .access_token;
    let mut headers = HeaderMap::new();
    headers.insert(
        header::AUTHORIZATION,
        format!("Bearer {token}").parse().unwrap(),
    );
    headers.insert(header::ORIGIN, "https://spa.example".parse().unwrap());
    let reply = service
        .send(
            Method::GET,
            &service.endpoint("userinfo_endpoint"),
            headers,
            None,
        )
        .await;
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("access-control-allow-origin"), "*");
}
