//! Changes of what protects an account: at once in the strongest login for which the account
//! is set up, otherwise after a delay in which every channel of its owner can cancel them.

use std::time::Duration;

use common_id::account_changes::pending::{self, Waits};
use common_id::account_changes::{Changing, closing};
use common_id::accounts::account::{Account, AccountStatus};
use common_id::accounts::consent::ConsentContext;
use common_id::accounts::pending_change::{Change, ChangeKind};
use common_id::locale::Locale;
use common_id::outbox::KeptMessage;

use crate::support::authenticator::Authenticator;
use crate::support::browser::{Landed, Page, Phone};
use crate::support::passkeys::{self, authenticator};
use crate::support::provider::Provider;
use crate::support::steps::{self, PASSWORD};

const EMAIL: &str = "hanako@example.jp";
const E164: &str = "+819012345678";
const THIEFS_MAILBOX: &str = "thief@example.net";
const THIEFS_NUMBER: &str = "080-6666-6666";
const THIEFS_E164: &str = "+818066666666";
const NEW: &str = "Qx-harbour4";
const DELAY: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// A provider with a person who proved a mobile number, so that codes go there.
async fn stage() -> Provider {
    let provider = Provider::start().await;
    prepare(&provider).await;
    provider
}

async fn prepare(provider: &Provider) {
    steps::person(provider, EMAIL).await;
    provider.prove_mobile_phone(EMAIL).await;
    provider.let_short_lived_state_expire().await;
}

/// Whoever knows the password and nothing else, on that page.
async fn with_password_alone(provider: &Provider, path: &str, screen: &str) -> (Phone, Page) {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url(path)).await;
    let code = steps::log_in(&mut phone, landed, EMAIL)
        .await
        .screen("login-code");
    let page = phone.press(&code, "not_now", &[]).await.screen(screen);
    assert!(page.words().contains("72時間後"), "{}", page.words());
    (phone, page)
}

/// Carries out what is due, on all nodes at once.
async fn let_pass(provider: &Provider, time: Duration) {
    provider.let_short_lived_state_expire().await;
    provider.advance(time);
    let (first, last) = (&provider.nodes[0], provider.nodes.last().unwrap());
    let (one, other) = tokio::join!(pending::carry_out_due(first), pending::carry_out_due(last),);
    one.and(other).unwrap();
}

async fn log_in(provider: &Provider, login_id: &str, password: &str) -> Page {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account")).await;
    steps::log_in_with(&mut phone, landed, login_id, password)
        .await
        .page()
}

async fn lets_in(provider: &Provider, device: &Authenticator) -> bool {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account")).await;
    let page = passkeys::log_in(&mut phone, landed, device).await.page();
    page.screen() == "account"
}

/// Presses what asks for the change of one kind; the change must wait.
async fn ask(provider: &Provider, kind: &str, device: &mut Authenticator) -> Page {
    let landed = match kind {
        "email" => {
            let (mut phone, page) =
                with_password_alone(provider, "/account/email", "account-email").await;
            let fields = [("email", THIEFS_MAILBOX)];
            let code = phone.press(&page, "send_code", &fields).await;
            let code = code.screen("account-email-code");
            give(provider, &mut phone, &code, THIEFS_MAILBOX).await
        }
        "phone-login-on" => {
            let path = "/account/phone-login";
            let (mut phone, page) =
                with_password_alone(provider, path, "account-phone-login").await;
            let fields = [("mobile_phone", THIEFS_NUMBER)];
            let code = phone.press(&page, "send_code", &fields).await;
            let code = code.screen("account-phone-login-code");
            give(provider, &mut phone, &code, THIEFS_E164).await
        }
        "passkey-added" => {
            let path = "/account/passkeys";
            let (mut phone, page) = with_password_alone(provider, path, "account-passkeys").await;
            passkeys::add(&mut phone, &page, device).await
        }
        "password" => {
            let path = "/account/password";
            let (mut phone, page) = with_password_alone(provider, path, "account-password").await;
            let fields = [("password", PASSWORD), ("new_password", NEW)];
            phone.press(&page, "save", &fields).await
        }
        _ => {
            let path = "/account/leave";
            let (mut phone, page) = with_password_alone(provider, path, "account-leave").await;
            let fields = [("password", PASSWORD), ("confirm", "yes")];
            phone.press(&page, "leave", &fields).await
        }
    };
    let home = landed.screen("account");
    assert!(home.words().contains("手続き中の変更"), "{}", home.words());
    home
}

