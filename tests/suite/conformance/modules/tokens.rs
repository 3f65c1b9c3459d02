//! Codes that are used twice, other client authentication, and refreshed tokens.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::json;

use crate::conformance::run::Run;
use crate::support::provider::{CALLBACK, SECRET};

async fn code_reuse(mut run: Run<'_>, wait: Duration) {
    let request = run.ask("openid");
    let outcome = run.go(&request).await;
    for token in &outcome.access_tokens {
        assert_eq!(run.party.userinfo(token).await.status, 200);
    }
    run.provider().advance(wait);
    let again = run.exchange(&outcome.parameters["code"], &request).await;
    assert_eq!(again.refused(), (400, "invalid_grant".to_owned()));
    assert_eq!(again.header("content-type"), "application/json");
    // The tokens of the authorization endpoint, too.
    for token in &outcome.access_tokens {
        assert_eq!(run.party.userinfo(token).await.status, 401);
    }
}

pub(crate) async fn codereuse(run: Run<'_>) {
    code_reuse(run, Duration::ZERO).await;
}

pub(crate) async fn codereuse_30seconds(run: Run<'_>) {
    code_reuse(run, Duration::from_secs(30)).await;
}

pub(crate) async fn server_client_secret_post(mut run: Run<'_>) {
    let method = json!({"token_endpoint_auth_method": "client_secret_post"});
    let party = run.stage.party("rp-post", run.response_type, method).await;
    let id = party.client_id.clone();
    run.party = party;
    let request = run.ask("openid");
    let landed = run.phone.open(run.party.url(&request)).await;
    let landed = run.through_the_pages(landed).await;
    let answer = run.answer(landed, &request);
    let body = [
        ("grant_type", "authorization_code"),
        ("code", answer["code"].as_str()),
        ("redirect_uri", CALLBACK),
        ("client_id", id.as_str()),
        ("client_secret", SECRET),
    ];
    let endpoint = "token_endpoint";
    let reply = run.party.post_as(endpoint, HeaderMap::new(), &body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let methods = &run.party.metadata["token_endpoint_auth_methods_supported"];
    assert!(
        methods
            .as_array()
            .unwrap()
            .contains(&json!("client_secret_post"))
    );
}

pub(crate) async fn refresh_token(mut run: Run<'_>) {
    let other = run.stage.party("rp-2", run.response_type, json!({})).await;
    let request = run
        .ask("openid offline_access")
        .with("prompt", "consent")
        .with("nonce", "n".repeat(43));
    let first = run.go(&request).await;
    let refresh_token = first.refresh_token();
    assert!(refresh_token.len() >= 43);
    let stolen = other.refresh(&refresh_token).await;
    assert_eq!(stolen.refused(), (400, "invalid_grant".to_owned()));
    run.provider().advance(Duration::from_secs(1));
    let reply = run.party.refresh(&refresh_token).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("cache-control"), "no-store");
    let access_token = reply.text("access_token");
    assert!(!first.access_tokens.contains(&access_token));
    assert_eq!(run.party.userinfo(&access_token).await.status, 200);
    let claims = run.party.verified_id_token(&reply.text("id_token"), None);
    for claim in ["iss", "sub", "aud", "auth_time", "azp"] {
        assert_eq!(claims.get(claim), first.id_token.get(claim), "{claim}");
    }
}
