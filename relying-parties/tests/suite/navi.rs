//! The screen in a car: a code and its QR, the waiting, and who is signed in.

use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::browser::Browser;
use crate::fake_provider::{FakeProvider, Mischief, PERSON};

async fn waiting() -> (FakeProvider, Browser) {
    let provider = FakeProvider::start().await;
    let mut screen = Browser::at(provider.party("navi"));
    let page = screen.get("/").await;
    assert_eq!(page.screen(), "navi-start");
    assert_eq!(screen.post("/begin").await.location().path(), "/");
    (provider, screen)
}

#[tokio::test]
async fn the_screen_shows_the_code_the_address_and_both_as_a_picture() {
    let (provider, mut screen) = waiting().await;
    let page = screen.get("/").await;
    assert_eq!(page.screen(), "navi-code");
    assert_eq!(page.texts(".user-code"), ["WDJB-MJHT"]);
    assert_eq!(
        page.texts(".verification-uri"),
        [format!("{}/device", provider.issuer)]
    );
    assert!(page.body.contains("http-equiv=\"refresh\" content=\"1\""));
    let picture = screen.get("/qr.svg").await;
    assert_eq!(picture.headers["content-type"], "image/svg+xml");
    assert!(picture.body.contains("<svg"));
}

#[tokio::test]
async fn the_screen_asks_until_its_person_has_decided_and_then_no_more() {
    let (provider, mut screen) = waiting().await;
    for polls in 1..=3 {
        assert_eq!(screen.get("/").await.screen(), "navi-code");
        assert_eq!(provider.polls(), polls);
    }
    provider.answer_device("approved");
    for _ in 0..2 {
        let page = screen.get("/").await;
        assert_eq!(page.screen(), "navi-person");
        assert_eq!(page.texts(".person strong"), [PERSON]);
        assert!(!page.body.contains("http-equiv"));
    }
    assert_eq!(provider.polls(), 4);
}

#[tokio::test]
async fn who_is_signed_in_is_brought_up_to_date_and_signed_out() {
    let (provider, mut screen) = waiting().await;
    provider.answer_device("approved");
    screen.get("/").await;
    provider.set_userinfo(json!({"sub": "248289761001", "name": "豊田 太郎"}));
    for _ in 0..2 {
        assert_eq!(screen.post("/refresh").await.location().path(), "/");
    }
    assert_eq!(screen.get("/").await.texts(".person strong"), ["豊田 太郎"]);
    screen.post("/logout").await;
    assert_eq!(screen.get("/").await.screen(), "navi-start");
}

#[tokio::test]
async fn whoever_took_the_permission_back_is_signed_out_at_the_next_refresh() {
    let (provider, mut screen) = waiting().await;
    provider.answer_device("approved");
    screen.get("/").await;
    provider.misbehave(Mischief::RefusesRefreshTokens);
    screen.post("/refresh").await;
    let page = screen.get("/").await;
    assert_eq!(
        (page.screen(), page.error()),
        ("navi-ended".to_owned(), "over".to_owned())
    );
}

#[tokio::test]
async fn what_came_to_nothing_is_told_and_can_be_begun_again() {
    for (answer, why) in [
        ("access_denied", "denied"),
        ("expired_token", "expired"),
        ("invalid_grant", "failed"),
    ] {
        let (provider, mut screen) = waiting().await;
        provider.answer_device(answer);
        for _ in 0..2 {
            let page = screen.get("/").await;
            assert_eq!(page.screen(), "navi-ended");
            assert_eq!(page.error(), why);
        }
        assert_eq!(provider.polls(), 1);
        screen.post("/begin").await;
        assert_eq!(screen.get("/").await.screen(), "navi-code");
    }
}

#[tokio::test]
async fn a_screen_told_to_slow_down_asks_less_often() {
    let (provider, mut screen) = waiting().await;
    provider.answer_device("slow_down");
    for _ in 0..3 {
        let page = screen.get("/").await;
        assert_eq!(page.screen(), "navi-code");
        assert!(page.body.contains("content=\"5\""));
    }
    assert_eq!(provider.polls(), 1);
}

#[tokio::test]
async fn tokens_that_prove_nothing_sign_nobody_in() {
    for mischief in [
        Mischief::WrongIssuer,
        Mischief::WrongAudience,
        Mischief::ForgedSignature,
        Mischief::WrongAccessTokenHash,
        Mischief::NoIdToken,
        Mischief::AnotherPersonsUserinfo,
    ] {
        let (provider, mut screen) = waiting().await;
        provider.misbehave(mischief);
        provider.answer_device("approved");
        let page = screen.get("/").await;
        assert_eq!(
            (page.screen(), page.error()),
            ("navi-ended".to_owned(), "failed".to_owned()),
            "{mischief:?}"
        );
    }
}

#[tokio::test]
async fn every_screen_is_its_own_and_no_other_site_can_touch_it() {
    let (provider, mut screen) = waiting().await;
    provider.answer_device("approved");
    screen.get("/").await;
    let mut other = screen.another();
    assert_eq!(other.get("/").await.screen(), "navi-start");
    assert_eq!(other.get("/qr.svg").await.status, StatusCode::NOT_FOUND);
    for path in ["/begin", "/refresh", "/logout"] {
        let request = Request::post(path).header("sec-fetch-site", "cross-site");
        assert_eq!(screen.send(request).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(screen.get("/").await.screen(), "navi-person");
}
