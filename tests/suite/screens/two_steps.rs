//! 2段階認証 and trusted devices: asked for by the person, owed at every login whatever the
//! client wants, spared in a trusted browser for thirty days.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::browser::{Landed, Page, Phone};
use crate::support::passkeys;
use crate::support::provider::Provider;
use crate::support::relying_party::{Pending, RelyingParty, jwt_part};
use crate::support::second_factors::{App, app_of, strongly_at};
use crate::support::steps::{self, PASSWORD};

const EMAIL: &str = "hanako@example.jp";
const PAGE: &str = "/account/two-steps";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Stage {
    provider: Provider,
    service: RelyingParty,
    app: App,
}

impl Stage {
    /// A person with an authenticator app who asked for two steps.
    async fn new() -> Self {
        let provider = Provider::start().await;
        steps::person(&provider, EMAIL).await;
        provider.let_short_lived_state_expire().await;
        let app = app_of(&provider, EMAIL).await;
        let service = provider.service().await;
        let stage = Self {
            provider,
            service,
            app,
        };
        let (mut phone, page) = stage.at_page(Phone::new()).await;
        let page = phone
            .press(&page, "switch_on", &[])
            .await
            .screen("account-two-steps");
        assert!(page.words().contains("2段階認証を設定しました"));
        stage.provider.let_short_lived_state_expire().await;
        stage
    }

    /// Opens the page as its owner.
    async fn at_page(&self, mut phone: Phone) -> (Phone, Page) {
        let landed = phone.open(self.provider.url(PAGE)).await;
        let landed = steps::log_in(&mut phone, landed, EMAIL).await;
        let page = landed.screen("login-app");
        let page = self
            .give(&mut phone, &page, &[])
            .await
            .screen("account-two-steps");
        (phone, page)
    }

    /// Types the app's code, which is used up, and goes on to the next time step.
    async fn give(&self, phone: &mut Phone, page: &Page, fields: &[(&str, &str)]) -> Landed {
        self.provider.advance(Duration::from_secs(30));
        let code = self.app.code(&self.provider);
        let fields = [fields, &[("code", code.as_str())]].concat();
        phone.press(page, "next", &fields).await
    }

    async fn log_in(&self, phone: &mut Phone, request: &Pending) -> Landed {
        let landed = phone.open(self.service.url(request)).await;
        steps::log_in(phone, landed, EMAIL).await
    }

    /// Returns a phone in which the account is logged in and trusts the browser.
    async fn trusted(&self) -> Phone {
        let (mut phone, request) = (Phone::new(), self.service.ask("openid"));
        let page = self.log_in(&mut phone, &request).await.screen("login-app");
        self.give(&mut phone, &page, &[("trust", "yes")])
            .await
            .away();
        phone
    }

    async fn claims(&self, landed: Landed, request: &Pending) -> Value {
        let tokens = self.service.exchange(&landed.away(), request).await;
        jwt_part(&tokens.id_token, 1)
    }

    /// A request for which the password is typed again.
    fn again(&self) -> Pending {
        self.service.ask("openid").with("prompt", "login")
    }
}

#[tokio::test]
async fn every_login_by_password_takes_a_second_step_that_nobody_may_decline() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.service.ask("openid"));
    let page = stage.log_in(&mut phone, &request).await.screen("login-app");
    assert!(!page.has_button("not_now"));
    let by_code = phone
        .open(page.link("login/code"))
        .await
        .screen("login-code");
    assert!(!by_code.has_button("not_now"));
    // The form of a page from before is answered with the same step.
    let mut form = page.form("next");
    form.fields.retain(|(name, _)| name != "action");
    form.fields
        .push(("action".to_owned(), "not_now".to_owned()));
    let sent = phone.submit(form).await;
    let page = phone.follow(sent).await.screen("login-app");
    // Nor does the half-finished login open anything else.
    for path in ["/account", "/account/sessions", "/account/consents.csv"] {
        phone
            .open(stage.provider.url(path))
            .await
            .screen("login-app");
    }
    let silent = stage.service.ask("openid").with("prompt", "none");
    let refused = phone.open(stage.service.url(&silent)).await.away();
    assert!(
        refused.query().unwrap().contains("error=login_required"),
        "{refused}"
    );
    let landed = stage.give(&mut phone, &page, &[]).await;
    let claims = stage.claims(landed, &request).await;
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    // The login is finished, for every client.
    phone
        .open(stage.service.url(&stage.service.ask("openid")))
        .await
        .away();
    let page = stage.log_in(&mut phone, &stage.again()).await;
    page.screen("login-app");
}

