//! A forgotten password: a code, a new password, and the way on to the service.

use std::time::Duration;

use common_id::accounts::account::Account;
use serde_json::json;

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::Provider;
use crate::support::relying_party::{Pending, RelyingParty, jwt_part};
use crate::support::steps::{self, PASSWORD, Person};

const EMAIL: &str = "hanako@example.jp";
const NEW: &str = "Quartz-lamp7";

struct Stage {
    provider: Provider,
    person: Person,
    service: RelyingParty,
}

impl Stage {
    async fn new() -> Self {
        Self::at(Provider::start().await).await
    }

    async fn at(provider: Provider) -> Self {
        let person = steps::person(&provider, EMAIL).await;
        // The code of the registration no longer counts towards the limits.
        provider.let_short_lived_state_expire().await;
        let service = provider.service().await;
        Self {
            provider,
            person,
            service,
        }
    }

    /// A phone on the page that asks for the login ID.
    async fn at_start(&self, request: &Pending) -> (Phone, Page) {
        let mut phone = Phone::new();
        let login = phone.open(self.service.url(request)).await.screen("login");
        let url = login.link("/recovery");
        let page = phone.open(url).await.screen("recovery");
        (phone, page)
    }

    /// Goes from there to the page that asks for the new password.
    async fn at_password(&self, phone: &mut Phone, start: &Page) -> Page {
        let code = name(phone, start, EMAIL).await.screen("recovery-code");
        let digits = self.provider.code_for(EMAIL).await;
        phone
            .press(&code, "next", &[("code", &digits)])
            .await
            .screen("recovery-password")
    }
}

async fn name(phone: &mut Phone, start: &Page, login_id: &str) -> Landed {
    phone
        .press(start, "send_code", &[("login_id", login_id)])
        .await
}

async fn set(phone: &mut Phone, page: &Page, password: &str) -> Landed {
    phone
        .press(page, "save", &[("new_password", password)])
        .await
}

#[tokio::test]
async fn the_request_goes_on_after_a_new_password_and_only_that_one_is_good() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let page = stage.at_password(&mut phone, &start).await;
    let complete = set(&mut phone, &page, NEW)
        .await
        .screen("recovery-complete");
    let answer = phone.press(&complete, "next", &[]).await.away();
    stage.service.exchange(&answer, &request).await;

    for (password, right) in [(PASSWORD, false), (NEW, true)] {
        let mut other = Phone::new();
        let request = stage.service.ask("openid");
        let landed = other.open(stage.service.url(&request)).await;
        let landed = steps::log_in_with(&mut other, landed, EMAIL, password).await;
        assert_eq!(matches!(landed, Landed::Away(_)), right, "{password}");
    }
}

#[tokio::test]
async fn everything_entered_by_the_old_password_ends_and_the_owner_is_told() {
    let stage = Stage::new().await;
    let mut thief = Phone::new();
    let request = stage.service.ask("openid offline_access");
    let tokens = steps::tokens(&mut thief, &stage.service, request, &stage.person).await;
    let asked = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&asked).await;
    let page = stage.at_password(&mut phone, &start).await;
    set(&mut phone, &page, NEW)
        .await
        .screen("recovery-complete");

    let again = stage.service.ask("openid");
    thief.open(stage.service.url(&again)).await.screen("login");
    let refresh_token = tokens.refresh_token.unwrap();
    let refused = stage.service.refresh(&refresh_token).await;
    assert_eq!(refused.error(), "invalid_grant");
    let userinfo = stage.service.userinfo(&tokens.access_token).await;
    assert_eq!(userinfo.status, 401);
    let told = stage.provider.mails_to(EMAIL).await;
    assert!(
        told.iter()
            .any(|mail| mail.subject.contains("パスワード変更"))
    );
}

