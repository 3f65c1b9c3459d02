//! Logging out, here and at the provider.

use std::collections::BTreeMap;

use axum::http::{Request, StatusCode};

use crate::browser::Browser;
use crate::fake_provider::{FakeProvider, PERSON};

#[tokio::test]
async fn logging_out_ends_the_session_here_and_goes_on_to_the_provider() {
    let provider = FakeProvider::start().await;
    let config = provider.party("maintenance");
    let comes_back_to = config.post_logout_redirect_uri();
    let mut browser = Browser::at(config);
    browser.log_in(&provider).await;
    let session = browser.cookies["session"].clone();
    let onward = browser.post("/logout").await.location();
    assert!(
        onward
            .as_str()
            .starts_with(&format!("{}/logout?", provider.issuer))
    );
    let sent: BTreeMap<String, String> = onward.query_pairs().into_owned().collect();
    assert_eq!(sent["post_logout_redirect_uri"], comes_back_to);
    assert_eq!(sent["client_id"], "maintenance");
    assert_eq!(sent["id_token_hint"].split('.').count(), 3);
    // Even a browser that kept the cookie is signed out.
    browser.cookies.insert("session".to_owned(), session);
    assert_eq!(browser.get("/").await.texts("a"), ["ログイン"]);
}

#[tokio::test]
async fn the_provider_sends_people_back_to_a_page_that_says_so() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    let page = browser.get("/logged-out").await;
    assert_eq!(page.texts(".notice"), ["ログアウトしました"]);
    assert_eq!(page.texts("a, button"), ["ログイン"]);
}

#[tokio::test]
async fn logging_out_without_a_session_asks_the_provider_nothing() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    let page = browser.post("/logout").await;
    assert_eq!(page.location().path(), "/logged-out");
    assert_eq!(provider.discoveries(), 0);
}

#[tokio::test]
async fn another_site_can_log_nobody_out() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("maintenance"));
    browser.log_in(&provider).await;
    for site in ["same-site", "cross-site"] {
        let request = Request::post("/logout").header("sec-fetch-site", site);
        assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN);
    }
    let by_link = browser.get("/logout").await;
    assert_eq!(by_link.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(browser.get("/").await.texts(".person strong"), [PERSON]);
}