#[tokio::test]
async fn a_passkey_is_two_steps_at_once() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_page(Phone::new()).await;
    let page = phone
        .open(stage.provider.url("/account/passkeys"))
        .await
        .page();
    let mut device = passkeys::authenticator(&stage.provider, "toyota");
    passkeys::add(&mut phone, &page, &mut device)
        .await
        .screen("account-passkeys");
    let mut other = Phone::new();
    let landed = other.open(stage.provider.url("/account")).await;
    passkeys::log_in(&mut other, landed, &device)
        .await
        .screen("account");
}

#[tokio::test]
async fn the_half_finished_login_of_one_brand_is_half_finished_at_the_other() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let landed = phone.open(stage.provider.url("/account")).await;
    steps::log_in(&mut phone, landed, EMAIL)
        .await
        .screen("login-app");
    let other = format!("{}/account", stage.provider.issuer_of("lexus"));
    let page = phone.open(other).await.page();
    assert!(page.screen().starts_with("login"), "{}", page.screen());
}

#[tokio::test]
async fn a_trusted_device_needs_one_step_for_thirty_days() {
    let stage = Stage::new().await;
    let mut phone = stage.trusted().await;
    let request = stage.again();
    let landed = stage.log_in(&mut phone, &request).await;
    // Trust in a device is no second factor that a client could rely on.
    assert_eq!(stage.claims(landed, &request).await["amr"], json!(["pwd"]));
    phone
        .open(stage.provider.url("/account"))
        .await
        .screen("account");
    let strong = stage
        .again()
        .with("acr_values", "https://id.toyota.jp/acr/password-and-code");
    stage.log_in(&mut phone, &strong).await.screen("login-app");
    // Another browser is not trusted, and another person's login not spared.
    stage
        .log_in(&mut Phone::new(), &stage.again())
        .await
        .screen("login-app");
    stage.provider.advance(29 * DAY);
    stage.log_in(&mut phone, &stage.again()).await.away();
    stage.provider.advance(2 * DAY);
    stage
        .log_in(&mut phone, &stage.again())
        .await
        .screen("login-app");
}

#[tokio::test]
async fn one_browser_is_trusted_by_each_account_for_itself() {
    let stage = Stage::new().await;
    let taro = "taro@example.jp";
    steps::person(&stage.provider, taro).await;
    let (mut phone, page) = strongly_at(&stage.provider, PAGE, taro).await;
    phone
        .press(&page, "switch_on", &[])
        .await
        .screen("account-two-steps");
    let mut phone = stage.trusted().await;
    let landed = phone.open(stage.service.url(&stage.again())).await;
    steps::log_in(&mut phone, landed, taro)
        .await
        .screen("login-code");
}

#[tokio::test]
async fn the_trust_in_a_device_is_listed_and_revoked() {
    let stage = Stage::new().await;
    let mut phone = stage.trusted().await;
    let (mut owner, page) = stage.at_page(Phone::new()).await;
    assert!(page.has_button("revoke"));
    let page = owner
        .press(&page, "revoke", &[])
        .await
        .screen("account-two-steps");
    assert!(page.words().contains("取り消しました"), "{}", page.words());
    assert!(!page.has_button("revoke"));
    stage
        .log_in(&mut phone, &stage.again())
        .await
        .screen("login-app");
}