#[tokio::test]
async fn whether_an_id_has_an_account_shows_nowhere_before_the_code() {
    let stage = Stage::new().await;
    let unknown = stage.words_for_unknown().await;
    for id in [EMAIL, "nobody@example.jp"] {
        let request = stage.service.ask("openid");
        let (mut phone, start) = stage.at_start(&request).await;
        let page = name(&mut phone, &start, id).await.screen("recovery-code");
        assert_eq!(page.status, 200);
        assert_eq!(page.words().replace(id, "ID"), unknown, "{id}");
        let wrong = phone
            .press(&page, "next", &[("code", "00000000")])
            .await
            .screen("recovery-code");
        assert_eq!(wrong.status, 422);
        let mails = stage.provider.mails_to(id).await;
        let codes = mails.iter().filter(|mail| mail.text.contains("認証番号"));
        assert!(codes.count() > 0, "{id} gets a code like any other");
    }
}

impl Stage {
    async fn words_for_unknown(&self) -> String {
        let request = self.service.ask("openid");
        let (mut phone, start) = self.at_start(&request).await;
        let id = "stranger@example.jp";
        let page = name(&mut phone, &start, id).await.screen("recovery-code");
        page.words().replace(id, "ID")
    }
}

#[tokio::test]
async fn a_number_nobody_logs_in_with_gets_no_sms_and_the_page_does_not_say_so() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    name(&mut phone, &start, "090-1234-5678")
        .await
        .screen("recovery-code");
    assert!(stage.provider.mails_to("+819012345678").await.is_empty());
}

#[tokio::test]
async fn a_proven_number_that_logs_in_gets_its_code_by_sms() {
    let stage = Stage::new().await;
    let enable = |account: &mut Account| {
        account.mobile_phone_verified = true;
        account.phone_login = true;
    };
    stage.provider.change_account(EMAIL, enable).await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let page = name(&mut phone, &start, "０９０１２３４５６７８")
        .await
        .screen("recovery-code");
    let digits = stage.provider.code_for("+819012345678").await;
    let page = phone
        .press(&page, "next", &[("code", &digits)])
        .await
        .screen("recovery-password");
    set(&mut phone, &page, NEW)
        .await
        .screen("recovery-complete");
}

#[tokio::test]
async fn the_owner_of_a_mailbox_without_an_account_is_offered_a_new_id() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let stranger = "stranger@example.jp";
    let page = name(&mut phone, &start, stranger)
        .await
        .screen("recovery-code");
    let digits = stage.provider.code_for(stranger).await;
    let nobody = phone
        .press(&page, "next", &[("code", &digits)])
        .await
        .screen("recovery-nobody");
    phone.press(&nobody, "register", &[]).await.screen("terms");
}

#[tokio::test]
async fn what_is_wrong_with_a_password_is_said_beside_it() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let mut page = stage.at_password(&mut phone, &start).await;
    for (password, error) in [
        ("", "password-missing"),
        ("short1", "password-too-short"),
        ("onlyletters", "password-needs-digit"),
        (PASSWORD, "password-same"),
        ("password1", "password-common"),
    ] {
        page = set(&mut phone, &page, password)
            .await
            .screen("recovery-password");
        assert_eq!(page.errors(), [error], "{password}");
        assert_eq!(page.value("new_password").unwrap_or_default(), "");
    }
    set(&mut phone, &page, NEW)
        .await
        .screen("recovery-complete");
}

#[tokio::test]
async fn a_code_is_good_once_here_and_for_nothing_else() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let page = stage.at_password(&mut phone, &start).await;
    let digits = stage.provider.code_for(EMAIL).await;
    set(&mut phone, &page, NEW)
        .await
        .screen("recovery-complete");
    let request = stage.service.ask("openid");
    let (mut other, start) = stage.at_start(&request).await;
    let code = name(&mut other, &start, EMAIL)
        .await
        .screen("recovery-code");
    let refused = other
        .press(&code, "next", &[("code", &digits)])
        .await
        .screen("recovery-code");
    assert_eq!(refused.errors(), ["login-code-wrong"]);
}

