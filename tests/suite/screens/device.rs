//! Approving a device: the code, "is this your device?", the ordinary login, and the
//! defences against an attacker who sends somebody a code (RFC 8628 §5).

use serde_json::json;

use crate::support::browser::Phone;
use crate::support::devices::{self, DEVICE_CODE, Device, Navi};
use crate::support::provider::Provider;
use crate::support::steps::{self, Person};

const EMAIL: &str = "hanako@example.jp";

struct Stage {
    provider: Provider,
    person: Person,
    navi: Navi,
    device: Device,
}

impl Stage {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let person = steps::person(&provider, EMAIL).await;
        let navi = Navi::of(&provider).await;
        let device = navi.begin("openid").await;
        Self {
            provider,
            person,
            navi,
            device,
        }
    }

    /// A phone that is logged in.
    async fn logged_in(&self) -> Phone {
        let service = self.provider.service().await;
        let mut phone = Phone::new();
        let request = service.ask("openid");
        steps::answer(&mut phone, &service, &request, &self.person).await;
        phone
    }
}

#[tokio::test]
async fn the_page_names_the_service_and_the_code_before_any_password() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let page = devices::type_code(&mut phone, &stage.device)
        .await
        .screen("device-confirmation");
    let words = page.words();
    assert!(words.contains("ナビ"), "{words}");
    assert!(words.contains(&stage.device.user_code), "{words}");
    assert!(page.has_button("deny"));
    let landed = phone.press(&page, "approve", &[]).await;
    let login = landed.screen("login");
    assert!(login.words().contains("ナビ"));
}

#[tokio::test]
async fn a_code_that_came_with_the_address_is_still_shown_and_confirmed() {
    let stage = Stage::new().await;
    let mut phone = stage.logged_in().await;
    let url = format!(
        "{}?user_code={}",
        stage.device.verification_uri, stage.device.user_code
    );
    let page = phone.open(url).await.screen("device-code");
    assert_eq!(
        page.value("user_code").as_deref(),
        Some(stage.device.user_code.as_str())
    );
    let page = phone
        .press(&page, "next", &[])
        .await
        .screen("device-confirmation");
    let words = page.words();
    assert!(words.contains(&stage.device.user_code) && words.contains(EMAIL));
    assert_eq!(
        stage.navi.poll(&stage.device).await.error(),
        "authorization_pending"
    );
    phone
        .press(&page, "approve", &[])
        .await
        .screen("device-complete");
    assert_eq!(stage.navi.poll(&stage.device).await.status, 200);
}

#[tokio::test]
async fn a_code_is_taken_however_it_is_typed() {
    let stage = Stage::new().await;
    let plain = stage.device.user_code.replace('-', "");
    let wide: String = plain
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap())
        .collect();
    for typed in [
        plain.to_lowercase(),
        format!(" {} {} ", &plain[..4], &plain[4..]),
        wide,
    ] {
        let mut phone = Phone::new();
        let page = phone
            .open(&stage.device.verification_uri)
            .await
            .screen("device-code");
        phone
            .press(&page, "next", &[("user_code", &typed)])
            .await
            .screen("device-confirmation");
    }
}

#[tokio::test]
async fn what_is_no_code_is_told_and_kept() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    for (typed, error) in [
        ("", "user-code-missing"),
        ("ABCD-EFGH", "user-code-format"),
        ("BBBB-BBBB", "user-code-unknown"),
    ] {
        let page = phone
            .open(&stage.device.verification_uri)
            .await
            .screen("device-code");
        let page = phone
            .press(&page, "next", &[("user_code", typed)])
            .await
            .screen("device-code");
        assert_eq!(page.status, 422);
        assert_eq!(page.errors(), [error]);
        assert_eq!(page.value("user_code").as_deref(), Some(typed));
    }
}

#[tokio::test]
async fn guessing_is_stopped_in_one_browser_and_at_one_address() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let page = phone
        .open(&stage.device.verification_uri)
        .await
        .screen("device-code");
    for _ in 0..10 {
        let wrong = [("user_code", "BBBB-BBBB")];
        let answer = phone.press(&page, "next", &wrong).await.page();
        assert_eq!(answer.status, 422);
    }
    let right = [("user_code", stage.device.user_code.as_str())];
    let answer = phone.press(&page, "next", &right).await.page();
    assert_eq!(
        (answer.status.as_u16(), answer.errors()),
        (429, vec!["user-code-too-many".to_owned()])
    );
    assert!(answer.headers.contains_key("retry-after"));
    // A browser without cookies is a different one, but has the same client address.
    for _ in 0..40 {
        let mut other = Phone::new();
        let page = other.open(&stage.device.verification_uri).await.page();
        let wrong = [("user_code", "BBBB-BBBB")];
        assert_eq!(other.press(&page, "next", &wrong).await.page().status, 422);
    }
    let answer = devices::type_code(&mut Phone::new(), &stage.device)
        .await
        .page();
    assert_eq!(answer.status, 429);
}

#[tokio::test]
async fn whoever_says_that_it_is_not_their_device_is_asked_nothing_more() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let page = devices::type_code(&mut phone, &stage.device)
        .await
        .screen("device-confirmation");
    phone
        .press(&page, "deny", &[])
        .await
        .screen("device-denied");
    let page = devices::type_code(&mut phone, &stage.device).await.page();
    assert_eq!(page.errors(), ["user-code-unknown"]);
}

#[tokio::test]
async fn whoever_stops_at_the_login_has_refused_the_device() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let page = devices::type_code(&mut phone, &stage.device)
        .await
        .screen("device-confirmation");
    let page = phone.press(&page, "approve", &[]).await.screen("login");
    phone
        .press(&page, "cancel", &[])
        .await
        .screen("device-denied");
    assert_eq!(
        stage.navi.poll(&stage.device).await.error(),
        "access_denied"
    );
}

