//! メールアドレスの変更 (changing the e-mail address): proven at the new mailbox, notified to the old
//! one, and undone from there.

use std::time::Duration;

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::Provider;
use crate::support::steps::{self, PASSWORD, Person};

const OLD: &str = "hanako@example.jp";
const NEW: &str = "hanako.new@example.com";
const THIEF: &str = "thief@example.net";
const TARO: &str = "taro@example.jp";
const START: &str = "/account/email";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn stage() -> Provider {
    let provider = Provider::start().await;
    steps::person(&provider, OLD).await;
    provider
}

/// A phone whose owner has just logged in, on the page.
async fn at(provider: &Provider, email: &str) -> (Phone, Page) {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url(START)).await;
    let page = steps::log_in_strongly(provider, &mut phone, landed, email)
        .await
        .screen("account-email");
    (phone, page)
}

async fn ask(phone: &mut Phone, page: &Page, email: &str) -> Landed {
    phone.press(page, "send_code", &[("email", email)]).await
}

async fn give(phone: &mut Phone, page: &Page, code: &str) -> Landed {
    phone.press(page, "next", &[("code", code)]).await
}

/// Changes the address to a new one, from the page on.
async fn change(provider: &Provider, phone: &mut Phone, page: &Page, email: &str) -> Page {
    let code = ask(phone, page, email).await.screen("account-email-code");
    let digits = provider.code_for(email).await;
    give(phone, &code, &digits).await.screen("account-email")
}

/// Returns the undo code of the last change in that mailbox.
async fn undo_code(provider: &Provider, email: &str) -> String {
    let mails = provider.mails_to(email).await;
    let told = mails
        .iter()
        .rev()
        .find(|mail| mail.subject.contains("変更のお知らせ"));
    let text = &told.expect("a mail that tells of the change").text;
    let mut lines = text.split(['：', '\n']).map(str::trim);
    let code = lines.find(|line| line.len() == 19 && line.matches('-').count() == 3);
    code.unwrap_or_else(|| panic!("no code in {text}"))
        .to_owned()
}

/// Types a code in on a new phone.
async fn undo(provider: &Provider, code: &str) -> Page {
    let mut phone = Phone::new();
    let page = phone.open(provider.url("/email-undo")).await;
    let page = page.screen("email-undo");
    phone
        .press(&page, "undo", &[("undo_code", code)])
        .await
        .screen("email-undo")
}

async fn log_in_by(provider: &Provider, login_id: &str) -> Page {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account")).await;
    steps::log_in_with(&mut phone, landed, login_id, PASSWORD)
        .await
        .page()
}

#[tokio::test]
async fn a_new_address_is_proven_and_logs_in_and_the_old_one_is_told() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, OLD).await;
    assert!(page.words().contains(OLD));
    let page = change(&provider, &mut phone, &page, NEW).await;
    assert!(page.words().contains("変更しました") && page.words().contains(NEW));
    assert!(
        page.link("/account/sessions")
            .ends_with("/account/sessions")
    );
    phone.open(provider.url("/account")).await.screen("account");
    assert!(log_in_by(&provider, NEW).await.words().contains(NEW));
    assert_eq!(log_in_by(&provider, OLD).await.errors(), ["login-failed"]);
    let told = provider.mails_to(OLD).await.pop().unwrap();
    assert!(told.subject.contains("変更のお知らせ"));
    assert!(told.text.contains("h***@example.com") && !told.text.contains(NEW));
    assert!(told.text.contains("7日") && !told.text.contains("://"));
    let told = provider.mails_to(NEW).await.pop().unwrap();
    assert!(told.text.contains(NEW) && !told.text.contains("取り消し番号"));
}

