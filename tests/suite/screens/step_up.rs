//! A stronger authentication if a service requests one: a code after the password, what the
//! tokens say about it, and how it is protected.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::browser::{Landed, Page, Phone};
use crate::support::devices::{self, Navi};
use crate::support::provider::Provider;
use crate::support::relying_party::{Pending, RelyingParty, jwt_part};
use crate::support::steps::{self, Person};

const EMAIL: &str = "hanako@example.jp";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const CODE: &str = "https://id.toyota.jp/acr/password-and-code";

struct Stage {
    provider: Provider,
    person: Person,
    service: RelyingParty,
}

impl Stage {
    async fn new() -> Self {
        let provider = Provider::start().await;
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

    /// A request that prefers the stronger authentication.
    fn strong(&self) -> Pending {
        self.service
            .ask("openid offline_access")
            .with("acr_values", CODE)
    }

    /// A request that requires the stronger authentication.
    fn essential(&self) -> Pending {
        let claims = json!({"id_token": {"acr": {"essential": true, "value": CODE}}});
        self.service
            .ask("openid")
            .with("claims", claims.to_string())
    }

    /// A phone that is logged in by password.
    async fn logged_in(&self) -> Phone {
        let mut phone = Phone::new();
        let request = self.service.ask("openid");
        steps::answer(&mut phone, &self.service, &request, &self.person).await;
        phone
    }

    /// Goes from ⑪ to the page that asks for the code that was sent.
    async fn at_code(&self, phone: &mut Phone, request: &Pending) -> Page {
        let landed = phone.open(self.service.url(request)).await;
        steps::log_in(phone, landed, EMAIL)
            .await
            .screen("login-code")
    }

    async fn give_code(&self, phone: &mut Phone, page: &Page) -> Landed {
        let code = self.provider.code_for(EMAIL).await;
        phone.press(page, "next", &[("code", &code)]).await
    }

    async fn claims(&self, answer: &url::Url, request: &Pending) -> Value {
        let tokens = self.service.exchange(answer, request).await;
        jwt_part(&tokens.id_token, 1)
    }

    /// Returns how many codes were sent by mail.
    async fn mails(&self) -> usize {
        let mails = self.provider.mails_to(EMAIL).await;
        let codes = mails.iter().filter(|mail| mail.text.contains("認証番号："));
        codes.count()
    }

    /// Returns a code that is not the right one.
    async fn wrong_code(&self) -> String {
        let right = self.provider.code_for(EMAIL).await;
        let wrong = ["000000", "000001"].into_iter().find(|code| *code != right);
        wrong.unwrap().to_owned()
    }
}

#[tokio::test]
async fn both_contexts_are_in_the_discovery_document() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    assert_eq!(
        service.metadata["acr_values_supported"],
        json!([PASSWORD, CODE])
    );
}

#[tokio::test]
async fn whoever_gives_the_code_has_it_in_every_token_and_in_introspection() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage.at_code(&mut phone, &request).await;
    assert!(page.words().contains("h***@example.jp"), "{}", page.words());
    assert!(!page.words().contains(EMAIL));
    let begun = stage.provider.app.clock.now().0;
    stage.provider.advance(Duration::from_secs(30));
    let answer = stage.give_code(&mut phone, &page).await.away();
    let tokens = stage.service.exchange(&answer, &request).await;
    let id_token = jwt_part(&tokens.id_token, 1);
    assert_eq!(id_token["acr"], CODE);
    assert_eq!(id_token["amr"], json!(["pwd", "otp", "mfa"]));
    // The time of the password: the older of the two authentications.
    assert_eq!(id_token["auth_time"], begun);
    let access = jwt_part(&tokens.access_token, 1);
    assert_eq!(
        (&access["acr"], &access["auth_time"]),
        (&json!(CODE), &json!(begun))
    );
    let told = stage.service.introspect(&tokens.access_token).await.json();
    assert_eq!(
        (&told["acr"], &told["auth_time"]),
        (&json!(CODE), &json!(begun))
    );
    let refreshed = stage.service.refresh(&tokens.refresh_token.unwrap()).await;
    let access = jwt_part(&refreshed.text("access_token"), 1);
    assert_eq!(
        (&access["acr"], &access["auth_time"]),
        (&json!(CODE), &json!(begun))
    );
}

#[tokio::test]
async fn a_password_alone_says_so() {
    let stage = Stage::new().await;
    let request = stage.service.ask("openid");
    let answer = steps::answer(&mut Phone::new(), &stage.service, &request, &stage.person).await;
    let claims = stage.claims(&answer, &request).await;
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!(PASSWORD), &json!(["pwd"]))
    );
}

