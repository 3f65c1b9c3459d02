//! One channel is one factor: a code to the channel that set the password is no second one,
//! and a recovery ends what its channel did not prove.

use std::time::Duration;

use common_id::accounts::account::Account;
use common_id::store::outbox::Channel;
use serde_json::{Value, json};

use crate::support::browser::{Landed, Page, Phone};
use crate::support::passkeys;
use crate::support::provider::Provider;
use crate::support::relying_party::{Pending, RelyingParty, jwt_part};
use crate::support::steps;

const EMAIL: &str = "hanako@example.jp";
const NUMBER: &str = "090-1234-5678";
const E164: &str = "+819012345678";
const NEW: &str = "Qx-harbour4";
const CODE: &str = "https://id.toyota.jp/acr/password-and-code";

struct Stage {
    provider: Provider,
    service: RelyingParty,
}

impl Stage {
    async fn new() -> Self {
        let provider = Provider::start().await;
        steps::person(&provider, EMAIL).await;
        provider.let_short_lived_state_expire().await;
        let service = provider.service().await;
        Self { provider, service }
    }

    /// With a mobile number that logs in.
    async fn with_phone_login() -> Self {
        let stage = Self::new().await;
        let enable = |account: &mut Account| {
            account.mobile_phone_verified = true;
            account.phone_login = true;
        };
        stage.provider.change_account(EMAIL, enable).await;
        stage
    }

    fn essential(&self) -> Pending {
        let claims = json!({"id_token": {"acr": {"essential": true, "value": CODE}}});
        self.service
            .ask("openid")
            .with("claims", claims.to_string())
    }

    /// Sets a new password by a code to `login_id`, which arrives at `to`, and returns the
    /// page that says so.
    async fn recover(&self, request: &Pending, (login_id, to): (&str, &str)) -> (Phone, Page) {
        let mut phone = Phone::new();
        let login = phone.open(self.service.url(request)).await.screen("login");
        let url = login.link("/recovery");
        let start = phone.open(url).await.screen("recovery");
        let named = [("login_id", login_id)];
        let code = phone.press(&start, "send_code", &named).await;
        let code = code.screen("recovery-code");
        let digits = self.provider.code_for(to).await;
        let typed = [("code", digits.as_str())];
        let page = phone.press(&code, "next", &typed).await;
        let page = page.screen("recovery-password");
        let typed = [("new_password", NEW)];
        let complete = phone.press(&page, "save", &typed).await;
        (phone, complete.screen("recovery-complete"))
    }

    async fn claims(&self, answer: &url::Url, request: &Pending) -> Value {
        let tokens = self.service.exchange(answer, request).await;
        jwt_part(&tokens.id_token, 1)
    }

    /// Logs in with the new password on a new phone.
    async fn log_in(&self, request: &Pending) -> (Phone, Landed) {
        let mut phone = Phone::new();
        let landed = phone.open(self.service.url(request)).await;
        let landed = steps::log_in_with(&mut phone, landed, EMAIL, NEW).await;
        (phone, landed)
    }

    async fn give(&self, phone: &mut Phone, page: &Page, to: &str) -> Landed {
        let digits = self.provider.code_for(to).await;
        phone.press(page, "next", &[("code", &digits)]).await
    }
}