async fn give(provider: &Provider, phone: &mut Phone, page: &Page, to: &str) -> Landed {
    let digits = provider.code_for(to).await;
    phone.press(page, "next", &[("code", &digits)]).await
}

/// Whether the change of that kind has taken effect.
async fn took_effect(provider: &Provider, kind: &str, device: &Authenticator) -> bool {
    let accounts = provider.app.store.accounts();
    match kind {
        "email" => {
            let found = accounts.by_email_key(THIEFS_MAILBOX).await.unwrap();
            found.is_some()
        }
        "phone-login-on" => {
            let found = accounts.by_login_phone(THIEFS_E164).await.unwrap();
            found.is_some()
        }
        "passkey-added" => lets_in(provider, device).await,
        "password" => log_in(provider, EMAIL, NEW).await.screen() == "account",
        _ => accounts.by_email_key(EMAIL).await.unwrap().is_none(),
    }
}

const KINDS: [&str; 5] = [
    "email",
    "phone-login-on",
    "passkey-added",
    "password",
    "leaving",
];

fn is_of_a_change(mail: &KeptMessage) -> bool {
    mail.text.contains("72時間後")
}

/// Returns the newest cancel code that was sent to an address or number.
async fn cancel_code(provider: &Provider, to: &str) -> String {
    let mails = provider.mails_to(to).await;
    let told = mails.iter().rev().find(|mail| is_of_a_change(mail));
    let text = &told.expect("a message that tells of the change").text;
    let mut lines = text.split(['：', '\n']).map(str::trim);
    let code = lines.find(|line| line.len() == 19 && line.matches('-').count() == 3);
    code.unwrap_or_else(|| panic!("no code in {text}"))
        .to_owned()
}

async fn cancel(provider: &Provider, code: &str) -> Page {
    let mut phone = Phone::new();
    let page = phone.open(provider.url("/change-cancel")).await;
    let page = page.screen("change-cancel");
    let fields = [("cancel_code", code)];
    phone
        .press(&page, "cancel", &fields)
        .await
        .screen("change-cancel")
}

#[tokio::test]
async fn a_password_alone_changes_nothing_at_once_and_both_channels_are_told() {
    for kind in KINDS {
        let provider = stage().await;
        let mut device = authenticator(&provider, "toyota");
        ask(&provider, kind, &mut device).await;
        assert!(!took_effect(&provider, kind, &device).await, "{kind}");
        let codes = [
            cancel_code(&provider, EMAIL).await,
            cancel_code(&provider, E164).await,
        ];
        assert_eq!(codes[0], codes[1], "{kind}");
        let_pass(&provider, DELAY - Duration::from_secs(3602)).await;
        assert!(!took_effect(&provider, kind, &device).await, "{kind}");
        let_pass(&provider, Duration::from_secs(1)).await;
        assert!(took_effect(&provider, kind, &device).await, "{kind}");
    }
}

#[tokio::test]
async fn the_owner_cancels_a_change_by_the_code_of_the_mail_or_the_sms() {
    for (kind, told) in KINDS.into_iter().zip([EMAIL, E164, EMAIL, E164, EMAIL]) {
        let provider = stage().await;
        let mut device = authenticator(&provider, "toyota");
        ask(&provider, kind, &mut device).await;
        let code = cancel_code(&provider, told).await;
        let done = cancel(&provider, &code.to_lowercase()).await;
        assert!(done.words().contains("変更を取り消しました"), "{kind}");
        let again = cancel(&provider, &code).await;
        assert_eq!(again.errors(), ["cancel-code-unknown"], "{kind}");
        let_pass(&provider, DELAY).await;
        assert!(!took_effect(&provider, kind, &device).await, "{kind}");
    }
}