#[tokio::test]
async fn nobody_comes_to_the_new_password_without_the_code() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let code = name(&mut phone, &start, EMAIL)
        .await
        .screen("recovery-code");
    let url = code
        .url
        .as_str()
        .replace("/recovery/code", "/recovery/password");
    phone.open(&url).await.screen("recovery-code");
}

#[tokio::test]
async fn a_proof_grows_old() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let page = stage.at_password(&mut phone, &start).await;
    stage.provider.advance(Duration::from_secs(16 * 60));
    let landed = set(&mut phone, &page, NEW).await.page();
    assert_ne!(landed.screen(), "recovery-complete");
}

#[tokio::test]
async fn pressed_twice_the_password_is_set_once_and_both_say_so() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let page = stage.at_password(&mut phone, &start).await;
    set(&mut phone, &page, NEW)
        .await
        .screen("recovery-complete");
    set(&mut phone, &page, "Another-one2").await;
    let mut other = Phone::new();
    let request = stage.service.ask("openid");
    let landed = other.open(stage.service.url(&request)).await;
    steps::log_in_with(&mut other, landed, EMAIL, NEW)
        .await
        .away();
}

#[tokio::test]
async fn guessing_ends_with_a_wait() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let mut page = name(&mut phone, &start, EMAIL)
        .await
        .screen("recovery-code");
    let right = stage.provider.code_for(EMAIL).await;
    assert_eq!(right.len(), 8, "such a code alone takes an account over");
    let wrong = if right == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    for _ in 0..4 {
        page = phone
            .press(&page, "next", &[("code", wrong)])
            .await
            .screen("recovery-code");
    }
    let page = phone
        .press(&page, "next", &[("code", &right)])
        .await
        .screen("recovery-code");
    assert_eq!(page.status, 422, "the code is used up by four wrong ones");
}

#[tokio::test]
async fn a_second_factor_is_still_asked_for() {
    let stage = Stage::new().await;
    stage.provider.prove_mobile_phone(EMAIL).await;
    let strong = "https://id.toyota.jp/acr/password-and-code";
    let claims = json!({"id_token": {"acr": {"essential": true, "value": strong}}});
    let request = stage
        .service
        .ask("openid")
        .with("claims", claims.to_string());
    let (mut phone, start) = stage.at_start(&request).await;
    let page = stage.at_password(&mut phone, &start).await;
    stage.provider.advance(Duration::from_secs(1));
    let complete = set(&mut phone, &page, NEW)
        .await
        .screen("recovery-complete");
    let code = phone
        .press(&complete, "next", &[])
        .await
        .screen("login-code");
    // Not from the mailbox, whose code set the password.
    let digits = stage.provider.code_for("+819012345678").await;
    let answer = phone
        .press(&code, "next", &[("code", &digits)])
        .await
        .away();
    let tokens = stage.service.exchange(&answer, &request).await;
    assert_eq!(jwt_part(&tokens.id_token, 1)["acr"], strong);
}

#[tokio::test]
async fn the_birthdate_is_an_extra_where_the_operator_wants_it() {
    let provider = Provider::start_with(|config| config.login.recovery_asks_birthdate = true).await;
    let stage = Stage::at(provider).await;
    let born = |account: &mut Account| account.profile.birthdate = Some("1995-12-25".to_owned());
    stage.provider.change_account(EMAIL, born).await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let page = stage.at_password(&mut phone, &start).await;
    let with = |day| {
        [
            ("new_password", NEW),
            ("birthdate_year", "1995"),
            ("birthdate_month", "12"),
            ("birthdate_day", day),
        ]
    };
    let page = phone
        .press(&page, "save", &with("24"))
        .await
        .screen("recovery-password");
    assert_eq!(page.errors(), ["recovery-birthdate-wrong"]);
    phone
        .press(&page, "save", &with("25"))
        .await
        .screen("recovery-complete");
}