#[tokio::test]
async fn a_form_of_another_browser_decides_nothing() {
    let stage = Stage::new().await;
    let mut phone = stage.logged_in().await;
    let page = devices::type_code(&mut phone, &stage.device)
        .await
        .screen("device-confirmation");
    let mut forged = page.form("approve");
    forged.fields.retain(|(name, _)| name != "form_token");
    assert_eq!(phone.submit(forged).await.status, 403);
    let answer = Phone::new().submit(page.form("approve")).await;
    assert_ne!(
        answer.redirect().map(|url| url.path().to_owned()),
        Some("/device/complete".to_owned())
    );
    assert_eq!(
        stage.navi.poll(&stage.device).await.error(),
        "authorization_pending"
    );
    let page = phone
        .open(&stage.device.verification_uri)
        .await
        .screen("device-code");
    let mut forged = page
        .form("next")
        .filled(&[("user_code", &stage.device.user_code)]);
    forged.fields.retain(|(name, _)| name != "form_token");
    assert_eq!(phone.submit(forged).await.status, 403);
}

#[tokio::test]
async fn a_confirmation_is_not_taken_for_someone_elses() {
    let stage = Stage::new().await;
    let other = steps::person(&stage.provider, "taro@example.jp").await;
    let mut phone = stage.logged_in().await;
    let device = stage.navi.begin("openid").await;
    let confirmation = devices::type_code(&mut phone, &device)
        .await
        .screen("device-confirmation");
    // Another person logs in in another tab.
    let service = stage.provider.party("service").await;
    let request = service.ask("openid").with("prompt", "login");
    let landed = phone.open(service.url(&request)).await;
    steps::log_in(&mut phone, landed, &other.email).await.away();
    let again = phone.open(confirmation.url.as_str()).await;
    let page = again.screen("device-confirmation");
    assert!(page.words().contains("taro@example.jp"));
}

#[tokio::test]
async fn a_second_press_is_answered_like_the_first() {
    let stage = Stage::new().await;
    let mut phone = stage.logged_in().await;
    let page = devices::type_code(&mut phone, &stage.device)
        .await
        .screen("device-confirmation");
    for _ in 0..2 {
        phone
            .press(&page, "approve", &[])
            .await
            .screen("device-complete");
    }
    assert_eq!(stage.navi.poll(&stage.device).await.status, 200);
}

#[tokio::test]
async fn whoever_approves_too_late_is_told_so() {
    let stage = Stage::new().await;
    let mut phone = stage.logged_in().await;
    let page = devices::type_code(&mut phone, &stage.device)
        .await
        .screen("device-confirmation");
    stage.provider.advance(std::time::Duration::from_secs(601));
    let page = phone.press(&page, "approve", &[]).await.screen("error");
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (410, vec!["device-expired".to_owned()])
    );
    assert_eq!(
        stage.navi.poll(&stage.device).await.error(),
        "expired_token"
    );
}

#[tokio::test]
async fn a_person_without_an_account_gets_one_on_the_way() {
    let provider = Provider::start().await;
    let navi = Navi::of(&provider).await;
    let device = navi.begin("openid email").await;
    let mut phone = Phone::new();
    let page = devices::type_code(&mut phone, &device)
        .await
        .screen("device-confirmation");
    let landed = phone.press(&page, "approve", &[]).await;
    let person = Person::new("new@example.jp");
    steps::register(&mut phone, &provider, landed, &person)
        .await
        .screen("device-complete");
    let token = navi.poll(&device).await.text("access_token");
    let userinfo = navi.party.userinfo(&token).await.json();
    assert_eq!(userinfo["email"], "new@example.jp");
}

#[tokio::test]
async fn another_companys_device_asks_for_consent_every_time() {
    let stage = Stage::new().await;
    let third = json!({
        "party": "third",
        "client_name": {"": "提携先の端末"},
        "token_endpoint_auth_method": "none",
        "subject_type": "pairwise",
        "redirect_uris": [],
        "response_types": [],
        "grant_types": [DEVICE_CODE, "refresh_token"],
    });
    let mut phone = stage.logged_in().await;
    stage.provider.register("third", third).await;
    let maker = Navi {
        party: stage.provider.party("third").await,
    };
    for _ in 0..2 {
        let device = maker.begin("openid email offline_access").await;
        let page = devices::type_code(&mut phone, &device)
            .await
            .screen("device-confirmation");
        let page = phone.press(&page, "approve", &[]).await.screen("consent");
        phone
            .press(&page, "approve", &[])
            .await
            .screen("device-complete");
        let reply = maker.poll(&device).await;
        assert!(reply.json()["refresh_token"].is_string(), "{}", reply.body);
    }
    let device = maker.begin("openid email").await;
    let page = devices::type_code(&mut phone, &device)
        .await
        .screen("device-confirmation");
    let page = phone.press(&page, "approve", &[]).await.screen("consent");
    phone
        .press(&page, "deny", &[])
        .await
        .screen("device-denied");
    assert_eq!(maker.poll(&device).await.error(), "access_denied");
}

#[tokio::test]
async fn a_device_that_wants_a_fresh_login_gets_one() {
    let stage = Stage::new().await;
    let mut phone = stage.logged_in().await;
    let device = stage
        .navi
        .begin_with(&[("scope", "openid"), ("max_age", "60")])
        .await;
    stage.provider.advance(std::time::Duration::from_secs(61));
    let page = devices::type_code(&mut phone, &device)
        .await
        .screen("device-confirmation");
    let landed = phone.press(&page, "approve", &[]).await;
    steps::log_in(&mut phone, landed, EMAIL)
        .await
        .screen("device-complete");
}
