//! A person's account pages: home, information, password.

use std::time::Duration;

use common_id::accounts::account::Account;

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::Provider;
use crate::support::steps::{self, PASSWORD, Person};

const EMAIL: &str = "hanako@example.jp";
const NEW: &str = "Qx-harbour4";

async fn stage() -> (Provider, Person) {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    (provider, person)
}

/// A phone that is logged in, on one of the pages.
async fn at(provider: &Provider, path: &str, screen: &str) -> (Phone, Page) {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url(path)).await;
    let page = steps::log_in_strongly(provider, &mut phone, landed, EMAIL)
        .await
        .screen(screen);
    (phone, page)
}

async fn change(phone: &mut Phone, page: &Page, present: &str, new: &str) -> Landed {
    let fields = [("password", present), ("new_password", new)];
    phone.press(page, "save", &fields).await
}

#[tokio::test]
async fn the_home_page_leads_to_everything() {
    let (provider, _person) = stage().await;
    let (mut phone, home) = at(&provider, "/account", "account").await;
    assert!(home.words().contains("山田 花子") && home.words().contains(EMAIL));
    for (part, screen) in [
        ("/account/profile", "account-profile"),
        ("/account/password", "account-password"),
        ("/account/services", "account-services"),
        ("/account/consents", "account-consents"),
    ] {
        let landed = phone.open(home.link(part)).await;
        let landed = steps::give_code(&provider, &mut phone, landed, EMAIL).await;
        let page = landed.screen(screen);
        assert!(page.body.contains("href=\"/account\""));
    }
}

#[tokio::test]
async fn a_cookie_of_another_site_hides_none_of_ours_whatever_its_letters() {
    let (provider, _person) = stage().await;
    let (mut phone, home) = at(&provider, "/account", "account").await;
    // Any site of the parent domain can set it, and `document.cookie` takes any letter.
    phone.put_cookie(&home.url, "area", "愛知");
    let landed = phone.open(provider.url("/account")).await;
    assert!(landed.screen("account").words().contains(EMAIL));
}