#[tokio::test]
async fn services_see_the_new_address_under_the_same_subject() {
    let provider = stage().await;
    let service = provider.service().await;
    let (mut phone, page) = at(&provider, OLD).await;
    let scope = "openid email offline_access";
    let before = steps::tokens(&mut phone, &service, service.ask(scope), &Person::new(OLD)).await;
    change(&provider, &mut phone, &page, NEW).await;
    let refreshed = service.refresh(&before.refresh_token.unwrap()).await;
    assert_eq!(refreshed.status, 200, "what services hold stays");
    let claims = service
        .userinfo(&refreshed.text("access_token"))
        .await
        .json();
    assert_eq!(
        (&claims["email"], &claims["email_verified"]),
        (&NEW.into(), &true.into())
    );
    let after = steps::tokens(&mut phone, &service, service.ask(scope), &Person::new(NEW)).await;
    assert_eq!(after.claims.subject(), before.claims.subject());
}

#[tokio::test]
async fn until_the_code_comes_back_nothing_tells_whether_the_address_has_an_account() {
    let provider = stage().await;
    steps::person(&provider, TARO).await;
    provider.let_short_lived_state_expire().await;
    let mut answers = Vec::new();
    for address in [TARO, "nobody@example.jp"] {
        let (mut phone, page) = at(&provider, OLD).await;
        let token = page.value("form_token").unwrap();
        let before = provider.mails_to(address).await.len();
        let code = ask(&mut phone, &page, address).await;
        let code = code.screen("account-email-code");
        let wrong = give(&mut phone, &code, "12").await.page();
        assert_eq!(provider.mails_to(address).await.len(), before + 1);
        let mail = provider.mails_to(address).await.pop().unwrap();
        let digits = provider.code_for(address).await;
        let alike = |text: &str| text.replace(address, "ADDRESS").replace(&token, "TOKEN");
        answers.push((
            alike(&code.body),
            (wrong.status, alike(&wrong.body)),
            (mail.subject, mail.text.replace(&digits, "CODE")),
        ));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn whoever_proves_an_address_that_has_an_account_is_told_so_with_a_way_on() {
    let provider = stage().await;
    steps::person(&provider, TARO).await;
    provider.let_short_lived_state_expire().await;
    let (mut phone, page) = at(&provider, OLD).await;
    let page = change(&provider, &mut phone, &page, TARO).await;
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (409, vec!["email-registered".to_owned()])
    );
    assert!(page.link("/logout").ends_with("/logout") && page.has_button("send_code"));
    assert!(log_in_by(&provider, TARO).await.words().contains(TARO));
    assert!(log_in_by(&provider, OLD).await.words().contains(OLD));
}

#[tokio::test]
async fn what_is_no_new_address_is_refused() {
    let provider = stage().await;
    let (mut phone, mut page) = at(&provider, OLD).await;
    for (typed, error) in [
        ("", "email-missing"),
        ("hanako", "email-incomplete"),
        ("Hanako@EXAMPLE.jp", "email-same"),
    ] {
        page = ask(&mut phone, &page, typed).await.screen("account-email");
        assert_eq!(
            (page.status.as_u16(), page.errors()),
            (422, vec![error.to_owned()])
        );
        assert_eq!(page.value("email").as_deref(), Some(typed));
    }
}

#[tokio::test]
async fn an_address_at_a_carrier_gets_its_help_and_a_slip_a_question() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, OLD).await;
    for (typed, said) in [
        ("taro@docomo.ne.jp", "受信リスト設定"),
        ("taro@docomo.ne.jo", "「taro@docomo.ne.jp」ではありませんか"),
    ] {
        let code = ask(&mut phone, &page, typed).await;
        let words = code.screen("account-email-code").words();
        assert!(words.contains(said), "{words}");
    }
}

#[tokio::test]
async fn codes_are_limited_with_those_of_registration_and_wrong_ones_refused() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, OLD).await;
    let code = ask(&mut phone, &page, NEW)
        .await
        .screen("account-email-code");
    let right = provider.code_for(NEW).await;
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    let refused = give(&mut phone, &code, wrong).await.page();
    assert_eq!(refused.errors(), ["login-code-wrong"]);
    let soon = phone.press(&code, "resend_code", &[]).await.page();
    assert_eq!(soon.errors(), ["resend-too-soon"]);
    for _ in 0..4 {
        provider.advance(Duration::from_secs(61));
        phone.press(&code, "resend_code", &[]).await.page();
    }
    provider.advance(Duration::from_secs(61));
    let many = phone.press(&code, "resend_code", &[]).await.page();
    assert_eq!(
        (many.status.as_u16(), many.errors()),
        (429, vec!["resend-too-many".to_owned()])
    );
    assert_eq!(provider.mails_to(NEW).await.len(), 5);
    let page = phone
        .press(&code, "back", &[])
        .await
        .screen("account-email");
    for number in 0..5 {
        ask(&mut phone, &page, &format!("other{number}@example.jp")).await;
    }
    let many = ask(&mut phone, &page, "last@example.jp").await.page();
    assert_eq!(many.errors(), ["email-too-many"], "for one account");
}

