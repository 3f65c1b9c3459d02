//! Authenticator apps and recovery codes: set up by whoever proved a second factor, asked
//! for as a second step, each code good once.

use std::time::Duration;

use common_id::config::Config;
use serde_json::{Value, json};

use crate::support::browser::{Landed, Page, Phone};
use crate::support::passkeys::{self, answer, options};
use crate::support::provider::Provider;
use crate::support::relying_party::{Pending, RelyingParty, jwt_part};
use crate::support::second_factors::{App, STEP, app_of, codes_on, recovery_codes_of, strongly_at};
use crate::support::steps;

const EMAIL: &str = "hanako@example.jp";
const STRONG: &str = "https://id.toyota.jp/acr/password-and-code";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const APP_PAGE: &str = "/account/authenticator-app";
const CODES_PAGE: &str = "/account/recovery-codes";

struct Stage {
    provider: Provider,
    service: RelyingParty,
}

impl Stage {
    async fn new() -> Self {
        Self::on(Provider::start().await).await
    }

    async fn on(provider: Provider) -> Self {
        steps::person(&provider, EMAIL).await;
        provider.let_short_lived_state_expire().await;
        let service = provider.service().await;
        Self { provider, service }
    }

    fn strong(&self) -> Pending {
        self.service.ask("openid").with("acr_values", STRONG)
    }

    /// Logs in by password for a request that wants a second factor.
    async fn second_step(&self, phone: &mut Phone, request: &Pending) -> Landed {
        let landed = phone.open(self.service.url(request)).await;
        steps::log_in(phone, landed, EMAIL).await
    }

    async fn claims(&self, landed: Landed, request: &Pending) -> Value {
        let tokens = self.service.exchange(&landed.away(), request).await;
        jwt_part(&tokens.id_token, 1)
    }

    /// Returns how many codes were sent by mail.
    async fn codes(&self) -> usize {
        let mails = self.provider.mails_to(EMAIL).await;
        let codes = mails.iter().filter(|mail| mail.text.contains("認証番号："));
        codes.count()
    }

    async fn subjects(&self) -> Vec<String> {
        let mails = self.provider.mails_to(EMAIL).await;
        mails.into_iter().map(|mail| mail.subject).collect()
    }
}

async fn give(phone: &mut Phone, page: &Page, code: &str) -> Landed {
    phone.press(page, "next", &[("code", code)]).await
}

/// Asserts that the page refuses the code typed there, and returns the page.
fn refused(landed: Landed, screen: &str, status: u16, error: &str) -> Page {
    let page = landed.screen(screen);
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (status, vec![error.to_owned()])
    );
    page
}

#[tokio::test]
async fn an_app_is_added_asked_for_and_removed_and_its_owner_told() {
    let stage = Stage::new().await;
    let (mut phone, page) = strongly_at(&stage.provider, APP_PAGE, EMAIL).await;
    assert_eq!(page.screen(), "account-authenticator-app");
    let app = App::scan(&page);
    let wrong = phone.press(&page, "add_app", &[("code", "000000")]).await;
    let again = refused(wrong, "account-authenticator-app", 422, "app-code-wrong");
    // The same secret: the app that has scanned it need not do so again.
    let code = app.code(&stage.provider);
    let page = phone.press(&again, "add_app", &[("code", &code)]).await;
    let page = page.screen("account-authenticator-app");
    assert!(page.words().contains("認証アプリを登録しました"));
    assert!(
        page.words().contains("登録した日時 2026-11-22"),
        "{}",
        page.words()
    );
    stage.provider.advance(STEP);

    let (mut other, request) = (Phone::new(), stage.strong());
    let before = stage.codes().await;
    let asked = stage
        .second_step(&mut other, &request)
        .await
        .screen("login-app");
    assert_eq!(stage.codes().await, before, "no message is sent");
    let landed = give(&mut other, &asked, &app.code(&stage.provider)).await;
    let claims = stage.claims(landed, &request).await;
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!(STRONG), &json!(["pwd", "otp", "mfa"]))
    );

    let page = phone.press(&page, "remove", &[]).await;
    let page = page.screen("account-authenticator-app");
    assert!(page.words().contains("認証アプリを解除しました"));
    let request = stage.strong();
    stage
        .second_step(&mut Phone::new(), &request)
        .await
        .screen("login-code");
    let told = stage.subjects().await;
    let told: Vec<_> = told
        .iter()
        .filter(|subject| subject.contains("認証アプリ"))
        .collect();
    assert!(
        told.len() == 2 && told[0].contains("登録") && told[1].contains("解除"),
        "{told:?}"
    );
}