#[tokio::test]
async fn what_is_changed_is_saved_and_told_to_services() {
    let (provider, person) = stage().await;
    let (mut phone, page) = at(&provider, "/account/profile", "account-profile").await;
    assert_eq!(page.value("mobile_phone").as_deref(), Some("090-1234-5678"));
    let fields = [
        ("family_name", "鈴木"),
        ("city", "松本市"),
        ("birthdate_year", "1995"),
        ("birthdate_month", "12"),
        ("birthdate_day", "25"),
    ];
    let page = phone
        .press(&page, "save", &fields)
        .await
        .screen("account-profile");
    assert!(page.words().contains("保存しました"));
    assert!(page.words().contains("平成7年"), "settled from now on");
    let service = provider.service().await;
    let request = service.ask("openid profile address");
    let tokens = steps::tokens(&mut phone, &service, request, &person).await;
    let claims = service.userinfo(&tokens.access_token).await.json();
    assert_eq!(claims["family_name"], "鈴木");
    assert_eq!(claims["address"]["locality"], "松本市");
    assert_eq!(claims["birthdate"], "1995-12-25");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_what_was_typed_stays() {
    let (provider, _person) = stage().await;
    let (mut phone, page) = at(&provider, "/account/profile", "account-profile").await;
    let fields = [("mobile_phone", "12"), ("family_name", "鈴木")];
    let page = phone
        .press(&page, "save", &fields)
        .await
        .screen("account-profile");
    assert_eq!(page.status, 422);
    assert_eq!(page.value("family_name").as_deref(), Some("鈴木"));
}

#[tokio::test]
async fn a_change_on_another_device_is_shown_and_not_written_over() {
    let (provider, _person) = stage().await;
    let (mut phone, page) = at(&provider, "/account/profile", "account-profile").await;
    let rename = |account: &mut Account| account.profile.family_name = Some("田中".to_owned());
    provider.change_account(EMAIL, rename).await;
    let page = phone
        .press(&page, "save", &[("city", "松本市")])
        .await
        .screen("account-profile");
    assert_eq!(page.errors(), ["profile-changed-elsewhere"]);
    assert_eq!(page.value("family_name").as_deref(), Some("田中"));
    let page = phone
        .press(&page, "save", &[("city", "松本市")])
        .await
        .screen("account-profile");
    assert!(page.words().contains("保存しました"));
}

#[tokio::test]
async fn another_number_is_no_longer_proven() {
    let (provider, _person) = stage().await;
    let enable = |account: &mut Account| {
        account.mobile_phone_verified = true;
        account.phone_login = true;
    };
    provider.change_account(EMAIL, enable).await;
    // The number protects the account: its change takes a code.
    let (mut phone, _) = at(&provider, "/account/password", "account-password").await;
    let page = phone.open(provider.url("/account/profile")).await;
    let page = page.screen("account-profile");
    phone
        .press(&page, "save", &[("mobile_phone", "080-1111-2222")])
        .await
        .screen("account-profile");
    let mut other = Phone::new();
    let landed = other.open(provider.url("/account")).await;
    let page = steps::log_in_with(&mut other, landed, "090-1234-5678", PASSWORD)
        .await
        .screen("login");
    assert_eq!(page.errors(), ["login-failed"]);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_keeps_this_one() {
    let (provider, _person) = stage().await;
    let (mut other, _home) = at(&provider, "/account", "account").await;
    let (mut phone, page) = at(&provider, "/account/password", "account-password").await;
    let home = change(&mut phone, &page, PASSWORD, NEW)
        .await
        .screen("account");
    assert!(home.words().contains("パスワードを変更しました"));
    phone.open(provider.url("/account")).await.screen("account");
    other.open(provider.url("/account")).await.screen("login");
    let told = provider.mails_to(EMAIL).await;
    assert!(
        told.iter()
            .any(|mail| mail.subject.contains("パスワード変更"))
    );
}

#[tokio::test]
async fn a_new_password_ends_codes_on_their_way_and_tokens_given_before() {
    let (provider, person) = stage().await;
    let service = provider.service().await;
    let mut thief = Phone::new();
    let request = service.ask("openid email");
    let tokens = steps::tokens(&mut thief, &service, request, &person).await;
    let before = service.ask("openid email");
    let answer = thief.open(service.url(&before)).await.away();
    provider.advance(Duration::from_secs(1));
    let (mut phone, page) = at(&provider, "/account/password", "account-password").await;
    change(&mut phone, &page, PASSWORD, NEW)
        .await
        .screen("account");
    let code = service.code_of(&answer, &before);
    let refused = service.exchange_raw(&code, &before.verifier).await;
    assert_eq!(refused.error(), "invalid_grant");
    let refused = service.userinfo(&tokens.access_token).await;
    assert_eq!(refused.status, 401);
    let after = service.ask("openid email");
    let answer = phone.open(service.url(&after)).await.away();
    let tokens = service.exchange(&answer, &after).await;
    assert_eq!(service.userinfo(&tokens.access_token).await.status, 200);
}

#[tokio::test]
async fn a_password_is_changed_only_by_who_knows_it_and_to_a_good_one() {
    let (provider, _person) = stage().await;
    let (mut phone, mut page) = at(&provider, "/account/password", "account-password").await;
    for (present, new, error) in [
        ("", NEW, "password-missing"),
        ("Wrong-one1", NEW, "password-present-wrong"),
        (PASSWORD, "short1", "password-too-short"),
        (PASSWORD, PASSWORD, "password-same"),
    ] {
        page = change(&mut phone, &page, present, new)
            .await
            .screen("account-password");
        assert_eq!(page.errors(), [error]);
    }
}

#[tokio::test]
async fn guessing_at_the_present_password_ends_with_a_wait() {
    let (provider, _person) = stage().await;
    let (mut phone, mut page) = at(&provider, "/account/password", "account-password").await;
    for _ in 0..10 {
        page = change(&mut phone, &page, "Wrong-one1", NEW)
            .await
            .screen("account-password");
    }
    let page = change(&mut phone, &page, PASSWORD, NEW)
        .await
        .screen("account-password");
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (429, vec!["password-too-many".to_owned()])
    );
}

#[tokio::test]
async fn an_old_login_is_asked_for_again_before_the_password_page() {
    let (provider, _person) = stage().await;
    let (mut phone, _home) = at(&provider, "/account", "account").await;
    provider.advance(Duration::from_secs(11 * 60));
    phone.open(provider.url("/account")).await.screen("account");
    let landed = phone.open(provider.url("/account/password")).await;
    steps::log_in_strongly(&provider, &mut phone, landed, EMAIL)
        .await
        .screen("account-password");
}

#[tokio::test]
async fn a_form_of_another_browser_changes_nothing() {
    let (provider, _person) = stage().await;
    for (path, screen) in [
        ("/account/profile", "account-profile"),
        ("/account/password", "account-password"),
    ] {
        let (mut phone, page) = at(&provider, path, screen).await;
        let mut form = page.form("save");
        form.fields.retain(|(name, _)| name != "form_token");
        assert_eq!(phone.submit(form).await.errors(), ["form-expired"]);
    }
}