#[tokio::test]
async fn an_address_changed_elsewhere_since_the_code_was_sent_is_not_written_over() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, OLD).await;
    let code = ask(&mut phone, &page, NEW)
        .await
        .screen("account-email-code");
    let digits = provider.code_for(NEW).await;
    let (mut other, theirs) = at(&provider, OLD).await;
    change(&provider, &mut other, &theirs, "elsewhere@example.jp").await;
    let page = give(&mut phone, &code, &digits)
        .await
        .screen("account-email");
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (409, vec!["email-changed-elsewhere".to_owned()])
    );
    assert_eq!(log_in_by(&provider, NEW).await.errors(), ["login-failed"]);
}

#[tokio::test]
async fn only_who_logged_in_recently_and_with_a_form_of_their_own_gets_here() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, OLD).await;
    let mut form = page.form("send_code");
    form.fields.retain(|(name, _)| name != "form_token");
    assert_eq!(phone.submit(form).await.errors(), ["form-expired"]);
    let code = phone.open(provider.url("/account/email/code")).await;
    code.screen("account-email");
    let code = ask(&mut phone, &page, NEW)
        .await
        .screen("account-email-code");
    let mut form = code.form("next");
    form.fields.retain(|(name, _)| name != "form_token");
    assert_eq!(phone.submit(form).await.errors(), ["form-expired"]);
    provider.advance(Duration::from_secs(21 * 60));
    for path in [START, "/account/email/code"] {
        phone.open(provider.url(path)).await.screen("login");
    }
}

#[tokio::test]
async fn the_owner_undoes_what_a_thief_changed_and_nothing_of_the_thiefs_is_left() {
    let provider = stage().await;
    let service = provider.service().await;
    let (mut thief, page) = at(&provider, OLD).await;
    change(&provider, &mut thief, &page, THIEF).await;
    let request = service.ask("openid offline_access");
    let tokens = steps::tokens(&mut thief, &service, request, &Person::new(THIEF)).await;
    let mut thiefs_phone = thief.clone();
    let page = thief.open(provider.url("/account/phone-login")).await;
    let page = page.screen("account-phone-login");
    let fields = [("mobile_phone", "080-6666-6666")];
    let code = thief.press(&page, "send_code", &fields).await.page();
    let digits = provider.code_for("+818066666666").await;
    thief.press(&code, "next", &[("code", &digits)]).await;
    provider.advance(2 * DAY);
    let code = undo_code(&provider, OLD).await;
    let done = undo(&provider, &code).await;
    assert!(done.words().contains("元に戻しました"));
    assert!(done.link("/recovery").ends_with("/recovery"));
    thiefs_phone
        .open(provider.url("/account"))
        .await
        .screen("login");
    for login_id in [THIEF, OLD, "080-6666-6666"] {
        assert_eq!(
            log_in_by(&provider, login_id).await.errors(),
            ["login-failed"]
        );
    }
    let refused = service.refresh(&tokens.refresh_token.unwrap()).await;
    assert_eq!(refused.error(), "invalid_grant");
    for mailbox in [OLD, THIEF] {
        let told = provider.mails_to(mailbox).await.pop().unwrap();
        assert!(told.subject.contains("元に戻しました"), "{}", told.subject);
    }
    // The owner sets a new password through the mailbox, which is theirs again.
    let mut owner = Phone::new();
    let start = owner.open(done.link("/recovery")).await.screen("recovery");
    let code = owner.press(&start, "send_code", &[("login_id", OLD)]).await;
    let code = code.screen("recovery-code");
    let digits = provider.code_for(OLD).await;
    let page = give(&mut owner, &code, &digits).await;
    let page = page.screen("recovery-password");
    let fields = [("new_password", "Qx-harbour4")];
    owner
        .press(&page, "save", &fields)
        .await
        .screen("recovery-complete");
}