#[tokio::test]
async fn trust_ends_with_all_other_logins_and_with_the_second_step_itself() {
    let stage = Stage::new().await;
    let mut phone = stage.trusted().await;
    let (mut owner, page) = stage.at_page(Phone::new()).await;
    let sessions = owner
        .open(stage.provider.url("/account/sessions"))
        .await
        .page();
    owner.press(&sessions, "end_others", &[]).await.page();
    stage
        .log_in(&mut phone, &stage.again())
        .await
        .screen("login-app");

    stage.trusted().await;
    assert_eq!(stage.provider.count("trusted_devices").await, 1);
    let page = owner
        .press(&page, "switch_off", &[])
        .await
        .screen("account-two-steps");
    assert!(page.words().contains("2段階認証を解除しました"));
    assert_eq!(stage.provider.count("trusted_devices").await, 0);
    stage
        .log_in(&mut Phone::new(), &stage.service.ask("openid"))
        .await
        .away();
    let told = stage.provider.mails_to(EMAIL).await;
    let told: Vec<_> = told
        .iter()
        .filter(|mail| mail.subject.contains("2段階認証"))
        .collect();
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn a_recovery_ends_trust_app_and_two_steps() {
    let stage = Stage::new().await;
    let mut phone = stage.trusted().await;
    let mut owner = Phone::new();
    let page = owner.open(stage.provider.url("/recovery")).await.page();
    let page = owner
        .press(&page, "send_code", &[("login_id", EMAIL)])
        .await
        .page();
    let code = stage.provider.code_for(EMAIL).await;
    let page = owner.press(&page, "next", &[("code", &code)]).await.page();
    let new = [("new_password", "Rainy-night8")];
    owner
        .press(&page, "save", &new)
        .await
        .screen("recovery-complete");
    assert_eq!(stage.provider.count("trusted_devices").await, 0);
    let landed = phone.open(stage.service.url(&stage.again())).await;
    // An attacker may have set up the app: it neither lets anybody in nor locks the owner out.
    steps::log_in_with(&mut phone, landed, EMAIL, "Rainy-night8")
        .await
        .away();
    let told = stage.provider.mails_to(EMAIL).await;
    assert!(told.last().unwrap().text.contains("認証アプリ"));
    assert_ne!(PASSWORD, "Rainy-night8");
}

#[tokio::test]
async fn whoever_knows_only_the_password_switches_nothing() {
    let stage = Stage::new().await;
    let mut thief = Phone::new();
    let landed = thief.open(stage.provider.url(PAGE)).await;
    steps::log_in(&mut thief, landed, EMAIL)
        .await
        .screen("login-app");
    assert!(stage.provider.account(EMAIL).await.enrolled.two_steps);
}

#[tokio::test]
async fn whoever_comes_back_to_a_closed_account_takes_both_steps() {
    let stage = Stage::new().await;
    let mut owner = Phone::new();
    let landed = owner.open(stage.provider.url("/account/leave")).await;
    let page = steps::log_in(&mut owner, landed, EMAIL).await;
    let page = stage.give(&mut owner, &page.screen("login-app"), &[]).await;
    let fields = [("password", PASSWORD), ("confirm", "yes")];
    let left = owner
        .press(&page.screen("account-leave"), "leave", &fields)
        .await;
    left.screen("logged-out");
    stage.provider.let_short_lived_state_expire().await;

    // Whoever has the password alone opens nothing.
    let (mut thief, request) = (Phone::new(), stage.service.ask("openid"));
    let page = stage.log_in(&mut thief, &request).await.screen("login-app");
    assert!(!page.has_button("not_now") && page.value("trust").is_none());
    let reopen = page.url.as_str().replace("/login/app", "/login/reopen");
    thief.open(&reopen).await.screen("login-app");
    let mut forged = page.form("next");
    forged.action = reopen.parse().unwrap();
    for action in ["reopen", "not_now"] {
        forged.fields.retain(|(name, _)| name != "action");
        let action = ("action".to_owned(), action.to_owned());
        forged.fields.push(action);
        let sent = thief.submit(forged.clone()).await;
        thief.follow(sent).await.screen("login-app");
    }
    let refused = thief.press(&page, "next", &[("code", "000000")]).await;
    assert_eq!(refused.screen("login-app").errors(), ["app-code-wrong"]);
    let accounts = stage.provider.app.store.accounts();
    assert!(accounts.by_email_key(EMAIL).await.unwrap().is_none());

    // The owner gives either factor, and is logged in as strongly as after any login.
    let page = stage.log_in(&mut owner, &request).await.screen("login-app");
    let page = owner.open(page.link("login/code")).await.page();
    let page = owner.press(&page, "send_code", &[]).await.page();
    let code = stage.provider.code_for(EMAIL).await;
    let page = owner.press(&page, "next", &[("code", &code)]).await;
    let page = page.screen("login-reopen");
    owner.press(&page, "not_now", &[]).await.screen("login");
    let page = stage.log_in(&mut owner, &request).await.screen("login-app");
    let page = stage.give(&mut owner, &page, &[]).await;
    let page = page.screen("login-reopen");
    let landed = owner.press(&page, "reopen", &[]).await;
    let claims = stage.claims(landed, &request).await;
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    assert!(accounts.by_email_key(EMAIL).await.unwrap().is_some());
}
