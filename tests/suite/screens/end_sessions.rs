//! The link in a warning by mail that ends all sessions: it changes nothing until its button
//! is pressed, needs no login, and is good once.

use std::time::Duration;

use crate::support::browser::{Page, Phone};
use crate::support::passkeys;
use crate::support::provider::Provider;
use crate::support::second_factors::{recovery_codes_of, strongly_at};
use crate::support::steps;

const EMAIL: &str = "hanako@example.jp";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns the links in the mails to the person, oldest first.
async fn links(provider: &Provider) -> Vec<String> {
    let mails = provider.mails_to(EMAIL).await;
    let lines = mails.iter().flat_map(|mail| mail.text.lines());
    let lines = lines.map(str::trim).filter(|line| line.contains("://"));
    lines.map(str::to_owned).collect()
}

/// A person who made recovery codes, and the link of the mail that told them.
async fn stage() -> (Provider, String) {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    provider.let_short_lived_state_expire().await;
    recovery_codes_of(&provider, EMAIL).await;
    let link = links(&provider).await.pop().unwrap();
    (provider, link)
}

async fn press(link: &str) -> Page {
    let mut phone = Phone::new();
    let page = phone.open(link).await.screen("end-sessions");
    phone
        .press(&page, "end_all", &[])
        .await
        .screen("end-sessions")
}

async fn log_in(provider: &Provider, phone: &mut Phone) {
    let landed = phone.open(provider.url("/account")).await;
    steps::log_in(phone, landed, EMAIL).await.screen("account");
}

fn is_over(page: &Page) {
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (422, vec!["end-sessions-over".to_owned()])
    );
    assert!(!page.has_button("end_all"));
}

#[tokio::test]
async fn the_button_behind_the_link_ends_every_session_and_every_grant() {
    let (provider, link) = stage().await;
    let service = provider.service().await;
    let person = steps::Person::new(EMAIL);
    let mut thief = Phone::new();
    let request = service.ask("openid offline_access");
    let tokens = steps::tokens(&mut thief, &service, request, &person).await;
    let mut scanner = Phone::new();
    for _ in 0..2 {
        // A mail server that opens the link.
        let page = scanner.open(&link).await.screen("end-sessions");
        assert!(page.has_button("end_all"));
    }
    thief.open(provider.url("/account")).await.screen("account");
    provider.advance(Duration::from_secs(1));
    let done = press(&link).await;
    assert!(done.words().contains("すべての端末をログアウトさせました"));
    assert!(done.link("/recovery").ends_with("/recovery"));
    thief.open(provider.url("/account")).await.screen("login");
    assert_eq!(service.userinfo(&tokens.access_token).await.status, 401);
    let refused = service.refresh(&tokens.refresh_token.unwrap()).await;
    assert_eq!(refused.error(), "invalid_grant");
}

#[tokio::test]
async fn a_link_is_good_once_and_those_made_before_a_used_one_are_used_too() {
    let (provider, older) = stage().await;
    provider.advance(Duration::from_secs(1));
    recovery_codes_of(&provider, EMAIL).await;
    let newer = links(&provider).await.pop().unwrap();
    press(&newer).await;
    let mut phone = Phone::new();
    log_in(&provider, &mut phone).await;
    for link in [&newer, &older] {
        is_over(&press(link).await);
    }
    phone.open(provider.url("/account")).await.screen("account");
}

#[tokio::test]
async fn a_link_that_expired_or_was_made_up_ends_nothing() {
    let (provider, link) = stage().await;
    let mut phone = Phone::new();
    log_in(&provider, &mut phone).await;
    let forged = link.replacen("link=", "link=A", 1);
    let lexus = link.replacen(&provider.issuer(), &provider.issuer_of("lexus"), 1);
    for wrong in [&forged, &lexus, &provider.url("/end-sessions")] {
        is_over(&Phone::new().open(wrong).await.screen("end-sessions"));
    }
    let mut opened = Phone::new();
    let page = opened.open(&link).await.page();
    let mut form = page.form("end_all");
    form.fields.retain(|(name, _)| name != "form_token");
    let refused = opened.submit(form).await;
    assert_eq!(refused.status.as_u16(), 403);
    provider.advance(7 * DAY);
    is_over(
        &opened
            .press(&page, "end_all", &[])
            .await
            .screen("end-sessions"),
    );
    is_over(&opened.open(&link).await.screen("end-sessions"));
}

#[tokio::test]
async fn every_new_or_removed_factor_is_told_with_a_link_and_no_code_is() {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    provider.let_short_lived_state_expire().await;
    let path = "/account/two-steps";
    let (mut phone, page) = strongly_at(&provider, path, EMAIL).await;
    let page = phone.press(&page, "switch_on", &[]).await.page();
    phone.press(&page, "switch_off", &[]).await.page();
    let page = phone.open(provider.url("/account/passkeys")).await.page();
    let mut device = passkeys::authenticator(&provider, "toyota");
    passkeys::add(&mut phone, &page, &mut device).await.page();
    for mail in provider.mails_to(EMAIL).await {
        let told = mail.subject.contains("設定のお知らせ")
            || mail.subject.contains("解除のお知らせ")
            || mail.subject.contains("登録のお知らせ")
            || mail.subject.contains("新しい端末");
        assert_eq!(
            mail.text.contains("/end-sessions?link="),
            told,
            "{}",
            mail.subject
        );
    }
    assert!(links(&provider).await.len() >= 3);
}