#[tokio::test]
async fn whoever_knows_only_the_password_sets_up_neither_app_nor_codes() {
    let stage = Stage::new().await;
    for path in [APP_PAGE, CODES_PAGE] {
        let mut thief = Phone::new();
        let landed = thief.open(stage.provider.url(path)).await;
        let page = steps::log_in(&mut thief, landed, EMAIL)
            .await
            .screen("login-code");
        thief.press(&page, "not_now", &[]).await.screen("account");
        thief
            .open(stage.provider.url(path))
            .await
            .screen("login-code");
    }
    let account = stage.provider.account(EMAIL).await;
    assert_eq!(account.enrolled, Default::default());
}

#[tokio::test]
async fn a_code_is_good_once_and_so_is_every_code_before_it() {
    let stage = Stage::new().await;
    let app = app_of(&stage.provider, EMAIL).await;
    let (code, before) = (app.code(&stage.provider), app.code_at(&stage.provider, -1));
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage
        .second_step(&mut phone, &request)
        .await
        .screen("login-app");
    give(&mut phone, &page, &code).await.away();
    let mut thief = Phone::new();
    let page = stage
        .second_step(&mut thief, &stage.strong())
        .await
        .screen("login-app");
    for used in [&code, &before] {
        let landed = give(&mut thief, &page, used).await;
        refused(landed, "login-app", 422, "app-code-used");
    }
    stage.provider.advance(STEP);
    give(&mut thief, &page, &app.code(&stage.provider))
        .await
        .away();
}

#[tokio::test]
async fn the_code_that_added_an_app_is_used_up() {
    let stage = Stage::new().await;
    let (mut phone, page) = strongly_at(&stage.provider, APP_PAGE, EMAIL).await;
    let app = App::scan(&page);
    let code = app.code(&stage.provider);
    phone
        .press(&page, "add_app", &[("code", &code)])
        .await
        .page();
    let mut other = Phone::new();
    let page = stage
        .second_step(&mut other, &stage.strong())
        .await
        .screen("login-app");
    refused(
        give(&mut other, &page, &code).await,
        "login-app",
        422,
        "app-code-used",
    );
}

#[tokio::test]
async fn the_clock_of_an_app_may_be_one_step_ahead_or_behind() {
    let stage = Stage::new().await;
    let app = app_of(&stage.provider, EMAIL).await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage
        .second_step(&mut phone, &request)
        .await
        .screen("login-app");
    for steps_ahead in [-2, 2] {
        let landed = give(
            &mut phone,
            &page,
            &app.code_at(&stage.provider, steps_ahead),
        )
        .await;
        refused(landed, "login-app", 422, "app-code-wrong");
    }
    give(&mut phone, &page, &app.code_at(&stage.provider, -1))
        .await
        .away();
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage
        .second_step(&mut phone, &request)
        .await
        .screen("login-app");
    give(&mut phone, &page, &app.code_at(&stage.provider, 1))
        .await
        .away();
}

/// A stage on which so many wrong codes a day are allowed.
async fn with_guesses(most: u64) -> Stage {
    let change = |config: &mut Config| config.login.wrong_second_factors_per_day = most;
    Stage::on(Provider::start_with(change).await).await
}