#[tokio::test]
async fn the_owner_cancels_a_change_on_their_own_page_and_nobody_elses() {
    let provider = stage().await;
    let mut device = authenticator(&provider, "toyota");
    let home = ask(&provider, "passkey-added", &mut device).await;
    let name = home.form("cancel").fields;
    let name = name.into_iter().find(|(name, _)| name == "pending");
    let (_, id) = name.expect("the ID of the change");
    // Another person, with the ID.
    steps::person(&provider, "taro@example.jp").await;
    let mut taro = Phone::new();
    let landed = taro.open(provider.url("/account")).await;
    let his = steps::log_in(&mut taro, landed, "taro@example.jp").await;
    let his = his.screen("account");
    assert!(!his.words().contains("手続き中の変更"));
    let accounts = provider.app.store.accounts();
    let taros = accounts.by_email_key("taro@example.jp").await.unwrap();
    let pending = provider.app.store.pending_changes();
    let taros = taros.unwrap().account.id;
    assert!(!pending.cancel(&taros, &id).await.unwrap());

    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account")).await;
    let home = steps::log_in(&mut phone, landed, EMAIL).await;
    let home = home.screen("account");
    let mut forged = home.form("cancel");
    forged.fields.retain(|(name, _)| name != "form_token");
    assert_eq!(phone.submit(forged).await.errors(), ["form-expired"]);
    let home = phone.press(&home, "cancel", &[]).await.screen("account");
    assert!(home.words().contains("変更を取り消しました"));
    let_pass(&provider, DELAY).await;
    assert!(!lets_in(&provider, &device).await);
}

#[tokio::test]
async fn a_code_is_not_enough_where_a_passkey_is_and_the_passkey_is() {
    let provider = Provider::start().await;
    let device = passkeys::owner(&provider, "toyota", EMAIL).await;
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account/passkeys")).await;
    let page = steps::log_in_strongly(&provider, &mut phone, landed, EMAIL)
        .await
        .screen("account-passkeys");
    assert!(page.words().contains("パスキーでログインし直して"));
    let mut other = authenticator(&provider, "toyota");
    let home = passkeys::add(&mut phone, &page, &mut other).await;
    home.screen("account");
    assert!(!lets_in(&provider, &other).await);
    // Removing the owner's passkey waits, too.
    let page = phone.open(page.link("passkey_id=")).await;
    let page = page.screen("account-passkey");
    let home = phone.press(&page, "remove", &[]).await.screen("account");
    assert!(home.words().contains("パスキーの削除"));
    assert!(lets_in(&provider, &device).await);
    // With the passkey, a change is made at once.
    let page = phone.open(provider.url("/account/email")).await;
    let page = page.screen("account-email");
    let landed = phone.open(page.link("with_passkey")).await;
    let page = passkeys::log_in(&mut phone, landed, &device).await;
    let page = page.screen("account-email");
    assert!(!page.words().contains("72時間後"));
    let fields = [("email", "hanako.new@example.com")];
    let code = phone.press(&page, "send_code", &fields).await;
    let code = code.screen("account-email-code");
    let done = give(&provider, &mut phone, &code, "hanako.new@example.com").await;
    assert!(
        done.screen("account-email")
            .words()
            .contains("変更しました")
    );
}

#[tokio::test]
async fn what_recovered_the_account_enrols_nothing_at_once() {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    provider.let_short_lived_state_expire().await;
    let mut phone = recover(&provider).await;
    let page = phone.open(provider.url("/account/passkeys")).await;
    let page = page.screen("account-passkeys");
    assert!(page.words().contains("72時間後"), "{}", page.words());
    let mut device = authenticator(&provider, "toyota");
    passkeys::add(&mut phone, &page, &mut device)
        .await
        .screen("account");
    assert!(!lets_in(&provider, &device).await);
    let_pass(&provider, DELAY).await;
    assert!(lets_in(&provider, &device).await);
}

