//! 退会 (closing an account): what ends at once, that its owner may come back for two weeks,
//! and that the address is free after that.

use std::time::Duration;

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::{DEALER, Provider};
use crate::support::steps::{self, PASSWORD, Person};

const EMAIL: &str = "hanako@example.jp";

async fn at_leave(provider: &Provider, email: &str) -> (Phone, Page) {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account/leave")).await;
    let page = steps::log_in_strongly(provider, &mut phone, landed, email)
        .await
        .screen("account-leave");
    (phone, page)
}

async fn leave(phone: &mut Phone, page: &Page) -> Landed {
    let fields = [("password", PASSWORD), ("confirm", "yes")];
    phone.press(page, "leave", &fields).await
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Lets two weeks pass, and does what the server does every minute.
async fn erase(provider: &Provider) {
    provider.let_short_lived_state_expire().await;
    provider.advance(14 * DAY);
    let (accounts, now) = (provider.app.store.accounts(), provider.app.clock.now());
    assert_eq!(accounts.erase_due(now).await.unwrap(), 1);
    assert_eq!(accounts.erase_due(now).await.unwrap(), 0);
}

/// Logs in to a closed account.
async fn come_back(provider: &Provider, phone: &mut Phone) -> Page {
    let landed = phone.open(provider.url("/account")).await;
    steps::log_in(phone, landed, EMAIL).await.page()
}

#[tokio::test]
async fn whoever_comes_back_within_two_weeks_opens_the_same_account_again() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    let before = provider.account(EMAIL).await;
    let (mut phone, page) = at_leave(&provider, EMAIL).await;
    leave(&mut phone, &page).await.screen("logged-out");
    provider.advance(13 * DAY);
    let mut back = Phone::new();
    let page = come_back(&provider, &mut back).await;
    let same = back.press(&page, "not_now", &[]).await.screen("login");
    assert_eq!(same.errors(), Vec::<String>::new());
    let page = come_back(&provider, &mut back).await;
    back.press(&page, "reopen", &[]).await.screen("account");
    let after = provider.account(EMAIL).await;
    assert_eq!((after.id, after.profile), (before.id, before.profile));
    let service = provider.service().await;
    let request = service.ask("openid profile");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    assert_eq!(service.userinfo(&tokens.access_token).await.status, 200);
    let told = provider.mails_to(EMAIL).await;
    assert!(
        told.iter()
            .any(|mail| mail.subject.contains("退会取り消し"))
    );
    // The page from before offers nothing any more.
    back.press(&page, "reopen", &[]).await.screen("account");
}

#[tokio::test]
async fn a_closed_account_opens_only_to_who_has_just_logged_in_and_only_in_time() {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    let (mut phone, page) = at_leave(&provider, EMAIL).await;
    leave(&mut phone, &page).await.screen("logged-out");
    let mut back = Phone::new();
    let page = come_back(&provider, &mut back).await;
    provider.advance(Duration::from_secs(16 * 60));
    back.press(&page, "reopen", &[]).await.screen("login");
    let wrong = back.open(provider.url("/account")).await;
    let wrong = steps::log_in_with(&mut back, wrong, EMAIL, "Wrong-one1").await;
    assert_eq!(wrong.screen("login").errors(), ["login-failed"]);
    // The address is not free yet.
    let accounts = provider.app.store.accounts();
    assert!(accounts.email_is_registered(EMAIL).await.unwrap());
    erase(&provider).await;
    assert!(!accounts.email_is_registered(EMAIL).await.unwrap());
    let gone = come_back(&provider, &mut Phone::new()).await;
    assert_eq!(gone.errors(), ["login-failed"]);
}

#[tokio::test]
async fn whoever_closed_the_account_and_forgot_the_password_recovers_it_and_comes_back() {
    const NEW: &str = "Rainy-night8";
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    let before = provider.account(EMAIL).await.id;
    let (mut phone, page) = at_leave(&provider, EMAIL).await;
    leave(&mut phone, &page).await.screen("logged-out");
    provider.let_short_lived_state_expire().await;
    let mut back = Phone::new();
    let page = recover(&provider, &mut back).await;
    assert_eq!(page.screen(), "recovery-password");
    let done = back.press(&page, "save", &[("new_password", NEW)]).await;
    let page = done.screen("login-reopen");
    let accounts = provider.app.store.accounts();
    assert!(accounts.by_email_key(EMAIL).await.unwrap().is_none());
    // Nothing is opened before its owner says so, and the old password is void.
    let landed = phone.open(provider.url("/account")).await;
    let landed = steps::log_in(&mut phone, landed, EMAIL).await;
    assert_eq!(landed.screen("login").errors(), ["login-failed"]);
    back.press(&page, "reopen", &[])
        .await
        .screen("account-services");
    assert_eq!(provider.account(EMAIL).await.id, before);
    let mut other = Phone::new();
    let landed = other.open(provider.url("/account")).await;
    let landed = steps::log_in_with(&mut other, landed, EMAIL, NEW).await;
    landed.screen("account");
}