#[tokio::test]
async fn guesses_at_the_codes_of_an_app_come_to_an_end() {
    let stage = with_guesses(3).await;
    let app = app_of(&stage.provider, EMAIL).await;
    let mut thief = Phone::new();
    let page = stage
        .second_step(&mut thief, &stage.strong())
        .await
        .screen("login-app");
    let wrong = app.code_at(&stage.provider, 100);
    for _ in 0..3 {
        let landed = give(&mut thief, &page, &wrong).await;
        refused(landed, "login-app", 422, "app-code-wrong");
    }
    let landed = give(&mut thief, &page, &app.code(&stage.provider)).await;
    refused(landed, "login-app", 429, "login-code-cooling-down");
    // What is not a code is no guess.
    refused(
        give(&mut thief, &page, "").await,
        "login-app",
        422,
        "code-missing",
    );
    stage.provider.advance(DAY);
    stage.provider.let_short_lived_state_expire().await;
    let mut phone = Phone::new();
    let page = stage
        .second_step(&mut phone, &stage.strong())
        .await
        .screen("login-app");
    give(&mut phone, &page, &app.code(&stage.provider))
        .await
        .away();
}

#[tokio::test]
async fn whoever_guesses_codes_after_the_password_keeps_the_owner_out_of_no_browser_of_theirs() {
    let stage = with_guesses(3).await;
    let app = app_of(&stage.provider, EMAIL).await;
    let mut own = Phone::new();
    let page = stage.second_step(&mut own, &stage.strong()).await;
    let page = page.screen("login-app");
    give(&mut own, &page, &app.code(&stage.provider))
        .await
        .away();
    stage.provider.advance(STEP);
    // The thief's browsers are known by the password, and by nothing else.
    let mut compared = 0;
    for _ in 0..3 {
        let mut thief = Phone::new();
        let page = stage.second_step(&mut thief, &stage.strong()).await;
        let page = page.screen("login-app");
        for _ in 0..2 {
            let wrong = app.code_at(&stage.provider, 100);
            let answer = give(&mut thief, &page, &wrong).await.page();
            compared += usize::from(answer.status == 422);
        }
    }
    assert_eq!(compared, 3);
    let told = stage.subjects().await;
    let told = told.iter().filter(|one| one.contains("本人確認コード"));
    assert_eq!(told.count(), 1, "the owner is told once");
    let again = stage.strong().with("prompt", "login");
    let page = stage.second_step(&mut own, &again).await;
    let page = page.screen("login-app");
    for _ in 0..2 {
        let wrong = app.code_at(&stage.provider, 100);
        let landed = give(&mut own, &page, &wrong).await;
        refused(landed, "login-app", 422, "app-code-wrong");
    }
    give(&mut own, &page, &app.code(&stage.provider))
        .await
        .away();
    // The owner's success is not the thief's.
    stage.provider.advance(STEP);
    let mut thief = Phone::new();
    let page = stage.second_step(&mut thief, &stage.strong()).await;
    let page = page.screen("login-app");
    let landed = give(&mut thief, &page, &app.code(&stage.provider)).await;
    refused(landed, "login-app", 429, "login-code-cooling-down");
    // Another factor is still a way in where the app's codes are refused.
    let page = thief.open(page.link("login/code")).await.page();
    assert!(page.has_button("send_code"));
}

#[tokio::test]
async fn guesses_in_many_browsers_that_gave_a_second_factor_count_together() {
    let stage = with_guesses(2).await;
    let app = app_of(&stage.provider, EMAIL).await;
    let mut phones = Vec::new();
    for _ in 0..5 {
        let mut phone = Phone::new();
        let page = stage.second_step(&mut phone, &stage.strong()).await;
        let page = page.screen("login-app");
        give(&mut phone, &page, &app.code(&stage.provider))
            .await
            .away();
        stage.provider.advance(STEP);
        phones.push(phone);
    }
    let mut compared = 0;
    for phone in &mut phones {
        let again = stage.strong().with("prompt", "login");
        let page = stage.second_step(phone, &again).await.screen("login-app");
        for _ in 0..3 {
            let wrong = app.code_at(&stage.provider, 100);
            let answer = give(phone, &page, &wrong).await.page();
            compared += usize::from(answer.status == 422);
        }
    }
    assert_eq!(compared, 6, "three browsers' worth");
}