/// Sets a new password by a code to the mailbox.
async fn recover(provider: &Provider) -> Phone {
    let mut phone = Phone::new();
    let start = phone.open(provider.url("/recovery")).await;
    let start = start.screen("recovery");
    let fields = [("login_id", EMAIL)];
    let code = phone.press(&start, "send_code", &fields).await;
    let code = code.screen("recovery-code");
    let page = give(provider, &mut phone, &code, EMAIL).await;
    let page = page.screen("recovery-password");
    let fields = [("new_password", NEW)];
    let done = phone.press(&page, "save", &fields).await;
    done.screen("recovery-complete");
    phone
}

#[tokio::test]
async fn the_number_before_a_recovery_by_mail_is_told_of_a_change_that_waits() {
    let provider = stage().await;
    let mut phone = recover(&provider).await;
    let landed = phone.open(provider.url("/account/passkeys")).await;
    let code = landed.screen("login-code");
    let page = phone.press(&code, "not_now", &[]).await;
    let page = page.screen("account-passkeys");
    let mut device = authenticator(&provider, "toyota");
    let home = passkeys::add(&mut phone, &page, &mut device).await;
    home.screen("account");
    // Whoever recovered may have stolen the mailbox: the owner hears of it on the phone.
    let code = cancel_code(&provider, E164).await;
    let done = cancel(&provider, &code).await;
    assert!(done.words().contains("変更を取り消しました"));
    let_pass(&provider, DELAY).await;
    assert!(!lets_in(&provider, &device).await);
}

#[tokio::test]
async fn a_code_changes_no_app_no_codes_and_no_steps_where_a_passkey_is() {
    let provider = Provider::start().await;
    let device = passkeys::owner(&provider, "toyota", EMAIL).await;
    for (path, screen, action) in [
        (
            "/account/authenticator-app",
            "account-authenticator-app",
            "add_app",
        ),
        ("/account/recovery-codes", "account-recovery-codes", "make"),
        ("/account/two-steps", "account-two-steps", "switch_on"),
    ] {
        provider.let_short_lived_state_expire().await;
        let mut phone = Phone::new();
        let landed = phone.open(provider.url(path)).await;
        let page = steps::log_in_strongly(&provider, &mut phone, landed, EMAIL).await;
        let page = page.screen(screen);
        let page = phone.press(&page, action, &[]).await.screen(screen);
        assert_eq!(page.status.as_u16(), 403, "{path}");
        assert_eq!(page.errors(), ["login-too-weak"], "{path}");
    }
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account/recovery-codes")).await;
    let page = passkeys::log_in(&mut phone, landed, &device).await;
    let page = page.screen("account-recovery-codes");
    let made = phone.press(&page, "make", &[]).await;
    assert!(
        made.screen("account-recovery-codes")
            .body
            .contains("recovery-codes")
    );
}

#[tokio::test]
async fn a_recovery_ends_the_changes_that_wait() {
    for kind in KINDS {
        let provider = stage().await;
        let mut device = authenticator(&provider, "toyota");
        ask(&provider, kind, &mut device).await;
        provider.let_short_lived_state_expire().await;
        recover(&provider).await;
        let_pass(&provider, DELAY).await;
        let taken = kind != "password" && took_effect(&provider, kind, &device).await;
        assert!(!taken, "{kind}");
        assert_eq!(provider.count("pending_changes").await, 0, "{kind}");
    }
}

