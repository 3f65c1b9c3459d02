//! `/par` (RFC 9126): the request is checked and stored; its `request_uri` is valid for its
//! client, for a short time, until the client gets its response.

use std::time::Duration;

use common_id::ephemeral::Key;
use reqwest::header::HeaderMap;
use serde_json::json;

use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, basic, pairs};
use crate::support::steps;

#[tokio::test]
async fn a_pushed_request_is_answered_as_a_plain_one() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let request = service.ask("openid email");
    let reply = service.push_raw(&request).await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(reply.json()["expires_in"].as_u64().unwrap() <= 600);
    let request_uri = reply.text("request_uri");
    assert!(request_uri.starts_with("urn:ietf:params:oauth:request_uri:"));
    let landed = phone.open(service.url_of(&request_uri)).await;
    let url = steps::log_in(&mut phone, landed, &person.email)
        .await
        .away();
    service.exchange(&url, &request).await;
}

#[tokio::test]
async fn the_name_of_a_pushed_request_is_good_for_one_answer() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let request = service.ask("openid");
    let url = service.push(&request).await;
    let landed = phone.open(&url).await;
    steps::log_in(&mut phone, landed, &person.email)
        .await
        .away();
    let page = phone.fetch(&url).await;
    assert_eq!(page.redirect(), None);
    assert_eq!(
        (page.status.as_u16(), page.screen().as_str()),
        (400, "error")
    );
    assert_eq!(page.errors(), ["invalid_request_uri"]);
}

#[tokio::test]
async fn a_reload_of_a_pushed_request_is_no_second_use() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let url = service.push(&service.ask("openid")).await;
    let mut phone = Phone::new();
    phone.open(&url).await.screen("login");
    phone.open(&url).await.screen("login");
}

#[tokio::test]
async fn a_pushed_request_waits_for_a_short_time_only() {
    let provider = Provider::start_with(|config| {
        config.ephemeral.url = "memory:".to_owned().into();
    })
    .await;
    let service = provider.service().await;
    let url = service.push(&service.ask("openid")).await;
    provider.advance(Duration::from_secs(601));
    let page = Phone::new().fetch(&url).await;
    assert_eq!((page.status.as_u16(), page.redirect()), (400, None));
}

#[tokio::test]
async fn another_client_cannot_use_it() {
    let provider = Provider::start().await;
    let (service, app) = (provider.service().await, provider.native_app().await);
    let request_uri = service
        .push_raw(&service.ask("openid"))
        .await
        .text("request_uri");
    let page = Phone::new().fetch(app.url_of(&request_uri)).await;
    assert_eq!((page.status.as_u16(), page.redirect()), (400, None));
    assert_eq!(page.errors(), ["invalid_request_uri"]);
    let unknown = service.url_of("urn:ietf:params:oauth:request_uri:never-pushed");
    assert_eq!(
        Phone::new().fetch(unknown).await.errors(),
        ["invalid_request_uri"]
    );
}

#[tokio::test]
async fn what_is_in_the_url_beside_it_counts_for_nothing() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid");
    let mut url = service.push(&request).await;
    url.query_pairs_mut()
        .append_pair("scope", "openid email phone")
        .append_pair("state", "forged")
        .append_pair("prompt", "none");
    let mut phone = Phone::new();
    let landed = phone.open(&url).await;
    let answer = steps::log_in(&mut phone, landed, &person.email)
        .await
        .away();
    service.exchange(&answer, &request).await;
}

#[tokio::test]
async fn what_would_be_refused_later_is_refused_at_once() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let ask = || service.ask("openid");
    for (what, request, error) in [
        (
            "another site",
            ask().with("redirect_uri", "https://evil.example/"),
            "invalid_request",
        ),
        (
            "no redirect URI",
            ask().without("redirect_uri"),
            "invalid_request",
        ),
        (
            "no response type",
            ask().without("response_type"),
            "invalid_request",
        ),
        (
            "token",
            ask().with("response_type", "token"),
            "unsupported_response_type",
        ),
        ("no scope", ask().without("scope"), "invalid_scope"),
        (
            "a request_uri",
            ask().with("request_uri", "urn:x"),
            "invalid_request",
        ),
        (
            "a request object",
            ask().with("request", "e30.e30."),
            "invalid_request_object",
        ),
        (
            "plain PKCE",
            ask().with("code_challenge_method", "plain"),
            "invalid_request",
        ),
        (
            "another client",
            ask().with("client_id", "another"),
            "invalid_request",
        ),
        (
            "bad details",
            ask().with("authorization_details", "[{}]"),
            "invalid_authorization_details",
        ),
        (
            "prefill by a client that may not",
            ask().with("prefill", "{}"),
            "unauthorized_client",
        ),
    ] {
        let reply = service.push_raw(&request).await;
        let refused = reply.refused();
        assert_eq!(refused.1, error, "{what}");
        assert!(matches!(refused.0, 400 | 401), "{what}: {}", refused.0);
    }
}

