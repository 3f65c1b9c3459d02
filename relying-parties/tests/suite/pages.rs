//! What holds for every page: one way to go on, both languages, no scripts, and text that
//! is escaped.

use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::browser::Browser;
use crate::fake_provider::FakeProvider;

#[tokio::test]
async fn the_first_page_has_one_link_in_the_readers_language() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    for (language, words) in [("ja", "ログイン"), ("en-US,ja;q=0.5", "Log in")] {
        let request = Request::get("/").header("accept-language", language);
        assert_eq!(browser.send(request).await.texts("a, button"), [words]);
    }
}

#[tokio::test]
async fn a_language_once_asked_for_is_remembered() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("mytoyota"));
    assert_eq!(browser.get("/?lang=en").await.texts("a"), ["Log in"]);
    assert_eq!(browser.get("/").await.texts("a"), ["Log in"]);
    browser.log_in(&provider).await;
    let page = browser.get("/").await;
    assert_eq!(page.texts("button"), ["Log out"]);
    assert_eq!(page.texts(".dealers h2"), ["Nagano Toyota Motor Co., Ltd."]);
}

#[tokio::test]
async fn a_name_with_markup_stays_a_name() {
    let provider = FakeProvider::start().await;
    let name = "<script>alert('x')</script>\"&";
    provider.set_userinfo(json!({"sub": "248289761001", "name": name}));
    let mut browser = Browser::at(provider.party("maintenance"));
    browser.log_in(&provider).await;
    let page = browser.get("/").await;
    assert!(page.texts("script").is_empty());
    assert_eq!(page.texts(".person strong"), [name]);
}

#[tokio::test]
async fn every_answer_carries_the_policy_and_pages_are_not_kept() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    for path in ["/", "/login", "/callback", "/nowhere", "/style.css"] {
        let page = browser.get(path).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'"));
        assert!(policy.contains(&format!("form-action 'self' {};", provider.issuer)));
        let kept = page.headers["cache-control"].to_str().unwrap();
        assert_eq!(kept == "no-store", path != "/style.css", "{path}");
    }
}

#[tokio::test]
async fn an_unknown_address_has_a_page_of_its_own() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    let page = browser.get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.texts("a"), ["トップページへ"]);
}

#[tokio::test]
async fn over_tls_cookies_are_bound_to_the_host() {
    let provider = FakeProvider::start().await;
    let mut config = provider.party("maintenance");
    config.base_url = "https://maintenance.example".to_owned();
    let mut browser = Browser::at(config);
    browser.log_in(&provider).await;
    let names: Vec<_> = browser.cookies.keys().map(String::as_str).collect();
    assert_eq!(names, ["__Host-login", "__Host-session"]);
}
