//! The choice of the account to continue with (`prompt=select_account`).

use crate::support::browser::{Page, Phone};
use crate::support::provider::Provider;
use crate::support::relying_party::{Pending, RelyingParty};
use crate::support::steps::{self, Person};

async fn stage() -> (Provider, RelyingParty, Person, Phone) {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    (provider, service, person, phone)
}

async fn choose(phone: &mut Phone, service: &RelyingParty) -> (Pending, Page) {
    let request = service.ask("openid").with("prompt", "select_account");
    let page = phone.open(service.url(&request)).await;
    (request, page.screen("select-account"))
}

#[tokio::test]
async fn going_on_with_the_account_at_hand_takes_one_press() {
    let (_provider, service, _person, mut phone) = stage().await;
    let (request, page) = choose(&mut phone, &service).await;
    let url = phone.press(&page, "next", &[]).await.away();
    service.exchange(&url, &request).await;
}

#[tokio::test]
async fn another_person_logs_in_and_is_the_one_the_service_gets() {
    let (provider, service, person, mut phone) = stage().await;
    let other = steps::person(&provider, "taro@example.jp").await;
    let first = steps::tokens(&mut phone.clone(), &service, service.ask("openid"), &person).await;
    let (request, page) = choose(&mut phone, &service).await;
    let landed = phone.press(&page, "login", &[]).await;
    let url = steps::log_in(&mut phone, landed, &other.email).await.away();
    let tokens = service.exchange(&url, &request).await;
    assert_ne!(tokens.claims.subject(), first.claims.subject());
}

#[tokio::test]
async fn without_a_session_there_is_nothing_to_choose_from() {
    let (_provider, service, person, _phone) = stage().await;
    let mut stranger = Phone::new();
    let request = service.ask("openid").with("prompt", "select_account");
    let landed = stranger.open(service.url(&request)).await;
    let url = steps::log_in(&mut stranger, landed, &person.email)
        .await
        .away();
    service.exchange(&url, &request).await;
}
