//! The mail of a login in a browser that the account has not been seen in.

use std::time::Duration;

use crate::support::browser::Phone;
use crate::support::passkeys;
use crate::support::provider::Provider;
use crate::support::steps;

const EMAIL: &str = "hanako@example.jp";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
    (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

/// Returns the texts of the mails, oldest first.
async fn told(provider: &Provider) -> Vec<String> {
    let mails = provider.mails_to(EMAIL).await;
    let told = mails
        .into_iter()
        .filter(|mail| mail.subject.contains("新しい端末"));
    told.map(|mail| mail.text).collect()
}

async fn stage() -> Provider {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    provider
}

async fn log_in(provider: &Provider, phone: &mut Phone) {
    let landed = phone.open(provider.url("/account")).await;
    steps::log_in(phone, landed, EMAIL).await.screen("account");
}

async fn log_out(provider: &Provider, phone: &mut Phone) {
    let page = phone.open(provider.url("/logout")).await.screen("logout");
    phone.press(&page, "logout", &[]).await.screen("logged-out");
}

#[tokio::test]
async fn a_login_in_a_new_browser_is_told_once_with_its_kind_and_a_link() {
    let provider = stage().await;
    assert_eq!(told(&provider).await, Vec::<String>::new());
    let mut phone = Phone::called(IPHONE);
    log_in(&provider, &mut phone).await;
    let mails = told(&provider).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("端末：iPhone · Safari"), "{}", mails[0]);
    assert!(mails[0].contains("/end-sessions?link="));
    log_out(&provider, &mut phone).await;
    log_in(&provider, &mut phone).await;
    assert_eq!(told(&provider).await.len(), 1, "the browser is known");
    log_in(&provider, &mut Phone::new()).await;
    let mails = told(&provider).await;
    assert_eq!(mails.len(), 2);
    assert!(mails[1].contains("端末：不明"), "{}", mails[1]);
}

#[tokio::test]
async fn a_login_by_passkey_is_told_too_and_a_wrong_password_is_not() {
    let provider = Provider::start().await;
    let device = passkeys::owner(&provider, "toyota", EMAIL).await;
    let before = told(&provider).await.len();
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account")).await;
    let landed = steps::log_in_with(&mut phone, landed, EMAIL, "Wrong-one1").await;
    landed.screen("login");
    assert_eq!(told(&provider).await.len(), before);
    let landed = phone.open(provider.url("/account")).await;
    passkeys::log_in(&mut phone, landed, &device)
        .await
        .screen("account");
    assert_eq!(told(&provider).await.len(), before + 1);
}

#[tokio::test]
async fn whoever_logs_in_again_and_again_fills_nobody_s_mailbox() {
    let provider = Provider::start_with(|config| config.login.new_device_mails_per_hour = 2).await;
    steps::person(&provider, EMAIL).await;
    for mails in [1, 2, 2, 2] {
        log_in(&provider, &mut Phone::new()).await;
        assert_eq!(told(&provider).await.len(), mails);
    }
    provider
        .let_expire("rate:*", Duration::from_secs(3600))
        .await;
    log_in(&provider, &mut Phone::new()).await;
    assert_eq!(told(&provider).await.len(), 3);
}
