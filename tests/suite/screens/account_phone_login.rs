//! 携帯電話番号でのログイン (login by mobile number): switched on by an SMS code, and taken over by
//! another account with an SMS code.

use std::time::Duration;

use common_id::config::Config;
use common_id::outbox::KeptMessage;
use common_id::store::outbox::Channel;

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::Provider;
use crate::support::steps::{self, PASSWORD};

const EMAIL: &str = "hanako@example.jp";
const TARO: &str = "taro@example.jp";
/// The number that every person enters on ⑦.
const NUMBER: &str = "090-1234-5678";
const E164: &str = "+819012345678";
const START: &str = "/account/phone-login";

async fn stage() -> Provider {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    provider
}

/// A phone whose owner has just logged in, on the page.
async fn at(provider: &Provider, email: &str) -> (Phone, Page) {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url(START)).await;
    let page = steps::log_in_strongly(provider, &mut phone, landed, email)
        .await
        .screen("account-phone-login");
    (phone, page)
}

async fn ask(phone: &mut Phone, page: &Page, number: &str) -> Landed {
    phone
        .press(page, "send_code", &[("mobile_phone", number)])
        .await
}

async fn give(phone: &mut Phone, page: &Page, code: &str) -> Landed {
    phone.press(page, "next", &[("code", code)]).await
}

/// Switches the login on, from the page back to it.
async fn switch_on(provider: &Provider, phone: &mut Phone, page: &Page, number: &str) -> Page {
    let asked = ask(phone, page, number).await;
    let code = asked.screen("account-phone-login-code");
    let e164 = format!("+81{}", &number.replace('-', "")[1..]);
    let digits = provider.code_for(&e164).await;
    give(phone, &code, &digits)
        .await
        .screen("account-phone-login")
}

/// Logs in by that ID on a new phone, and returns the page after that.
async fn log_in_by(provider: &Provider, login_id: &str) -> Page {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account")).await;
    steps::log_in_with(&mut phone, landed, login_id, PASSWORD)
        .await
        .page()
}

async fn told(provider: &Provider, email: &str, subject: &str) -> Vec<KeptMessage> {
    let mut mails = provider.mails_to(email).await;
    mails.retain(|mail| mail.subject.contains(subject));
    mails
}

#[tokio::test]
async fn a_number_proven_by_sms_logs_in_until_it_is_switched_off() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, EMAIL).await;
    assert!(page.words().contains("設定されていません"));
    assert_eq!(page.value("mobile_phone").as_deref(), Some(NUMBER));
    assert_eq!(
        log_in_by(&provider, NUMBER).await.errors(),
        ["login-failed"]
    );
    let page = switch_on(&provider, &mut phone, &page, NUMBER).await;
    assert!(page.words().contains("ログインできるようになりました"));
    assert!(
        page.link("/account/sessions")
            .ends_with("/account/sessions")
    );
    let sms = provider.mails_to(E164).await.pop().unwrap();
    let code = provider.code_for(E164).await;
    let bound = format!("\n@id.toyota.localhost #{code}");
    assert!(sms.channel == Channel::Sms && sms.text.ends_with(&bound));
    for typed in [
        NUMBER,
        "09012345678",
        "０９０１２３４５６７８",
        "+819012345678",
    ] {
        let home = log_in_by(&provider, typed).await;
        assert!(home.words().contains(EMAIL), "{typed}");
    }
    let mails = told(&provider, EMAIL, "ログイン設定のお知らせ").await;
    assert!(mails.len() == 1 && mails[0].text.contains("***-****-5678"));
    let page = phone.press(&page, "switch_off", &[]).await;
    let page = page.screen("account-phone-login");
    assert!(page.words().contains("ログインを解除しました"));
    assert_eq!(
        log_in_by(&provider, NUMBER).await.errors(),
        ["login-failed"]
    );
    assert_eq!(told(&provider, EMAIL, "解除のお知らせ").await.len(), 1);
}

#[tokio::test]
async fn another_number_is_taken_once_proven_and_services_are_told() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, EMAIL).await;
    let page = switch_on(&provider, &mut phone, &page, NUMBER).await;
    let asked = ask(&mut phone, &page, "080-1111-2222").await;
    let code = asked.screen("account-phone-login-code");
    assert!(log_in_by(&provider, NUMBER).await.words().contains(EMAIL));
    let digits = provider.code_for("+818011112222").await;
    give(&mut phone, &code, &digits)
        .await
        .screen("account-phone-login");
    assert_eq!(
        log_in_by(&provider, NUMBER).await.errors(),
        ["login-failed"]
    );
    let home = log_in_by(&provider, "080-1111-2222").await;
    assert!(home.words().contains(EMAIL));
    let service = provider.service().await;
    let person = steps::Person::new(EMAIL);
    let tokens = steps::tokens(&mut phone, &service, service.ask("openid phone"), &person).await;
    let claims = service.userinfo(&tokens.access_token).await.json();
    assert_eq!(claims["phone_number"], "+818011112222");
    assert_eq!(claims["phone_number_verified"], true);
}

