//! A mailbox that the relay refuses permanently: the page that waits for the code tells the
//! person who entered the address, and only them, whether it has an account or not.

use std::time::Duration;

use crate::support::browser::{Page, Phone};
use crate::support::provider::Provider;
use crate::support::relay::Relay;
use crate::support::relying_party::RelyingParty;
use crate::support::steps;

const GONE: &str = "gone@example.jp";
const UNREACHABLE: &str = "届けることができませんでした";

async fn stage() -> (Relay, Provider, RelyingParty) {
    let relay = Relay::without(&[GONE]).await;
    let provider = Provider::start_with(|config| relay.for_mails_of(config)).await;
    let service = provider.service().await;
    (relay, provider, service)
}

async fn deliver(provider: &Provider) {
    while provider.app.outbox.deliver_due().await.unwrap() > 0 {}
}

async fn at_code(phone: &mut Phone, service: &RelyingParty, email: &str) -> Page {
    let request = service.ask("openid").with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let page = steps::agree_to_terms(phone, landed).await;
    steps::send_code(phone, &page, email).await
}

#[tokio::test]
async fn the_next_view_says_that_the_address_was_not_reached_and_leads_to_another() {
    let (relay, provider, service) = stage().await;
    let mut phone = Phone::new();
    let page = at_code(&mut phone, &service, GONE).await;
    assert!(!page.words().contains(UNREACHABLE), "not known yet");
    deliver(&provider).await;
    let page = phone.open(&page.url).await.screen("registration-code");
    assert!(page.words().contains(UNREACHABLE));
    // Another address in the same interaction, and the same address in another one.
    let email = phone.press(&page, "back", &[]).await;
    let email = email.screen("registration-email");
    let code = steps::send_code(&mut phone, &email, "hanako@example.jp").await;
    deliver(&provider).await;
    let code = phone.open(&code.url).await.screen("registration-code");
    assert!(!code.words().contains(UNREACHABLE));
    let mut stranger = Phone::new();
    let other = at_code(&mut stranger, &service, GONE).await;
    assert!(!other.words().contains(UNREACHABLE), "not told to others");
    // The notice disappears once a mail is delivered after all.
    deliver(&provider).await;
    relay.knows_everybody();
    provider.advance(Duration::from_secs(61));
    let page = stranger.press(&other, "resend_code", &[]).await.page();
    deliver(&provider).await;
    let page = stranger.open(&page.url).await.page();
    assert!(!page.words().contains(UNREACHABLE));
}

#[tokio::test]
async fn a_recovery_says_the_same_of_a_mailbox_with_an_account_and_without() {
    let mut provider = Provider::start().await;
    let person = steps::person(&provider, GONE).await;
    let relay = Relay::without(&[GONE, "nobody@example.jp"]).await;
    provider
        .reconfigure(|config| relay.for_mails_of(config))
        .await;
    let mut said = Vec::new();
    for email in [person.email.as_str(), "nobody@example.jp"] {
        let mut phone = Phone::new();
        let page = phone.open(provider.url("/recovery")).await;
        let page = page.screen("recovery");
        let fields = [("login_id", email)];
        let page = phone.press(&page, "send_code", &fields).await;
        let page = page.screen("recovery-code");
        deliver(&provider).await;
        let page = phone.open(&page.url).await.screen("recovery-code");
        assert!(page.words().contains(UNREACHABLE), "{email}");
        said.push(page.words().replace(email, ""));
    }
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn a_change_of_address_says_so_too() {
    let mut provider = Provider::start().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let relay = Relay::without(&[GONE]).await;
    provider
        .reconfigure(|config| relay.for_mails_of(config))
        .await;
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account/email")).await;
    let page = steps::log_in(&mut phone, landed, &person.email).await;
    // The relay of this test keeps no mail in which to look for the code.
    let page = page.screen("login-code");
    let page = phone.press(&page, "not_now", &[]).await;
    let page = page.screen("account-email");
    let page = phone.press(&page, "send_code", &[("email", GONE)]).await;
    let page = page.screen("account-email-code");
    deliver(&provider).await;
    let page = phone.open(&page.url).await.screen("account-email-code");
    assert!(page.words().contains(UNREACHABLE));
    assert!(page.has_button("back"));
}