#[tokio::test]
async fn whoever_is_logged_in_asks_for_the_code_and_gives_no_password() {
    let stage = Stage::new().await;
    let mut phone = stage.logged_in().await;
    let (request, before) = (stage.strong(), stage.mails().await);
    let landed = phone.open(stage.service.url(&request)).await;
    let page = landed.screen("login-code");
    // Otherwise any site could cause mails by sending people here.
    assert_eq!(stage.mails().await, before);
    assert!(!page.has_button("next"));
    let page = phone
        .press(&page, "send_code", &[])
        .await
        .screen("login-code");
    assert_eq!(stage.mails().await, before + 1);
    let answer = stage.give_code(&mut phone, &page).await.away();
    assert_eq!(stage.claims(&answer, &request).await["acr"], CODE);
    let again = stage.strong();
    let answer = phone.open(stage.service.url(&again)).await.away();
    assert_eq!(stage.claims(&answer, &again).await["acr"], CODE);
}

#[tokio::test]
async fn a_new_secret_takes_the_place_of_the_session_before() {
    let stage = Stage::new().await;
    let mut phone = stage.logged_in().await;
    let thief = phone.clone();
    let url = stage.service.url(&stage.strong());
    let page = phone.open(&url).await.screen("login-code");
    let page = phone.press(&page, "send_code", &[]).await.page();
    stage.give_code(&mut phone, &page).await.away();
    let mut thief = thief;
    thief.open(&url).await.screen("login");
}

#[tokio::test]
async fn a_right_code_pressed_twice_at_once_lets_both_presses_go_on() {
    let stage = Stage::new().await;
    for _ in 0..4 {
        let (mut phone, request) = (Phone::new(), stage.strong());
        let page = stage.at_code(&mut phone, &request).await;
        let code = stage.provider.code_for(EMAIL).await;
        let mut same = phone.clone();
        let typed = [("code", code.as_str())];
        let (one, other) = tokio::join!(
            phone.press_once(&page, "next", &typed),
            same.press_once(&page, "next", &typed),
        );
        for pressed in [one, other] {
            assert_eq!(pressed.status.as_u16(), 303, "{}", pressed.words());
        }
        stage.provider.advance(Duration::from_secs(3600));
    }
}

#[tokio::test]
async fn what_one_code_opened_stays_shut_to_a_wrong_one_after_another_login() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let request = stage.strong().with("prompt", "login");
    let page = stage.at_code(&mut phone, &request).await;
    let mut second = phone.clone();
    stage.give_code(&mut phone, &page).await.away();
    // The other tab still has the page, and the session from before the code.
    let wrong = [("code", "000000")];
    let landed = second.press(&page, "next", &wrong).await;
    landed.screen("login");
}

#[tokio::test]
async fn a_code_counts_for_twelve_hours() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage.at_code(&mut phone, &request).await;
    stage.give_code(&mut phone, &page).await.away();
    stage.provider.advance(Duration::from_secs(12 * 3600 - 1));
    phone.open(stage.service.url(&stage.strong())).await.away();
    stage.provider.advance(Duration::from_secs(1));
    let url = stage.service.url(&stage.strong());
    phone.open(url).await.screen("login-code");
    let plain = stage.service.ask("openid");
    let answer = phone.open(stage.service.url(&plain)).await.away();
    let claims = stage.claims(&answer, &plain).await;
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!(PASSWORD), &json!(["pwd"]))
    );
}

#[tokio::test]
async fn an_age_that_is_demanded_is_that_of_password_and_code() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage.at_code(&mut phone, &request).await;
    stage.give_code(&mut phone, &page).await.away();
    stage.provider.advance(Duration::from_secs(299));
    let recent = || stage.strong().with("max_age", "300");
    phone.open(stage.service.url(&recent())).await.away();
    stage.provider.advance(Duration::from_secs(2));
    let request = recent();
    let page = stage.at_code(&mut phone, &request).await;
    let answer = stage.give_code(&mut phone, &page).await.away();
    let claims = stage.claims(&answer, &request).await;
    assert_eq!(claims["acr"], CODE);
    assert_eq!(claims["auth_time"], stage.provider.app.clock.now().0);
}

#[tokio::test]
async fn another_login_begins_without_a_code() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage.at_code(&mut phone, &request).await;
    stage.give_code(&mut phone, &page).await.away();
    let anew = stage.service.ask("openid").with("prompt", "login");
    let answer = steps::answer(&mut phone, &stage.service, &anew, &stage.person).await;
    assert_eq!(stage.claims(&answer, &anew).await["acr"], PASSWORD);
    let url = stage.service.url(&stage.strong());
    phone.open(url).await.screen("login-code");
}