#[tokio::test]
async fn a_number_proven_elsewhere_is_taken_over_and_nothing_is_told_of_its_owner() {
    let provider = stage().await;
    steps::person(&provider, TARO).await;
    provider.let_short_lived_state_expire().await;
    let (mut hers, page) = at(&provider, EMAIL).await;
    switch_on(&provider, &mut hers, &page, NUMBER).await;
    provider.advance(Duration::from_secs(61));
    let (mut his, page) = at(&provider, TARO).await;
    let page = switch_on(&provider, &mut his, &page, NUMBER).await;
    assert!(page.words().contains("ログインできるようになりました"));
    assert!(!page.body.contains(EMAIL));
    let home = log_in_by(&provider, NUMBER).await;
    assert!(home.words().contains(TARO));
    let mails = told(&provider, EMAIL, "解除のお知らせ").await;
    assert!(mails.len() == 1 && mails[0].text.contains("ほかの共通ID"));
    assert!(!mails[0].text.contains(TARO));
    // Her second factor goes to her mailbox again, because the phone is not hers any more.
    let found = provider.app.store.accounts().by_email_key(EMAIL).await;
    let account = found.unwrap().unwrap().account;
    assert!(!account.mobile_phone_verified && !account.phone_login);
}

#[tokio::test]
async fn a_number_that_gets_no_sms_is_refused_with_a_sentence() {
    let provider = stage().await;
    let (mut phone, mut page) = at(&provider, EMAIL).await;
    for (number, error) in [
        ("", "mobile-phone-missing"),
        ("050-1234-5678", "mobile-phone-ip"),
        ("020-1234-5678", "mobile-phone-data"),
        ("03-1234-5678", "mobile-phone-prefix"),
        ("090-1234-567", "mobile-phone-length"),
        ("my phone", "mobile-phone-characters"),
    ] {
        page = ask(&mut phone, &page, number)
            .await
            .screen("account-phone-login");
        assert_eq!(
            (page.status.as_u16(), page.errors()),
            (422, vec![error.to_owned()])
        );
        assert_eq!(page.value("mobile_phone").as_deref(), Some(number));
    }
    let page = switch_on(&provider, &mut phone, &page, NUMBER).await;
    let page = ask(&mut phone, &page, NUMBER).await.page();
    assert_eq!(page.errors(), ["mobile-phone-logs-in"]);
}

#[tokio::test]
async fn a_wrong_an_old_and_a_tired_code_are_refused_and_another_can_be_had() {
    // Time passes in this test, and no new login is to be required.
    let long = |config: &mut Config| config.sessions.sensitive_after = Duration::from_secs(3600);
    let provider = Provider::start_with(long).await;
    steps::person(&provider, EMAIL).await;
    let (mut phone, page) = at(&provider, EMAIL).await;
    let asked = ask(&mut phone, &page, NUMBER).await;
    let mut page = asked.screen("account-phone-login-code");
    let right = provider.code_for(E164).await;
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    for (typed, error) in [
        ("", "code-missing"),
        ("12", "code-format"),
        (wrong, "login-code-wrong"),
    ] {
        page = give(&mut phone, &page, typed)
            .await
            .screen("account-phone-login-code");
        assert_eq!(page.errors(), [error]);
    }
    let too_soon = phone.press(&page, "resend_code", &[]).await.page();
    assert_eq!(
        (too_soon.status.as_u16(), too_soon.errors()),
        (429, vec!["resend-too-soon".to_owned()])
    );
    for _ in 0..4 {
        page = give(&mut phone, &page, wrong).await.page();
    }
    assert_eq!(page.errors(), ["code-too-many"]);
    assert_eq!(
        give(&mut phone, &page, &right).await.page().errors(),
        ["code-too-many"]
    );
    provider.advance(Duration::from_secs(61));
    let page = phone.press(&page, "resend_code", &[]).await;
    let page = page.screen("account-phone-login-code");
    assert!(page.words().contains("再送しました"));
    provider.advance(Duration::from_secs(600));
    let late = provider.code_for(E164).await;
    assert_eq!(
        give(&mut phone, &page, &late).await.page().errors(),
        ["code-expired"]
    );
    provider.advance(Duration::from_secs(1));
    let page = phone.press(&page, "resend_code", &[]).await.page();
    let newest = provider.code_for(E164).await;
    give(&mut phone, &page, &newest)
        .await
        .screen("account-phone-login");
}

#[tokio::test]
async fn no_phone_gets_many_codes_whoever_asks() {
    let provider = stage().await;
    let (mut phone, mut page) = at(&provider, EMAIL).await;
    for sent in 0..6 {
        page = ask(&mut phone, &page, NUMBER).await.page();
        let errors = page.errors();
        assert_eq!(errors.is_empty(), sent < 5, "{sent}: {errors:?}");
        if errors.is_empty() {
            provider.advance(Duration::from_secs(61));
            page = phone.press(&page, "back", &[]).await.page();
        }
    }
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (429, vec!["resend-too-many".to_owned()])
    );
    assert_eq!(provider.mails_to(E164).await.len(), 5);
    // The limit per account holds for many phones, too.
    for number in 0..6 {
        page = ask(&mut phone, &page, &format!("080-1111-000{number}"))
            .await
            .page();
        if page.errors().is_empty() {
            page = phone.press(&page, "back", &[]).await.page();
        }
    }
    assert_eq!(page.errors(), ["resend-too-many"]);
}

