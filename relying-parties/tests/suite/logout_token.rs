//! Back-Channel Logout 1.0 §2.6: a verified logout token ends sessions here, and nothing
//! else does.

use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::fake_provider::{FakeProvider, PERSON, SID, now};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A person who is signed in at the maintenance log.
struct Stage {
    provider: FakeProvider,
    browser: Browser,
}

impl Stage {
    async fn new() -> Self {
        let provider = FakeProvider::start().await;
        let mut browser = Browser::at(provider.party("maintenance"));
        browser.log_in(&provider).await;
        Self { provider, browser }
    }

    /// Returns a valid token's claims with `changes`; `null` removes one.
    fn claims(&self, changes: &Value) -> Value {
        let mut claims = json!({
            "iss": self.provider.issuer,
            "aud": "maintenance",
            "iat": now(),
            "exp": now() + 120,
            "jti": "one",
            "sub": "248289761001",
            "sid": SID,
            "events": {EVENT: {}},
        });
        let members = claims.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        claims
    }

    async fn told(&self, changes: &Value) -> Page {
        let token = self.provider.signed("logout+jwt", &self.claims(changes));
        self.send(&token).await
    }

    /// Sends a token without the person's cookies, as the provider's server does.
    async fn send(&self, token: &str) -> Page {
        let body = format!("logout_token={token}");
        let request = Request::post("/backchannel-logout")
            .header("content-type", "application/x-www-form-urlencoded");
        self.browser.another().send_with(request, body).await
    }

    async fn is_signed_in(&mut self) -> bool {
        self.browser.get("/").await.texts(".person strong") == [PERSON]
    }
}

#[tokio::test]
async fn a_logout_signs_the_person_out_without_their_browser() {
    let mut stage = Stage::new().await;
    let mut other = stage.browser.another();
    other.log_in(&stage.provider).await;
    assert!(stage.is_signed_in().await);
    let answer = stage.told(&json!({})).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(!stage.is_signed_in().await);
    // The same login in another browser of the person ends, too.
    assert_eq!(other.get("/").await.texts("a"), ["ログイン"]);
}

#[tokio::test]
async fn a_person_or_a_login_alone_is_enough() {
    for changes in [json!({"sid": null}), json!({"sub": null})] {
        let mut stage = Stage::new().await;
        assert_eq!(stage.told(&changes).await.status, StatusCode::OK);
        assert!(!stage.is_signed_in().await, "{changes}");
    }
}

#[tokio::test]
async fn another_login_or_another_person_stays() {
    for changes in [json!({"sid": "another"}), json!({"sub": "another"})] {
        let mut stage = Stage::new().await;
        assert_eq!(stage.told(&changes).await.status, StatusCode::OK);
        assert!(stage.is_signed_in().await, "{changes}");
    }
}

#[tokio::test]
async fn what_is_no_lawful_logout_token_is_refused() {
    let mut stage = Stage::new().await;
    for changes in [
        json!({"iss": "http://evil.localhost"}),
        json!({"aud": "mytoyota"}),
        json!({"exp": now() - 600}),
        json!({"iat": now() + 600}),
        json!({"exp": null}),
        json!({"jti": null}),
        json!({"events": null}),
        json!({"events": {"http://schemas.openid.net/event/other": {}}}),
        json!({"events": {EVENT: "yes"}}),
        json!({"sub": null, "sid": null}),
        json!({"nonce": "n"}),
    ] {
        let answer = stage.told(&changes).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{changes}");
        assert!(answer.body.contains("invalid_request"), "{}", answer.body);
        assert!(stage.is_signed_in().await, "{changes}");
    }
    // An ID token is not a logout token, and a wrong signature is refused.
    let claims = stage.claims(&json!({}));
    let signed = |kind| stage.provider.signed(kind, &claims);
    let (head, _) = signed("logout+jwt")
        .rsplit_once('.')
        .map(|(head, tail)| (head.to_owned(), tail.to_owned()))
        .unwrap();
    for token in [
        signed("JWT"),
        signed("secevent+jwt"),
        format!("{head}.AAAA"),
        "x".to_owned(),
    ] {
        let answer = stage.send(&token).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    assert!(stage.is_signed_in().await);
}

#[tokio::test]
async fn one_token_ends_no_login_that_began_after_it() {
    let mut stage = Stage::new().await;
    let only_person = json!({"sid": null});
    assert_eq!(stage.told(&only_person).await.status, StatusCode::OK);
    stage.browser.log_in(&stage.provider).await;
    assert_eq!(stage.told(&only_person).await.status, StatusCode::OK);
    assert!(stage.is_signed_in().await, "told again by whoever saw it");
}