#[tokio::test]
async fn who_cannot_receive_a_code_goes_on_without_where_that_will_do() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage.at_code(&mut phone, &request).await;
    let answer = phone.press(&page, "not_now", &[]).await.away();
    assert_eq!(stage.claims(&answer, &request).await["acr"], PASSWORD);
}

#[tokio::test]
async fn who_cannot_receive_a_code_does_not_meet_an_essential_demand() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.essential());
    let page = stage.at_code(&mut phone, &request).await;
    let answer = phone.press(&page, "not_now", &[]).await.away();
    assert_eq!(
        stage.service.error_of(&answer, &request),
        "unmet_authentication_requirements"
    );
    let unknown = json!({"id_token": {"acr": {"essential": true, "values": ["gold"]}}});
    let request = stage
        .service
        .ask("openid")
        .with("claims", unknown.to_string());
    let answer = phone.open(stage.service.url(&request)).await.away();
    assert_eq!(
        stage.service.error_of(&answer, &request),
        "unmet_authentication_requirements"
    );
}

#[tokio::test]
async fn an_essential_demand_is_met_by_a_code() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.essential());
    let page = stage.at_code(&mut phone, &request).await;
    let answer = stage.give_code(&mut phone, &page).await.away();
    assert_eq!(stage.claims(&answer, &request).await["acr"], CODE);
}

#[tokio::test]
async fn without_a_page_a_demand_is_a_login_that_is_required() {
    let stage = Stage::new().await;
    let mut phone = stage.logged_in().await;
    let request = stage.essential().with("prompt", "none");
    let answer = phone.open(stage.service.url(&request)).await.away();
    assert_eq!(stage.service.error_of(&answer, &request), "login_required");
    let request = stage.strong().with("prompt", "none");
    let answer = phone.open(stage.service.url(&request)).await.away();
    assert_eq!(stage.claims(&answer, &request).await["acr"], PASSWORD);
}

#[tokio::test]
async fn a_proven_mobile_number_gets_the_code_by_sms_bound_to_the_page() {
    let stage = Stage::new().await;
    stage.provider.prove_mobile_phone(EMAIL).await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let before = stage.mails().await;
    let page = stage.at_code(&mut phone, &request).await;
    assert!(page.words().contains("***-****-5678"), "{}", page.words());
    assert_eq!(stage.mails().await, before);
    let sms = stage.provider.mails_to("+819012345678").await;
    let code = stage.provider.code_for("+819012345678").await;
    assert!(
        sms[0]
            .text
            .ends_with(&format!("@id.toyota.localhost #{code}")),
        "{}",
        sms[0].text
    );
    let answer = phone.press(&page, "next", &[("code", &code)]).await.away();
    let claims = stage.claims(&answer, &request).await;
    assert_eq!(claims["amr"], json!(["pwd", "otp", "sms", "mfa"]));
}

#[tokio::test]
async fn wrong_codes_are_told_and_five_end_a_code() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage.at_code(&mut phone, &request).await;
    let wrong = stage.wrong_code().await;
    for (typed, error) in [("", "code-missing"), ("12a", "code-format")] {
        let answer = phone.press(&page, "next", &[("code", typed)]).await.page();
        assert_eq!(
            (answer.status.as_u16(), answer.errors()),
            (422, vec![error.to_owned()])
        );
    }
    for _ in 0..4 {
        let answer = phone.press(&page, "next", &[("code", &wrong)]).await.page();
        assert_eq!(answer.errors(), ["login-code-wrong"]);
    }
    let answer = phone.press(&page, "next", &[("code", &wrong)]).await.page();
    assert_eq!(answer.errors(), ["code-too-many"]);
    let right = stage.give_code(&mut phone, &page).await.page();
    assert_eq!(right.errors(), ["code-too-many"]);
    let soon = phone.press(&page, "resend_code", &[]).await.page();
    assert_eq!(
        (soon.status.as_u16(), soon.errors()),
        (429, vec!["resend-too-soon".to_owned()])
    );
    stage.provider.advance(Duration::from_secs(60));
    let page = phone.press(&page, "resend_code", &[]).await.page();
    stage.give_code(&mut phone, &page).await.away();
}

#[tokio::test]
async fn a_code_is_over_after_ten_minutes() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.strong());
    let page = stage.at_code(&mut phone, &request).await;
    let code = stage.provider.code_for(EMAIL).await;
    stage.provider.advance(Duration::from_secs(600));
    let answer = phone.press(&page, "next", &[("code", &code)]).await.page();
    assert_eq!(answer.errors(), ["code-expired"]);
}