#[tokio::test]
async fn an_offered_secret_is_good_for_its_account_and_for_a_while() {
    let stage = Stage::new().await;
    steps::person(&stage.provider, "taro@example.jp").await;
    let (_, page) = strongly_at(&stage.provider, APP_PAGE, EMAIL).await;
    let app = App::scan(&page);
    let (mut taro, own) = strongly_at(&stage.provider, APP_PAGE, "taro@example.jp").await;
    let (offer, code) = (page.value("offer").unwrap(), app.code(&stage.provider));
    let mut foreign = own.form("add_app").filled(&[("code", &code)]);
    foreign.fields.retain(|(name, _)| name != "offer");
    foreign.fields.push(("offer".to_owned(), offer));
    let sent = taro.submit(foreign).await;
    let landed = taro.follow(sent).await;
    let page = refused(
        landed,
        "account-authenticator-app",
        422,
        "app-offer-expired",
    );
    let app = App::scan(&page);
    let code = app.code(&stage.provider);
    taro.press(&page, "add_app", &[("code", &code)])
        .await
        .page();
    // Of two tabs, the second adds nothing.
    let landed = taro.press(&page, "add_app", &[("code", &code)]).await;
    refused(landed, "account-authenticator-app", 422, "app-known");
}

#[tokio::test]
async fn ten_recovery_codes_are_shown_once_and_each_is_good_once() {
    let stage = Stage::new().await;
    let (mut phone, page) = strongly_at(&stage.provider, CODES_PAGE, EMAIL).await;
    assert!(
        page.words().contains("未使用のコードの数 0"),
        "{}",
        page.words()
    );
    let made = phone
        .press(&page, "make", &[])
        .await
        .screen("account-recovery-codes");
    let codes = codes_on(&made);
    assert_eq!(codes.len(), 10);
    let page = phone.open(stage.provider.url(CODES_PAGE)).await.page();
    assert!(codes_on(&page).is_empty() && page.words().contains("コードの数 10"));
    for code in &codes {
        assert!(!page.body.contains(code.as_str()));
    }

    let (mut other, request) = (Phone::new(), stage.strong());
    let page = stage
        .second_step(&mut other, &request)
        .await
        .screen("login-code");
    let link = page.link("login/recovery-code");
    let page = other.open(link).await.screen("login-recovery-code");
    for (typed, error) in [
        ("", "recovery-code-missing"),
        ("123456", "recovery-code-wrong"),
        ("3-BCDF-GHJK-LMNP", "recovery-code-wrong"),
    ] {
        let landed = give(&mut other, &page, typed).await;
        refused(landed, "login-recovery-code", 422, error);
    }
    let typed = codes[4].to_lowercase();
    let landed = give(&mut other, &page, &typed).await;
    let claims = stage.claims(landed, &request).await;
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    let told = stage.provider.mails_to(EMAIL).await;
    assert!(told.iter().any(|mail| mail.text.contains("残り9個")));

    let mut thief = Phone::new();
    let page = stage
        .second_step(&mut thief, &stage.strong())
        .await
        .screen("login-code");
    let page = thief.open(page.link("login/recovery-code")).await.page();
    let landed = give(&mut thief, &page, &codes[4]).await;
    refused(landed, "login-recovery-code", 422, "recovery-code-wrong");
    give(&mut thief, &page, &codes[9]).await.away();
}