#[tokio::test]
async fn the_client_must_prove_itself() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let request = service.ask("openid");
    let reply = service
        .post_as(
            "pushed_authorization_request_endpoint",
            HeaderMap::new(),
            &pairs(&request.parameters),
        )
        .await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn a_client_that_must_push_cannot_do_without() {
    let provider = Provider::start().await;
    provider
        .register(
            "pusher",
            json!({"require_pushed_authorization_requests": true}),
        )
        .await;
    let pusher = provider.party("pusher").await;
    let request = pusher.ask("openid");
    let url = Phone::new().open(pusher.url(&request)).await.away();
    assert_eq!(pusher.error_of(&url, &request), "invalid_request");
    Phone::new()
        .open(pusher.push(&request).await)
        .await
        .screen("login");
}

#[tokio::test]
async fn prefill_is_a_suggestion_and_is_in_no_url() {
    let provider = Provider::start().await;
    provider.register("tos", json!({"may_prefill": true})).await;
    let tos = provider.party("tos").await;
    let prefill = json!({"email": "mytoYota.20180626@example.jp", "family_name": "豊田", "phone_number": "090-1234-5678"});
    let request = tos
        .ask("openid")
        .with("prompt", "create")
        .with("prefill", prefill.to_string());
    let mut phone = Phone::new();
    let landed = phone.open(tos.push(&request).await).await;
    let page = steps::agree_to_terms(&mut phone, landed).await;
    assert_eq!(
        page.value("email").as_deref(),
        Some("mytoYota.20180626@example.jp")
    );
    assert!(!page.url.as_str().contains("toyota.2018") && !page.url.as_str().contains("mytoYota"));
    let code = steps::send_code(&mut phone, &page, "changed@example.jp").await;
    let details = steps::enter_code(&mut phone, &provider, &code, "changed@example.jp").await;
    let details = details.screen("registration-details");
    assert_eq!(details.value("family_name").as_deref(), Some("豊田"));
}

#[tokio::test]
async fn only_parameters_that_mean_something_are_kept() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let padded = service.ask("openid").with("padding", "x".repeat(60_000));
    let reply = service.push_raw(&padded).await;
    assert_eq!(reply.status, 201);
    let request_uri = reply.text("request_uri");
    let reference = request_uri.rsplit(':').next().unwrap();
    let kept = provider
        .app
        .ephemeral
        .get(Key::PushedRequest(reference))
        .await;
    let kept = kept.unwrap().unwrap();
    assert!(kept.len() < 1_000, "{} bytes are kept", kept.len());
    let landed = Phone::new().open(service.url_of(&request_uri)).await;
    landed.screen("login");
}

/// Pushes until a request is refused; returns how many were accepted.
async fn push_all(party: &RelyingParty, address: &str) -> usize {
    for accepted in 0..500 {
        let request = party.ask("openid").with("state", "x".repeat(900));
        let form = pairs(&request.parameters);
        let mut headers = HeaderMap::new();
        if let Some(secret) = &party.secret {
            let proof = basic(&party.client_id, secret);
            headers.insert("authorization", proof.parse().unwrap());
        }
        headers.insert("x-forwarded-for", address.parse().unwrap());
        let endpoint = "pushed_authorization_request_endpoint";
        let reply = party.post_as(endpoint, headers, &form).await;
        if reply.status != 201 {
            assert_eq!(reply.refused(), (503, "temporarily_unavailable".to_owned()));
            return accepted;
        }
    }
    500
}

#[tokio::test]
async fn what_is_pushed_is_limited_by_address_and_by_client() {
    let provider = Provider::start_with(|config| {
        config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        config.limits.kept_kib_per_ip_hour = 64;
        config.limits.kept_kib_per_client = 128;
    })
    .await;
    let app = provider.native_app().await;
    // Each is a little larger than one KiB.
    assert_eq!(push_all(&app, "198.51.100.1").await, 32);
    assert_eq!(push_all(&app, "198.51.100.2").await, 32, "of each address");
    let service = provider.service().await;
    assert_eq!(push_all(&service, "198.51.100.1").await, 64);
    assert_eq!(push_all(&service, "198.51.100.3").await, 0, "of one client");
    let partner = provider.partner().await;
    assert!(push_all(&partner, "198.51.100.3").await > 0);
    // What people begin from an address counts too, unless they are logged in.
    let request = partner.ask("openid").with("prompt", "create");
    for (address, goes_on) in [("198.51.100.1", false), ("198.51.100.9", true)] {
        let mut phone = Phone::behind_proxy(address);
        let page = phone.open(partner.url(&request)).await.screen("terms");
        let page = phone
            .press(&page, "next", &[("terms", "agree")])
            .await
            .page();
        assert_eq!(page.screen() == "registration-email", goes_on);
        assert_eq!(page.status.as_u16(), if goes_on { 200 } else { 429 });
    }
}