#[tokio::test]
async fn a_thief_of_the_password_gets_so_many_codes_to_guess_at_and_no_more() {
    let stage = Stage::new().await;
    let mut guesses = 0;
    for _ in 0..8 {
        let mut phone = Phone::new();
        let page = stage.at_code(&mut phone, &stage.strong()).await;
        if !page.has_button("next") {
            let answer = phone.press(&page, "send_code", &[]).await.page();
            assert_eq!(answer.errors(), ["resend-too-many"]);
            continue;
        }
        for _ in 0..6 {
            let wrong = stage.wrong_code().await;
            let answer = phone.press(&page, "next", &[("code", &wrong)]).await.page();
            guesses += usize::from(answer.errors() == ["login-code-wrong"]);
        }
    }
    // Five codes an hour, each with five attempts, of which the last ends the code.
    assert_eq!(guesses, 5 * 4);
}

#[tokio::test]
async fn only_so_many_codes_go_to_one_mailbox_whatever_they_are_for() {
    let stage = Stage::new().await;
    let before = stage.mails().await;
    for _ in 0..7 {
        stage.at_code(&mut Phone::new(), &stage.strong()).await;
    }
    assert_eq!(stage.mails().await, before + 5);
    let mut phone = Phone::new();
    let page = stage.at_code(&mut phone, &stage.strong()).await;
    let answer = phone.press(&page, "send_code", &[]).await.page();
    assert_eq!(
        (answer.status.as_u16(), answer.errors()),
        (429, vec!["resend-too-many".to_owned()])
    );
}

#[tokio::test]
async fn a_code_of_one_interaction_is_no_good_in_another() {
    let stage = Stage::new().await;
    let (mut mine, mut theirs) = (Phone::new(), Phone::new());
    let page = stage.at_code(&mut mine, &stage.strong()).await;
    let code = stage.provider.code_for(EMAIL).await;
    let other = stage.at_code(&mut theirs, &stage.strong()).await;
    let answer = theirs
        .press(&other, "next", &[("code", &code)])
        .await
        .page();
    assert_eq!(answer.errors(), ["login-code-wrong"]);
    mine.press(&page, "next", &[("code", &code)]).await.away();
}

#[tokio::test]
async fn a_form_of_another_browser_neither_sends_nor_proves() {
    let stage = Stage::new().await;
    let mut phone = stage.logged_in().await;
    let before = stage.mails().await;
    let page = phone
        .open(stage.service.url(&stage.strong()))
        .await
        .screen("login-code");
    for action in ["send_code", "not_now"] {
        let mut forged = page.form(action);
        forged.fields.retain(|(name, _)| name != "form_token");
        assert_eq!(phone.submit(forged).await.status, 403);
    }
    assert_eq!(stage.mails().await, before);
}

#[tokio::test]
async fn a_device_may_ask_for_it_too() {
    let stage = Stage::new().await;
    let navi = Navi::of(&stage.provider).await;
    let device = navi
        .begin_with(&[("scope", "openid"), ("acr_values", CODE)])
        .await;
    let mut phone = Phone::new();
    let page = devices::type_code(&mut phone, &device)
        .await
        .screen("device-confirmation");
    let landed = phone.press(&page, "approve", &[]).await;
    let page = steps::log_in(&mut phone, landed, EMAIL)
        .await
        .screen("login-code");
    stage
        .give_code(&mut phone, &page)
        .await
        .screen("device-complete");
    let id_token = navi.poll(&device).await.text("id_token");
    assert_eq!(jwt_part(&id_token, 1)["acr"], CODE);
}

#[tokio::test]
async fn neither_an_answered_interaction_nor_its_code_comes_back_by_the_url() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.essential());
    let page = stage.at_code(&mut phone, &request).await;
    let used = stage.provider.code_for(EMAIL).await;
    stage.give_code(&mut phone, &page).await.away();
    let answered_kept = Duration::from_secs(121);
    stage.provider.let_interactions_expire(answered_kept).await;

    let mut other = Phone::new();
    let landed = other.open(&page.url).await;
    let place = |page: &Page| page.url.path().split('/').nth(2).unwrap().to_owned();
    let again = steps::log_in(&mut other, landed, EMAIL)
        .await
        .screen("login-code");
    assert_ne!(place(&again), place(&page));
    assert_ne!(stage.provider.code_for(EMAIL).await, used);
    let reply = other.press(&again, "next", &[("code", &used)]).await;
    reply.screen("login-code");
}