#[tokio::test]
async fn new_recovery_codes_make_the_older_ones_void() {
    let stage = Stage::new().await;
    let older = recovery_codes_of(&stage.provider, EMAIL).await;
    let newer = recovery_codes_of(&stage.provider, EMAIL).await;
    let mut phone = Phone::new();
    let page = stage
        .second_step(&mut phone, &stage.strong())
        .await
        .screen("login-code");
    let page = phone.open(page.link("login/recovery-code")).await.page();
    let landed = give(&mut phone, &page, &older[0]).await;
    refused(landed, "login-recovery-code", 422, "recovery-code-wrong");
    give(&mut phone, &page, &newer[0]).await.away();
}

#[tokio::test]
async fn only_so_many_sets_of_recovery_codes_are_made_in_a_day() {
    let stage = Stage::new().await;
    let path = "/account/recovery-codes";
    let (mut phone, mut page) = strongly_at(&stage.provider, path, EMAIL).await;
    for _ in 0..10 {
        phone.press(&page, "make", &[]).await.page();
        page = phone.open(stage.provider.url(path)).await.page();
    }
    let landed = phone.press(&page, "make", &[]).await;
    refused(
        landed,
        "account-recovery-codes",
        429,
        "recovery-codes-too-many",
    );
}

#[tokio::test]
async fn guesses_at_recovery_codes_come_to_an_end() {
    let stage = with_guesses(2).await;
    let codes = recovery_codes_of(&stage.provider, EMAIL).await;
    let mut thief = Phone::new();
    let page = stage
        .second_step(&mut thief, &stage.strong())
        .await
        .screen("login-code");
    let page = thief.open(page.link("login/recovery-code")).await.page();
    for _ in 0..2 {
        let landed = give(&mut thief, &page, "3-BCDF-GHJK-LMNP").await;
        refused(landed, "login-recovery-code", 422, "recovery-code-wrong");
    }
    let landed = give(&mut thief, &page, &codes[0]).await;
    refused(
        landed,
        "login-recovery-code",
        429,
        "login-code-cooling-down",
    );
}

#[tokio::test]
async fn whoever_has_several_factors_chooses_among_them() {
    let stage = Stage::new().await;
    let provider = &stage.provider;
    let device = passkeys::owner_of(provider, "toyota", EMAIL).await;
    // Whoever has a passkey adds an app by it.
    let mut owner = Phone::new();
    let landed = owner.open(provider.url(APP_PAGE)).await;
    let page = passkeys::log_in(&mut owner, landed, &device).await;
    let page = page.screen("account-authenticator-app");
    let code = App::scan(&page).code(provider);
    let added = owner.press(&page, "add_app", &[("code", &code)]).await;
    added.screen("account-authenticator-app");
    provider.let_short_lived_state_expire().await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage
        .second_step(&mut phone, &request)
        .await
        .screen("login-app");
    assert!(!page.body.contains("login/recovery-code"), "there are none");
    let before = stage.codes().await;
    let by_code = phone
        .open(page.link("login/code"))
        .await
        .screen("login-code");
    // Nothing is sent because of a link.
    assert_eq!(stage.codes().await, before);
    assert!(!by_code.has_button("next") && by_code.has_button("send_code"));
    phone
        .open(by_code.link("login/app"))
        .await
        .screen("login-app");
    let by_passkey = phone
        .open(by_code.link("login/passkey"))
        .await
        .screen("login-passkey");
    let credential = device.get(&options(&by_passkey, "ask").unwrap());
    let sent = phone
        .submit(answer(&by_passkey, "passkey", &credential))
        .await;
    let landed = phone.follow(sent).await;
    let claims = stage.claims(landed, &request).await;
    assert_eq!(claims["amr"], json!(["pwd", "pop", "user", "mfa"]));

    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage
        .second_step(&mut phone, &request)
        .await
        .screen("login-app");
    let page = phone.open(page.link("login/code")).await.page();
    let page = phone
        .press(&page, "send_code", &[])
        .await
        .screen("login-code");
    give(&mut phone, &page, &provider.code_for(EMAIL).await)
        .await
        .away();
    // A page of a step that is not owed leads on.
    let url = stage.service.url(&stage.service.ask("openid"));
    phone.open(url).await.away();
}