#[tokio::test]
async fn a_password_that_the_owner_changes_in_the_strongest_login_ends_the_changes_that_wait() {
    for kind in KINDS {
        let provider = stage().await;
        let mut device = authenticator(&provider, "toyota");
        ask(&provider, kind, &mut device).await;
        provider.let_short_lived_state_expire().await;
        let mut owner = Phone::new();
        let landed = owner.open(provider.url("/account/password")).await;
        let code = steps::log_in(&mut owner, landed, EMAIL).await;
        let code = code.screen("login-code");
        let page = give(&provider, &mut owner, &code, E164).await;
        let page = page.screen("account-password");
        let fields = [("password", PASSWORD), ("new_password", "Rainy-night8")];
        let done = owner.press(&page, "save", &fields).await;
        let home = done.screen("account");
        assert!(!home.words().contains("手続き中の変更"), "{kind}");
        let told = provider.mails_to(EMAIL).await;
        let text = &told.last().unwrap().text;
        assert!(
            text.contains("お手続き中だった変更（1件）は、取り消されました"),
            "{text}"
        );
        let_pass(&provider, DELAY).await;
        assert!(!took_effect(&provider, kind, &device).await, "{kind}");
    }
}

#[tokio::test]
async fn changes_that_fail_or_cannot_be_read_keep_no_other_waiting() {
    let provider = stage().await;
    let mut device = authenticator(&provider, "toyota");
    ask(&provider, "phone-login-on", &mut device).await;
    steps::person(&provider, "taro@example.jp").await;
    // More than a node reads at once, all due before. The account has a status that only a
    // newer version can read.
    for number in 0..35 {
        let sql = "INSERT INTO pending_changes
            (id, account_id, kind, brand, document, cancel_hash, requested_at, due_at)
            SELECT 'a' || CAST($1 AS TEXT), id, 'a' || CAST($1 AS TEXT), brand, 'no document',
                'a' || CAST($1 AS TEXT), 0, 0
            FROM accounts WHERE email_key = 'taro@example.jp'";
        provider.execute(sql, &number.to_string()).await;
        let sql = "INSERT INTO pending_changes
            (id, account_id, kind, brand, document, cancel_hash, requested_at, due_at)
            SELECT 'b' || CAST($1 AS TEXT), id, 'b' || CAST($1 AS TEXT), brand, '{\"kind\": \"phone-login-off\"}',
                'b' || CAST($1 AS TEXT), 0, 0
            FROM accounts WHERE email_key = 'taro@example.jp'";
        provider.execute(sql, &number.to_string()).await;
    }
    let sql = "UPDATE accounts SET status = 'frozen' WHERE email_key = $1";
    provider.execute(sql, "taro@example.jp").await;
    let_pass(&provider, DELAY).await;
    assert!(took_effect(&provider, "phone-login-on", &device).await);
    assert_eq!(provider.count("pending_changes").await, 70);
}

/// The account of [`EMAIL`] as a page read it.
fn changing<'a>(
    provider: &'a Provider,
    account: &'a Account,
    waited: Option<&'a str>,
) -> Changing<'a> {
    Changing {
        app: &provider.app,
        brand: provider.app.brands.by_name("toyota").unwrap(),
        account,
        waited,
    }
}

fn context(provider: &Provider) -> ConsentContext {
    ConsentContext {
        at: provider.app.clock.now(),
        locale: Locale::Ja,
        brand: "toyota".to_owned(),
        client_id: None,
        operator: provider.app.config.operator.clone(),
        ip_hash: None,
        user_agent_hash: None,
        auth_time: None,
    }
}

#[tokio::test]
async fn a_change_of_an_account_that_was_closed_meanwhile_neither_waits_nor_is_told() {
    let provider = stage().await;
    let account = provider.account(EMAIL).await;
    let changing = changing(&provider, &account, None);
    closing::close(&changing, &context(&provider))
        .await
        .unwrap();
    let kind = ChangeKind::PhoneLoginOff;
    let waits = pending::let_wait(&changing, Change::PhoneLoginOff, kind).await;
    assert_eq!(waits.unwrap(), Waits::Closed);
    assert_eq!(provider.count("pending_changes").await, 0);
    let told = provider.mails_to(EMAIL).await;
    assert!(!told.iter().any(is_of_a_change));
}

