//! Logins, and everything that must not result in a login.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::json;

use crate::browser::Browser;
use crate::fake_provider::{FakeProvider, Mischief, PERSON};

#[tokio::test]
async fn a_person_who_logs_in_sees_their_name_and_service_history() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    let back = browser.log_in(&provider).await;
    assert_eq!(back.location().path(), "/");
    let page = browser.get("/").await;
    assert_eq!(page.texts(".person strong"), [PERSON]);
    assert_eq!(page.texts(".linked strong"), ["長野トヨタ自動車株式会社"]);
    assert!(page.texts(".records > li").len() >= 2);
}

#[tokio::test]
async fn my_toyota_shows_the_dealers_that_the_token_response_names() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("mytoyota"));
    browser.log_in(&provider).await;
    let page = browser.get("/").await;
    assert_eq!(page.texts(".dealers h2"), ["長野トヨタ自動車株式会社"]);
}

#[tokio::test]
async fn the_request_asks_for_exactly_what_the_party_is_registered_for() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    let request = browser.get("/login?lang=en").await.location();
    let sent: BTreeMap<String, String> = request.query_pairs().into_owned().collect();
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["client_id"], "maintenance");
    assert_eq!(sent["scope"], "openid profile email");
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(sent["ui_locales"], "en");
    let details: serde_json::Value = serde_json::from_str(&sent["authorization_details"]).unwrap();
    assert_eq!(
        details,
        json!([{"type": "dealer_link", "identifier": "20100", "optional": true}])
    );
    assert!(sent.contains_key("nonce") && sent.contains_key("state"));
}

#[tokio::test]
async fn a_person_without_a_name_is_called_by_their_address() {
    let provider = FakeProvider::start().await;
    provider.set_userinfo(json!({"sub": "248289761001", "email": "hanako@example.jp"}));
    let mut browser = Browser::at(provider.party("maintenance"));
    browser.log_in(&provider).await;
    let page = browser.get("/").await;
    assert_eq!(page.texts(".person strong"), ["hanako@example.jp"]);
}

#[tokio::test]
async fn a_login_that_the_provider_does_not_prove_is_stopped() {
    for mischief in [
        Mischief::WrongNonce,
        Mischief::WrongIssuer,
        Mischief::WrongAudience,
        Mischief::Expired,
        Mischief::ForgedSignature,
        Mischief::WrongAccessTokenHash,
        Mischief::AnotherPersonsUserinfo,
        Mischief::NoIdToken,
    ] {
        let provider = FakeProvider::start().await;
        provider.misbehave(mischief);
        let mut browser = Browser::at(provider.party("maintenance"));
        let back = browser.log_in(&provider).await;
        assert_eq!(back.status, StatusCode::BAD_GATEWAY, "{mischief:?}");
        assert_eq!(back.error(), "login_untrusted", "{mischief:?}");
        assert_eq!(back.texts("a"), ["もう一度ログインする"]);
        let first = browser.get("/").await;
        assert_eq!(first.texts("a"), ["ログイン"], "{mischief:?}");
    }
}

#[tokio::test]
async fn a_code_that_the_provider_refuses_is_told_kindly() {
    let provider = FakeProvider::start().await;
    provider.misbehave(Mischief::RefusesCodes);
    let mut browser = Browser::at(provider.party("maintenance"));
    let back = browser.log_in(&provider).await;
    assert_eq!(back.error(), "login_refused");
}

#[tokio::test]
async fn a_person_who_declines_can_try_again() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("mytoyota"));
    let there = browser.get("/login").await.location();
    let back = browser.get(&provider.refuse(&there, "access_denied")).await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);
    assert_eq!(back.error(), "access_denied");
    assert_eq!(back.texts("a"), ["もう一度ログインする"]);
    browser.log_in(&provider).await;
    assert_eq!(browser.get("/").await.texts(".person strong"), [PERSON]);
}

#[tokio::test]
async fn a_response_with_another_state_is_no_login() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    let there = browser.get("/login").await.location();
    let back = provider.authorize(&there);
    let state = back.split("state=").nth(1).unwrap();
    let state = state.split('&').next().unwrap();
    let page = browser
        .get(&back.replace(&format!("state={state}"), "state=another"))
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(page.error(), "login_expired");
}

#[tokio::test]
async fn a_response_from_another_issuer_is_no_login_and_ends_this_one() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    let there = browser.get("/login").await.location();
    let back = provider.authorize(&there);
    let iss = back.split("iss=").nth(1).unwrap();
    let forged = back.replace(iss, "http%3A%2F%2Fevil.localhost");
    assert_eq!(browser.get(&forged).await.error(), "login_untrusted");
    assert_eq!(browser.get(&back).await.error(), "login_expired");
}

#[tokio::test]
async fn a_response_for_one_browser_is_worth_nothing_in_another() {
    let provider = FakeProvider::start().await;
    let mut attacker = Browser::at(provider.party("maintenance"));
    let mut victim = attacker.another();
    let there = attacker.get("/login").await.location();
    let back = provider.authorize(&there);
    assert_eq!(victim.get(&back).await.error(), "login_expired");
    victim.get("/login").await;
    assert_eq!(victim.get(&back).await.error(), "login_expired");
    assert_eq!(victim.get("/").await.texts("a"), ["ログイン"]);
}

#[tokio::test]
async fn a_callback_opened_twice_logs_in_once_and_then_goes_home() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    let there = browser.get("/login").await.location();
    let back = provider.authorize(&there);
    assert_eq!(browser.get(&back).await.location().path(), "/");
    let session = browser.cookies["session"].clone();
    assert_eq!(browser.get(&back).await.location().path(), "/");
    assert_eq!(browser.cookies["session"], session);
}

#[tokio::test]
async fn two_tabs_can_log_in_at_once() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    let first = browser.get("/login").await.location();
    let second = browser.get("/login").await.location();
    for there in [second, first] {
        let back = provider.authorize(&there);
        assert_eq!(browser.get(&back).await.location().path(), "/");
    }
}

#[tokio::test]
async fn every_login_gives_a_new_session_and_ends_the_one_before() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    browser.log_in(&provider).await;
    let before = browser.cookies["session"].clone();
    browser.log_in(&provider).await;
    assert_ne!(browser.cookies["session"], before);
    browser.cookies.insert("session".to_owned(), before);
    assert_eq!(browser.get("/").await.texts("a"), ["ログイン"]);
}

#[tokio::test]
async fn a_key_unknown_until_now_is_asked_for_without_discovery() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    browser.log_in(&provider).await;
    provider.rotate_key();
    let back = browser.log_in(&provider).await;
    assert_eq!(back.location().path(), "/");
    assert_eq!(provider.discoveries(), 1);
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_kindly_and_asked_again_later() {
    let provider = FakeProvider::start().await;
    let mut config = provider.party("maintenance");
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = unused.local_addr().unwrap().port();
    drop(unused);
    config.issuer = format!("http://id.toyota.localhost:{port}");
    let mut browser = Browser::at(config);
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    let page = browser.get("/login").await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert_eq!(page.error(), "provider_unreachable");
}