#[tokio::test]
async fn the_owners_undoing_wins_over_a_thiefs_second_change() {
    let provider = stage().await;
    let (mut thief, page) = at(&provider, OLD).await;
    let page = change(&provider, &mut thief, &page, THIEF).await;
    provider.advance(Duration::from_secs(61));
    change(&provider, &mut thief, &page, "thief2@example.net").await;
    let (owners, thiefs) = (
        undo_code(&provider, OLD).await,
        undo_code(&provider, THIEF).await,
    );
    assert!(
        undo(&provider, &owners)
            .await
            .words()
            .contains("元に戻しました")
    );
    assert_eq!(
        undo(&provider, &thiefs).await.errors(),
        ["undo-code-unknown"]
    );
    let found = provider.app.store.accounts().by_email_key(OLD).await;
    assert!(found.unwrap().is_some());
}

#[tokio::test]
async fn an_undo_code_is_good_once_and_for_seven_days_and_twice_is_once() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, OLD).await;
    change(&provider, &mut phone, &page, NEW).await;
    let code = undo_code(&provider, OLD).await;
    for (typed, error) in [
        ("", "undo-code-missing"),
        ("BCDF-GHJK", "undo-code-unknown"),
        ("BCDF-GHJK-LMNP-QRST", "undo-code-unknown"),
    ] {
        let page = undo(&provider, typed).await;
        assert_eq!(
            (page.status.as_u16(), page.errors()),
            (422, vec![error.to_owned()])
        );
    }
    let mails = provider.all_mails().await.len();
    for _ in 0..2 {
        let page = undo(&provider, &code.to_lowercase()).await;
        assert!(page.words().contains("元に戻しました"));
    }
    assert_eq!(provider.all_mails().await.len(), mails + 2, "one undoing");
    let other = stage().await;
    let (mut phone, page) = at(&other, OLD).await;
    change(&other, &mut phone, &page, NEW).await;
    let code = undo_code(&other, OLD).await;
    other.advance(7 * DAY);
    assert_eq!(undo(&other, &code).await.errors(), ["undo-code-unknown"]);
}

#[tokio::test]
async fn opening_the_page_undoes_nothing_and_another_browsers_form_neither() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, OLD).await;
    change(&provider, &mut phone, &page, NEW).await;
    let code = undo_code(&provider, OLD).await;
    let mut other = Phone::new();
    let url = provider.url(&format!("/email-undo?undo_code={code}"));
    let page = other.open(url).await.screen("email-undo");
    let mut form = page.form("undo").filled(&[("undo_code", &code)]);
    form.fields.retain(|(name, _)| name != "form_token");
    assert_eq!(other.submit(form).await.errors(), ["form-expired"]);
    assert!(log_in_by(&provider, NEW).await.words().contains(NEW));
}

#[tokio::test]
async fn an_old_address_that_is_anothers_by_now_is_said_to_be_so() {
    let provider = stage().await;
    let (mut phone, page) = at(&provider, OLD).await;
    change(&provider, &mut phone, &page, NEW).await;
    let code = undo_code(&provider, OLD).await;
    provider.let_short_lived_state_expire().await;
    steps::person(&provider, OLD).await;
    let page = undo(&provider, &code).await;
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (409, vec!["undo-address-taken".to_owned()])
    );
    assert!(log_in_by(&provider, NEW).await.words().contains(NEW));
}

#[tokio::test]
async fn guessing_at_undo_codes_ends_with_a_wait() {
    let provider = Provider::start_with(|config| config.login.wrong_per_ip = 3).await;
    for tried in 0..4 {
        let page = undo(&provider, "BCDF-GHJK-LMNP-QRST").await;
        let expected = if tried < 3 { 422 } else { 429 };
        assert_eq!(page.status.as_u16(), expected, "{tried}");
    }
}