#[tokio::test]
async fn a_wish_to_leave_that_is_cancelled_while_it_is_carried_out_is_no_failure() {
    let provider = stage().await;
    let account = provider.account(EMAIL).await;
    let changing = changing(&provider, &account, Some("cancelled"));
    closing::close(&changing, &context(&provider))
        .await
        .unwrap();
    assert_eq!(provider.account(EMAIL).await.status, AccountStatus::Active);
}

#[tokio::test]
async fn a_password_alone_does_not_change_the_number_that_codes_go_to() {
    let provider = stage().await;
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account/profile")).await;
    let page = steps::log_in(&mut phone, landed, EMAIL).await;
    let page = page.screen("account-profile");
    let fields = [("mobile_phone", THIEFS_NUMBER)];
    let refused = phone.press(&page, "save", &fields).await.page();
    assert_eq!(refused.errors(), ["mobile-phone-guards"]);
    let account = provider.account(EMAIL).await;
    assert_eq!(account.mobile_phone.as_deref(), Some(E164));
}

#[tokio::test]
async fn a_wrong_cancel_code_and_a_form_of_another_browser_are_refused() {
    let provider = stage().await;
    let mut device = authenticator(&provider, "toyota");
    ask(&provider, "passkey-added", &mut device).await;
    for (typed, error) in [
        ("", "cancel-code-missing"),
        ("BCDF", "cancel-code-unknown"),
        ("BCDF-GHJK-LMNP-QRST", "cancel-code-unknown"),
    ] {
        let page = cancel(&provider, typed).await;
        assert_eq!(
            (page.status.as_u16(), page.errors()),
            (422, vec![error.to_owned()])
        );
    }
    let mut phone = Phone::new();
    let page = phone.open(provider.url("/change-cancel")).await;
    let mut form = page.screen("change-cancel").form("cancel");
    form.fields.retain(|(name, _)| name != "form_token");
    assert_eq!(phone.submit(form).await.errors(), ["form-expired"]);
    assert_eq!(provider.count("pending_changes").await, 1);
}

#[tokio::test]
async fn guessing_cancel_codes_ends_with_a_wait() {
    let provider = Provider::start_with(|config| config.login.wrong_per_ip = 2).await;
    for error in ["unknown", "unknown", "too-many"] {
        let page = cancel(&provider, "BCDF-GHJK-LMNP-QRST").await;
        assert_eq!(page.errors(), [format!("cancel-code-{error}")]);
    }
}

#[tokio::test]
async fn only_so_many_changes_of_one_account_begin_to_wait_in_a_day() {
    let provider = stage().await;
    let (mut phone, page) =
        with_password_alone(&provider, "/account/password", "account-password").await;
    let fields = [("password", PASSWORD), ("new_password", NEW)];
    for _ in 0..10 {
        let waits = phone.press(&page, "save", &fields).await;
        waits.screen("account");
    }
    let refused = phone.press(&page, "save", &fields).await.page();
    let told = provider.mails_to(EMAIL).await;
    assert_eq!(told.iter().filter(|mail| is_of_a_change(mail)).count(), 10);
    assert_eq!(
        (refused.status.as_u16(), refused.errors()),
        (429, vec!["changes-too-many".to_owned()])
    );
    // Of one kind, only the newest waits.
    assert_eq!(provider.count("pending_changes").await, 1);
}

mod two_nodes {
    use super::*;

    #[tokio::test]
    async fn two_nodes_carry_a_change_out_once() {
        let provider = Provider::two_nodes().await;
        prepare(&provider).await;
        let mut device = authenticator(&provider, "toyota");
        ask(&provider, "phone-login-on", &mut device).await;
        let_pass(&provider, DELAY).await;
        assert!(took_effect(&provider, "phone-login-on", &device).await);
        let mails = provider.mails_to(EMAIL).await;
        let told = mails
            .iter()
            .filter(|mail| mail.subject.contains("ログイン設定のお知らせ"));
        assert_eq!(told.count(), 1);
    }
}
