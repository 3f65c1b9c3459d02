//! The list of a person's sessions, and how the person ends them.

use std::time::Duration;

use crate::support::browser::{Form, Page, Phone};
use crate::support::provider::Provider;
use crate::support::steps::{self, Person};

const EMAIL: &str = "hanako@example.jp";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36";

async fn stage() -> (Provider, Person) {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    // The session of the registration has expired by then.
    provider.advance(Duration::from_secs(4 * 24 * 60 * 60));
    (provider, person)
}

/// Logs a phone in to one of a brand's account pages.
async fn log_in(provider: &Provider, mut phone: Phone, brand: &str) -> Phone {
    let account = format!("{}/account", provider.issuer_of(brand));
    let landed = phone.open(account).await;
    steps::log_in(&mut phone, landed, EMAIL)
        .await
        .screen("account");
    phone
}

async fn listed(provider: &Provider, phone: &mut Phone) -> Page {
    let landed = phone.open(provider.url("/account/sessions")).await;
    landed.screen("account-sessions")
}

#[tokio::test]
async fn every_place_is_listed_with_its_device_its_brand_and_its_times() {
    let (provider, _person) = stage().await;
    let mut here = log_in(&provider, Phone::new(), "toyota").await;
    let page = listed(&provider, &mut here).await;
    assert!(
        page.words()
            .contains("ほかにログインしている端末はありません")
    );
    assert!(!page.has_button("end_others"));
    provider.advance(Duration::from_secs(60));
    log_in(&provider, Phone::called(ANDROID), "lexus").await;
    let words = listed(&provider, &mut here).await.words();
    let (first, second) = words.split_once("Android · Chrome").unwrap();
    assert!(first.contains("種類のわからない端末 この端末"), "{first}");
    assert!(first.contains("TOYOTA") && first.contains("ログインした日時 2026-11-26 22:00"));
    assert!(second.contains("LEXUS") && second.contains("ログインした日時 2026-11-26 22:01"));
}

#[tokio::test]
async fn a_password_given_again_does_not_make_a_new_place() {
    let (provider, _person) = stage().await;
    let mut phone = log_in(&provider, Phone::called(ANDROID), "toyota").await;
    provider.advance(Duration::from_secs(20 * 60));
    let landed = phone.open(provider.url("/account/password")).await;
    steps::log_in_strongly(&provider, &mut phone, landed, EMAIL)
        .await
        .screen("account-password");
    let page = listed(&provider, &mut phone).await;
    assert!(page.words().contains("Android · Chrome この端末"));
    assert!(page.words().contains("ログインした日時 2026-11-26 22:00"));
    assert!(page.words().contains("最後に利用した日時 2026-11-26 22:20"));
    assert!(!page.has_button("end_others"));
}

#[tokio::test]
async fn one_device_is_logged_out_and_what_works_in_its_absence_stays() {
    let (provider, person) = stage().await;
    let service = provider.service().await;
    let mut there = Phone::called(ANDROID);
    let request = service.ask("openid offline_access");
    let granted = steps::tokens(&mut there, &service, request, &person).await;
    let mut here = log_in(&provider, Phone::new(), "toyota").await;
    let page = listed(&provider, &mut here).await;
    let page = here
        .press(&page, "end", &[])
        .await
        .screen("account-sessions");
    assert!(page.words().contains("端末をログアウトさせました"));
    assert!(!page.words().contains("Android"));
    there.open(provider.url("/account")).await.screen("login");
    here.open(provider.url("/account")).await.screen("account");
    let refreshed = service.refresh(&granted.refresh_token.unwrap()).await;
    assert_eq!(refreshed.status, 200);
}

#[tokio::test]
async fn all_other_devices_are_logged_out_at_once_and_twice_is_once() {
    let (provider, _person) = stage().await;
    let mut here = log_in(&provider, Phone::new(), "toyota").await;
    let mut others = [
        log_in(&provider, Phone::called(ANDROID), "toyota").await,
        log_in(&provider, Phone::new(), "lexus").await,
    ];
    let page = listed(&provider, &mut here).await;
    for _ in 0..2 {
        let page = here
            .press(&page, "end_others", &[])
            .await
            .screen("account-sessions");
        assert!(
            page.words()
                .contains("ほかのすべての端末からログアウトしました")
        );
    }
    for (other, brand) in others.iter_mut().zip(["toyota", "lexus"]) {
        let account = format!("{}/account", provider.issuer_of(brand));
        other.open(account).await.screen("login");
    }
}

/// Returns the form that logs another device out, with another session's name in it.
fn naming(page: &Page, name: &str) -> Form {
    let mut form = page.form("end");
    form.fields.retain(|(field, _)| field != "session");
    form.fields.push(("session".to_owned(), name.to_owned()));
    form
}

#[tokio::test]
async fn nobody_ends_what_is_not_theirs() {
    let (provider, _person) = stage().await;
    let mut here = log_in(&provider, Phone::new(), "toyota").await;
    let mut there = log_in(&provider, Phone::called(ANDROID), "toyota").await;
    let hers = listed(&provider, &mut here).await.value("session").unwrap();
    steps::person(&provider, "taro@example.jp").await;
    let mut his = [Phone::new(), Phone::new()];
    for phone in &mut his {
        let landed = phone.open(provider.url("/account")).await;
        steps::log_in(phone, landed, "taro@example.jp")
            .await
            .screen("account");
    }
    let [mut taro, _] = his;
    let page = listed(&provider, &mut taro).await;
    let answer = taro.submit(naming(&page, &hers)).await;
    assert_eq!(answer.status, 303);
    there.open(provider.url("/account")).await.screen("account");
}

#[tokio::test]
async fn a_form_of_another_browser_ends_nothing() {
    let (provider, _person) = stage().await;
    let mut here = log_in(&provider, Phone::new(), "toyota").await;
    let mut there = log_in(&provider, Phone::called(ANDROID), "toyota").await;
    let page = listed(&provider, &mut here).await;
    for action in ["end", "end_others"] {
        let mut form = page.form(action);
        form.fields.retain(|(name, _)| name != "form_token");
        assert_eq!(here.submit(form).await.errors(), ["form-expired"]);
    }
    there.open(provider.url("/account")).await.screen("account");
}

#[tokio::test]
async fn whoever_names_the_device_in_hand_is_asked_whether_to_log_out() {
    let (provider, _person) = stage().await;
    let mut here = log_in(&provider, Phone::new(), "toyota").await;
    let mut there = log_in(&provider, Phone::called(ANDROID), "toyota").await;
    let own = listed(&provider, &mut there)
        .await
        .value("session")
        .unwrap();
    let page = listed(&provider, &mut here).await;
    let answer = here.submit(naming(&page, &own)).await;
    here.follow(answer).await.screen("logout");
}