#[tokio::test]
async fn a_button_pressed_twice_switches_on_once() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, EMAIL).await;
    let asked = ask(&mut phone, &page, NUMBER).await;
    let code = asked.screen("account-phone-login-code");
    let digits = provider.code_for(E164).await;
    for _ in 0..2 {
        let page = give(&mut phone, &code, &digits)
            .await
            .screen("account-phone-login");
        assert!(page.words().contains("ログインできるようになりました"));
    }
    assert_eq!(told(&provider, EMAIL, "設定のお知らせ").await.len(), 1);
}

#[tokio::test]
async fn the_code_of_one_number_proves_no_other() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, EMAIL).await;
    let asked = ask(&mut phone, &page, "080-1111-2222").await;
    let first = asked.screen("account-phone-login-code");
    let mine = provider.code_for("+818011112222").await;
    let asked = ask(&mut phone, &page, NUMBER).await;
    asked.screen("account-phone-login-code");
    let page = give(&mut phone, &first, &mine).await.page();
    assert_eq!(page.errors(), ["login-code-wrong"]);
    assert!(page.words().contains(NUMBER), "the number asked for last");
}

#[tokio::test]
async fn a_number_changed_elsewhere_since_the_code_was_sent_is_not_written_over() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, EMAIL).await;
    let asked = ask(&mut phone, &page, NUMBER).await;
    let code = asked.screen("account-phone-login-code");
    let digits = provider.code_for(E164).await;
    let change = |account: &mut common_id::accounts::account::Account| {
        account.mobile_phone = Some("+818011112222".to_owned());
    };
    provider.change_account(EMAIL, change).await;
    let page = give(&mut phone, &code, &digits)
        .await
        .screen("account-phone-login");
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (409, vec!["mobile-phone-changed-elsewhere".to_owned()])
    );
    assert_eq!(
        log_in_by(&provider, NUMBER).await.errors(),
        ["login-failed"]
    );
}

#[tokio::test]
async fn another_number_typed_in_the_profile_ends_phone_login_with_a_mail() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, EMAIL).await;
    switch_on(&provider, &mut phone, &page, NUMBER).await;
    let profile = phone.open(provider.url("/account/profile")).await;
    let page = profile.screen("account-profile");
    provider.advance(Duration::from_secs(21 * 60));
    let fields = [("mobile_phone", "080-1111-2222"), ("city", "松本市")];
    let refused = phone.press(&page, "save", &fields).await.page();
    assert_eq!(refused.errors(), ["mobile-phone-guards"]);
    assert_eq!(refused.value("city").as_deref(), Some("松本市"));
    let landed = phone.open(provider.url(START)).await;
    steps::log_in_strongly(&provider, &mut phone, landed, EMAIL)
        .await
        .screen("account-phone-login");
    let saved = phone.press(&refused, "save", &[]).await;
    let page = saved.screen("account-profile");
    assert!(page.words().contains("保存しました"));
    let mails = told(&provider, EMAIL, "解除のお知らせ").await;
    assert!(mails.len() == 1 && mails[0].text.contains("***-****-5678"));
}

#[tokio::test]
async fn only_who_logged_in_recently_and_with_a_form_of_their_own_gets_here() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, EMAIL).await;
    let mut form = page.form("send_code");
    form.fields.retain(|(name, _)| name != "form_token");
    assert_eq!(phone.submit(form).await.errors(), ["form-expired"]);
    let asked = ask(&mut phone, &page, NUMBER).await;
    let code = asked.screen("account-phone-login-code");
    let mut form = code.form("next");
    form.fields.retain(|(name, _)| name != "form_token");
    assert_eq!(phone.submit(form).await.errors(), ["form-expired"]);
    provider.advance(Duration::from_secs(21 * 60));
    for path in [START, "/account/phone-login/code"] {
        phone.open(provider.url(path)).await.screen("login");
    }
    let landed = give(&mut phone, &code, "000000").await;
    // Leads back to the page; the code is still valid for the number it was sent to.
    steps::log_in(&mut phone, landed, EMAIL)
        .await
        .screen("account-phone-login-code");
    assert!(log_in_by(&provider, NUMBER).await.errors() == ["login-failed"]);
}

#[tokio::test]
async fn without_a_code_on_the_way_its_page_leads_to_the_number() {
    let provider = stage().await;
    let (mut phone, _page) = at(&provider, EMAIL).await;
    let landed = phone.open(provider.url("/account/phone-login/code")).await;
    landed.screen("account-phone-login");
}
