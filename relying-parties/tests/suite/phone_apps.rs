//! The phone apps: public clients that stay up to date by refresh tokens, at either brand's
//! issuer.

use axum::http::{Request, StatusCode};
use relying_parties::{OtherIssuer, Text};
use serde_json::json;

use crate::browser::Browser;
use crate::fake_provider::{FakeProvider, Mischief, PERSON};

fn person(phone: &str) -> serde_json::Value {
    json!({"sub": "248289761001", "name": PERSON, "phone_number": phone})
}

#[tokio::test]
async fn a_public_client_logs_in_by_pkce_alone_and_shows_the_number() {
    let provider = FakeProvider::start().await;
    provider.set_userinfo(person("+819012345678"));
    for party in ["my-route", "toyota-share"] {
        let mut browser = Browser::at(provider.party(party));
        browser.log_in(&provider).await;
        let page = browser.get("/").await;
        assert_eq!(page.texts(".person strong"), [PERSON]);
        assert_eq!(page.texts(".phone"), ["090-1234-5678"]);
        assert!(!page.texts(".offers h2").is_empty());
    }
}

#[tokio::test]
async fn a_refresh_shows_what_changed_as_often_as_it_is_asked_for() {
    let provider = FakeProvider::start().await;
    provider.set_userinfo(person("+819012345678"));
    let mut browser = Browser::at(provider.party("toyota-share"));
    browser.log_in(&provider).await;
    for number in ["070-1111-2222", "080-3333-4444"] {
        provider.set_userinfo(person(&format!("+81{}", number[1..].replace('-', ""))));
        assert_eq!(browser.post("/refresh").await.location().path(), "/");
        assert_eq!(browser.get("/").await.texts(".phone"), [number]);
    }
}

#[tokio::test]
async fn whoever_took_the_permission_back_is_signed_out_at_the_next_refresh() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("my-route"));
    browser.log_in(&provider).await;
    provider.misbehave(Mischief::RefusesRefreshTokens);
    let page = browser.post("/refresh").await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert_eq!(page.error(), "login_refused");
    assert_eq!(browser.get("/").await.texts("a"), ["ログイン"]);
}

#[tokio::test]
async fn a_refresh_that_speaks_of_another_person_is_not_believed() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("my-route"));
    browser.log_in(&provider).await;
    provider.misbehave(Mischief::RefreshesAnotherPerson);
    assert_eq!(browser.post("/refresh").await.error(), "login_untrusted");
    assert_eq!(browser.get("/").await.texts(".person strong"), [PERSON]);
}

#[tokio::test]
async fn another_site_can_refresh_nothing() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("my-route"));
    browser.log_in(&provider).await;
    let request = Request::post("/refresh").header("sec-fetch-site", "cross-site");
    assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        browser.another().post("/refresh").await.location().path(),
        "/"
    );
}

#[tokio::test]
async fn people_of_the_other_brand_log_in_at_their_own_issuer() {
    let (provider, lexus) = (FakeProvider::start().await, FakeProvider::start().await);
    let mut config = provider.party("my-route");
    config.other_issuer = Some(OtherIssuer {
        log_in: Text {
            ja: "LEXUSでログイン",
            en: "Log in with LEXUS",
        },
        issuer: lexus.issuer.clone(),
    });
    let mut browser = Browser::at(config);
    assert_eq!(
        browser.get("/").await.texts("a"),
        ["ログイン", "LEXUSでログイン"]
    );
    let there = browser.get("/login?at=other").await.location();
    assert!(there.as_str().starts_with(&lexus.issuer));
    let back = lexus.authorize(&there);
    assert_eq!(browser.get(&back).await.location().path(), "/");
    assert_eq!(browser.post("/refresh").await.location().path(), "/");
    let onward = browser.post("/logout").await.location();
    assert!(onward.as_str().starts_with(&lexus.issuer), "{onward}");
}

#[tokio::test]
async fn an_answer_of_one_issuer_to_a_login_at_the_other_is_not_believed() {
    let (provider, lexus) = (FakeProvider::start().await, FakeProvider::start().await);
    let mut config = provider.party("my-route");
    config.other_issuer = Some(OtherIssuer {
        log_in: Text { ja: "L", en: "L" },
        issuer: lexus.issuer.clone(),
    });
    let mut browser = Browser::at(config);
    let there = browser.get("/login?at=other").await.location();
    // RFC 9700 §4.4, mix-up: the same state, but from the other issuer.
    let back = provider.authorize(&there);
    assert_eq!(browser.get(&back).await.error(), "login_untrusted");
}