#[tokio::test]
async fn the_passkey_of_somebody_else_is_no_second_factor() {
    let stage = Stage::new().await;
    let provider = &stage.provider;
    passkeys::owner_of(provider, "toyota", EMAIL).await;
    let foreign = passkeys::owner(provider, "toyota", "taro@example.jp").await;
    let mut phone = Phone::new();
    let page = stage
        .second_step(&mut phone, &stage.strong())
        .await
        .screen("login-code");
    let page = phone
        .open(page.link("login/passkey"))
        .await
        .screen("login-passkey");
    let credential = foreign.get(&options(&page, "ask").unwrap());
    let sent = phone.submit(answer(&page, "passkey", &credential)).await;
    let landed = phone.follow(sent).await;
    refused(landed, "login-passkey", 422, "second-passkey-failed");
}

#[tokio::test]
async fn a_person_who_declines_the_app_goes_on_as_with_a_sent_code() {
    let stage = Stage::new().await;
    app_of(&stage.provider, EMAIL).await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage
        .second_step(&mut phone, &request)
        .await
        .screen("login-app");
    let landed = phone.press(&page, "not_now", &[]).await;
    assert_eq!(stage.claims(landed, &request).await["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn a_sent_code_is_not_enough_where_an_app_is_and_the_app_or_a_recovery_code_is() {
    let stage = Stage::new().await;
    let provider = &stage.provider;
    let codes = recovery_codes_of(provider, EMAIL).await;
    let app = app_of(provider, EMAIL).await;
    // Whoever has the password, and the mailbox or the number.
    let mut thief = Phone::new();
    let landed = thief.open(provider.url("/account/email")).await;
    let page = steps::log_in(&mut thief, landed, EMAIL).await;
    let page = page.screen("login-app");
    let page = thief.open(page.link("login/code")).await.page();
    let page = thief.press(&page, "send_code", &[]).await.page();
    let landed = give(&mut thief, &page, &provider.code_for(EMAIL).await).await;
    let waits = landed.screen("account-email");
    assert!(waits.words().contains("72時間後"), "{}", waits.words());
    let page = thief.open(provider.url(APP_PAGE)).await.page();
    let removed = thief.press(&page, "remove", &[]).await;
    refused(removed, "account-authenticator-app", 403, "login-too-weak");
    let page = thief.open(provider.url("/account/two-steps")).await.page();
    let switched = thief.press(&page, "switch_on", &[]).await;
    refused(switched, "account-two-steps", 403, "login-too-weak");
    assert!(provider.account(EMAIL).await.enrolled.app);
    // With the app, at once.
    let landed = thief.open(waits.link("with_app")).await;
    let page = steps::log_in(&mut thief, landed, EMAIL).await;
    let landed = give(&mut thief, &page.screen("login-app"), &app.code(provider)).await;
    let at_once = landed.screen("account-email");
    assert!(!at_once.words().contains("72時間後"));
    // With a recovery code, by which its owner replaces an app that was lost.
    let mut owner = Phone::new();
    let landed = owner.open(provider.url(APP_PAGE)).await;
    let page = steps::log_in(&mut owner, landed, EMAIL).await;
    let page = page.screen("login-app").link("login/recovery-code");
    let page = owner.open(page).await.page();
    let page = give(&mut owner, &page, &codes[0]).await;
    let page = page.screen("account-authenticator-app");
    let page = owner.press(&page, "remove", &[]).await;
    page.screen("account-authenticator-app");
    assert!(!provider.account(EMAIL).await.enrolled.app);
}