/// Enters the code of a recovery.
async fn recover(provider: &Provider, phone: &mut Phone) -> Page {
    let page = phone.open(provider.url("/recovery")).await;
    let page = page.screen("recovery");
    let page = phone
        .press(&page, "send_code", &[("login_id", EMAIL)])
        .await;
    let page = page.screen("recovery-code");
    let code = provider.code_for(EMAIL).await;
    phone.press(&page, "next", &[("code", &code)]).await.page()
}

#[tokio::test]
async fn an_erased_account_is_not_recovered() {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    let (mut phone, page) = at_leave(&provider, EMAIL).await;
    leave(&mut phone, &page).await.screen("logged-out");
    provider.let_short_lived_state_expire().await;
    provider.advance(14 * DAY);
    // Not even before the server has erased it.
    let page = recover(&provider, &mut Phone::new()).await;
    assert_eq!(page.screen(), "recovery-nobody");
}

#[tokio::test]
async fn an_account_that_cannot_be_erased_keeps_no_other() {
    let provider = Provider::start().await;
    let taro = "taro@example.jp";
    for email in [EMAIL, taro, "blocker@example.jp"] {
        steps::person(&provider, email).await;
        provider.let_short_lived_state_expire().await;
    }
    for email in [EMAIL, taro] {
        let (mut phone, page) = at_leave(&provider, email).await;
        leave(&mut phone, &page).await.screen("logged-out");
    }
    // The key that the erased account would get is another's.
    let sql = "UPDATE accounts
        SET email_key = 'closed:' || (SELECT id FROM accounts WHERE email_key = 'hanako@example.jp')
        WHERE email_key = $1";
    provider.execute(sql, "blocker@example.jp").await;
    erase(&provider).await;
    let accounts = provider.app.store.accounts();
    assert!(!accounts.email_is_registered(taro).await.unwrap());
    assert!(accounts.email_is_registered(EMAIL).await.unwrap());
}

#[tokio::test]
async fn whoever_leaves_is_logged_out_everywhere_and_their_tokens_are_refused() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    let service = provider.service().await;
    let mut other = Phone::new();
    let request = service.ask("openid profile offline_access");
    let tokens = steps::tokens(&mut other, &service, request, &person).await;
    let (mut phone, page) = at_leave(&provider, EMAIL).await;
    let left = leave(&mut phone, &page).await.screen("logged-out");
    assert!(left.words().contains("退会の手続きが完了しました"));

    other.open(provider.url("/account")).await.screen("login");
    assert_eq!(service.userinfo(&tokens.access_token).await.status, 401);
    let refused = service.refresh(&tokens.refresh_token.unwrap()).await;
    assert_eq!(refused.error(), "invalid_grant");
    let mut back = Phone::new();
    let landed = back.open(provider.url("/account")).await;
    let page = steps::log_in(&mut back, landed, EMAIL)
        .await
        .screen("login-reopen");
    assert!(page.words().contains("2026-12-06"), "{}", page.words());
    back.open(provider.url("/account")).await.screen("login");
    let told = provider.mails_to(EMAIL).await;
    assert!(told.iter().any(|mail| mail.subject.contains("退会")));
}

#[tokio::test]
async fn the_address_is_free_for_a_new_account_which_is_another_person_to_services() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    let service = provider.service().await;
    let subject = async |phone: &mut Phone, person: &Person| {
        let request = service.ask("openid");
        let tokens = steps::tokens(phone, &service, request, person).await;
        let userinfo = service.userinfo(&tokens.access_token).await;
        userinfo.json()["sub"].as_str().unwrap().to_owned()
    };
    let before = subject(&mut Phone::new(), &person).await;
    let (mut phone, page) = at_leave(&provider, EMAIL).await;
    leave(&mut phone, &page).await.screen("logged-out");
    erase(&provider).await;
    let again = steps::person(&provider, EMAIL).await;
    let after = subject(&mut Phone::new(), &again).await;
    assert_ne!(before, after);
}

#[tokio::test]
async fn a_dealer_link_ends_with_a_record_of_its_withdrawal() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    let service = provider.service().await;
    let mut phone = Phone::new();
    let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}"}}]"#);
    let request = service.ask("openid").with("authorization_details", details);
    let landed = phone.open(service.url(&request)).await;
    let notice = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    phone
        .press(&notice, "link", &[])
        .await
        .screen("dealer-link-complete");
    assert_eq!(provider.count("dealer_links").await, 1);
    let before = provider.count("consents").await;
    let (mut phone, page) = at_leave(&provider, EMAIL).await;
    assert!(page.words().contains("連携は解除されます"));
    leave(&mut phone, &page).await.screen("logged-out");
    assert_eq!(provider.count("dealer_links").await, 0);
    assert_eq!(provider.count("consents").await, before + 2);
}

#[tokio::test]
async fn nobody_leaves_by_mistake() {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    let (mut phone, mut page) = at_leave(&provider, EMAIL).await;
    for (fields, error) in [
        (&[("password", PASSWORD)][..], "leave-unconfirmed"),
        (&[("confirm", "yes")], "password-missing"),
        (
            &[("password", "Wrong-one1"), ("confirm", "yes")],
            "password-present-wrong",
        ),
    ] {
        page = phone
            .press(&page, "leave", fields)
            .await
            .screen("account-leave");
        assert_eq!(page.errors(), [error]);
    }
    phone.open(provider.url("/account")).await.screen("account");
}