#[tokio::test]
async fn a_code_to_the_mailbox_that_reset_the_password_is_no_second_factor() {
    let stage = Stage::new().await;
    let request = stage.essential();
    let (mut phone, complete) = stage.recover(&request, (EMAIL, EMAIL)).await;
    let answer = phone.press(&complete, "next", &[]).await.away();
    assert_eq!(
        stage.service.error_of(&answer, &request),
        "unmet_authentication_requirements"
    );
    // Nor is it in a session that begins later, by that password.
    stage.provider.advance(Duration::from_secs(24 * 3600));
    let request = stage.essential();
    let (_phone, landed) = stage.log_in(&request).await;
    assert_eq!(
        stage.service.error_of(&landed.away(), &request),
        "unmet_authentication_requirements"
    );
    let request = stage.service.ask("openid").with("acr_values", CODE);
    let (_phone, landed) = stage.log_in(&request).await;
    let claims = stage.claims(&landed.away(), &request).await;
    assert_eq!(claims["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn a_code_to_the_phone_that_reset_the_password_is_no_second_factor() {
    let stage = Stage::with_phone_login().await;
    let request = stage.essential();
    let (mut phone, complete) = stage.recover(&request, (NUMBER, E164)).await;
    let page = phone.press(&complete, "next", &[]).await;
    // Whoever has the number only, by a swapped SIM, does not get further.
    let page = page.screen("login-code");
    assert!(page.words().contains("h***@example.jp"), "{}", page.words());
    let answer = phone.press(&page, "not_now", &[]).await.away();
    assert_eq!(
        stage.service.error_of(&answer, &request),
        "unmet_authentication_requirements"
    );
    // The owner has the mailbox, too. From then on, the phone counts again.
    stage.provider.let_short_lived_state_expire().await;
    let request = stage.essential();
    let (mut phone, landed) = stage.log_in(&request).await;
    let page = landed.screen("login-code");
    let answer = stage.give(&mut phone, &page, EMAIL).await.away();
    assert_eq!(stage.claims(&answer, &request).await["acr"], CODE);
    let request = stage.essential();
    let (_phone, landed) = stage.log_in(&request).await;
    let words = landed.screen("login-code").words();
    assert!(words.contains("***-****-5678"), "{words}");
}

#[tokio::test]
async fn a_code_to_the_phone_confirms_it_after_a_recovery_by_mail() {
    let stage = Stage::with_phone_login().await;
    let request = stage.essential();
    let (mut phone, complete) = stage.recover(&request, (EMAIL, EMAIL)).await;
    let account = stage.provider.account(EMAIL).await;
    assert!(!account.mobile_phone_verified && !account.phone_login);
    let page = phone.press(&complete, "next", &[]).await;
    let page = page.screen("login-code");
    assert!(page.words().contains("***-****-5678"), "{}", page.words());
    let answer = stage.give(&mut phone, &page, E164).await.away();
    let claims = stage.claims(&answer, &request).await;
    assert_eq!(claims["amr"], json!(["pwd", "otp", "sms", "mfa"]));
    let account = stage.provider.account(EMAIL).await;
    assert!(account.mobile_phone_verified && !account.phone_login);
}

#[tokio::test]
async fn a_recovery_by_mail_ends_passkeys_and_the_phones_login_and_both_channels_are_told() {
    let stage = Stage::new().await;
    let (mut thief, page) = passkeys::at_passkeys(&stage.provider, "toyota", EMAIL).await;
    let mut key = passkeys::authenticator(&stage.provider, "toyota");
    let added = passkeys::add(&mut thief, &page, &mut key).await;
    added.screen("account-passkeys");
    let enable = |account: &mut Account| {
        account.mobile_phone_verified = true;
        account.phone_login = true;
    };
    stage.provider.change_account(EMAIL, enable).await;
    stage.provider.let_short_lived_state_expire().await;
    let request = stage.service.ask("openid");
    stage.recover(&request, (EMAIL, EMAIL)).await;

    let mut thief = Phone::new();
    let landed = thief.open(stage.provider.url("/account")).await;
    let refused = passkeys::log_in(&mut thief, landed, &key).await.page();
    assert_eq!(refused.errors(), ["passkey-failed"]);
    let landed = thief.open(stage.provider.url("/account")).await;
    let refused = steps::log_in_with(&mut thief, landed, NUMBER, NEW).await;
    assert_eq!(refused.page().errors(), ["login-failed"]);
    // The number starts no recovery any more.
    let texts = stage.provider.mails_to(E164).await.len();
    let start = thief.open(stage.provider.url("/recovery")).await;
    let start = start.screen("recovery");
    let named = [("login_id", NUMBER)];
    let sent = thief.press(&start, "send_code", &named).await;
    sent.screen("recovery-code");
    assert_eq!(stage.provider.mails_to(E164).await.len(), texts);

    let mails = stage.provider.mails_to(EMAIL).await;
    let told = mails.iter().rev().find(|mail| mail.text.contains("解除"));
    let told = &told.expect("a mail that says what ended").text;
    assert!(
        told.contains("***-****-5678") && told.contains("1件"),
        "{told}"
    );
    let sms = stage.provider.mails_to(E164).await.pop().unwrap();
    assert!(sms.channel == Channel::Sms && sms.text.contains("解除しました"));
}

#[tokio::test]
async fn a_recovery_by_sms_ends_passkeys_and_keeps_the_mailbox() {
    let stage = Stage::with_phone_login().await;
    let (mut owner, page) = passkeys::at_passkeys(&stage.provider, "toyota", EMAIL).await;
    let mut key = passkeys::authenticator(&stage.provider, "toyota");
    passkeys::add(&mut owner, &page, &mut key).await;
    stage.provider.let_short_lived_state_expire().await;
    let request = stage.service.ask("openid");
    stage.recover(&request, (NUMBER, E164)).await;
    let mut phone = Phone::new();
    let landed = phone.open(stage.provider.url("/account")).await;
    let refused = passkeys::log_in(&mut phone, landed, &key).await;
    assert_eq!(refused.page().errors(), ["passkey-failed"]);
    let account = stage.provider.account(EMAIL).await;
    assert!(account.phone_login && account.email_verified);
    let mails = stage.provider.mails_to(EMAIL).await;
    let told = mails
        .iter()
        .any(|mail| mail.text.contains("SMSでお送りした"));
    assert!(told, "the mailbox is told, from which the owner recovers");
}