#[tokio::test]
async fn someone_who_wanted_a_new_id_but_has_one_can_recover_it() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid").with("prompt", "create");
    let mut phone = Phone::new();
    let landed = phone.open(stage.service.url(&request)).await;
    let email = steps::agree_to_terms(&mut phone, landed).await;
    let code = steps::send_code(&mut phone, &email, EMAIL).await;
    let page = steps::enter_code(&mut phone, &stage.provider, &code, EMAIL)
        .await
        .screen("registration-already-registered");
    let start = phone.open(page.link("/recovery")).await.screen("recovery");
    assert_eq!(start.value("login_id").as_deref(), Some(EMAIL));
    stage.provider.advance(Duration::from_secs(61));
    let page = stage.at_password(&mut phone, &start).await;
    let complete = set(&mut phone, &page, NEW)
        .await
        .screen("recovery-complete");
    phone.press(&complete, "next", &[]).await.away();
}

#[tokio::test]
async fn whoever_comes_by_themselves_ends_on_their_own_pages() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let start = phone
        .open(stage.provider.url("/recovery"))
        .await
        .screen("recovery");
    let page = stage.at_password(&mut phone, &start).await;
    let complete = set(&mut phone, &page, NEW)
        .await
        .screen("recovery-complete");
    phone
        .press(&complete, "next", &[])
        .await
        .screen("account-services");
}

#[tokio::test]
async fn a_code_sent_again_is_said_on_a_page_that_may_be_reloaded() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let page = name(&mut phone, &start, EMAIL)
        .await
        .screen("recovery-code");
    let early = phone
        .press(&page, "resend_code", &[])
        .await
        .screen("recovery-code");
    assert_eq!(early.errors(), ["resend-too-soon"]);
    stage.provider.advance(Duration::from_secs(61));
    let again = phone
        .press(&page, "resend_code", &[])
        .await
        .screen("recovery-code");
    assert_eq!(again.status, 200);
    assert!(again.words().contains("番号を再送しました"));
    let reloaded = phone.open(again.url.as_str()).await.screen("recovery-code");
    assert_eq!(reloaded.status, 200);
}

#[tokio::test]
async fn guessing_at_the_birthdate_ends_with_a_wait() {
    let provider = Provider::start_with(|config| {
        config.login.recovery_asks_birthdate = true;
        config.registration.wrong_per_address_hour = 3;
    })
    .await;
    let stage = Stage::at(provider).await;
    let born = |account: &mut Account| account.profile.birthdate = Some("1995-12-25".to_owned());
    stage.provider.change_account(EMAIL, born).await;
    let request = stage.service.ask("openid");
    let (mut phone, start) = stage.at_start(&request).await;
    let mut page = stage.at_password(&mut phone, &start).await;
    let with = |day| {
        [
            ("new_password", NEW),
            ("birthdate_year", "1995"),
            ("birthdate_month", "12"),
            ("birthdate_day", day),
        ]
    };
    for day in ["1", "2", "3"] {
        page = phone
            .press(&page, "save", &with(day))
            .await
            .screen("recovery-password");
        assert_eq!(page.errors(), ["recovery-birthdate-wrong"]);
    }
    let page = phone
        .press(&page, "save", &with("25"))
        .await
        .screen("recovery-password");
    assert_eq!(page.status, 429);
    assert_eq!(page.errors(), ["password-too-many"]);
}

#[tokio::test]
async fn the_code_goes_to_the_address_as_its_owner_gave_it() {
    let stage = Stage::new().await;
    let (mut phone, start) = stage.at_start(&stage.service.ask("openid")).await;
    let before = stage.provider.mails_to(EMAIL).await.len();
    name(&mut phone, &start, "HANAKO@Example.JP")
        .await
        .screen("recovery-code");
    assert!(
        stage
            .provider
            .mails_to("HANAKO@Example.JP")
            .await
            .is_empty()
    );
    assert_eq!(stage.provider.mails_to(EMAIL).await.len(), before + 1);
}
