//! The ways to send an access token to the UserInfo endpoint.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap};

use crate::conformance::run::{Outcome, Run};
use crate::support::relying_party::Reply;

async fn asked(mut run: Run<'_>, method: Method) {
    let outcome = run.go(&run.ask("openid email")).await;
    for token in &outcome.access_tokens {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        let url = run.party.endpoint("userinfo_endpoint");
        let reply = run.party.send(method.clone(), &url, headers, None).await;
        check(&reply, &outcome);
    }
    assert!(!outcome.access_tokens.is_empty());
}

fn check(reply: &Reply, outcome: &Outcome) {
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.text("email"), "hanako@example.jp");
    if !outcome.id_token.is_null() {
        assert_eq!(reply.json()["sub"], outcome.id_token["sub"]);
    }
}

pub(crate) async fn userinfo_get(run: Run<'_>) {
    asked(run, Method::GET).await;
}

pub(crate) async fn userinfo_post_header(run: Run<'_>) {
    asked(run, Method::POST).await;
}

pub(crate) async fn userinfo_post_body(mut run: Run<'_>) {
    let outcome = run.go(&run.ask("openid email")).await;
    for token in &outcome.access_tokens {
        let body = [("access_token", token.as_str())];
        let endpoint = "userinfo_endpoint";
        let reply = run.party.post_as(endpoint, HeaderMap::new(), &body).await;
        check(&reply, &outcome);
    }
}
