//! A registration that expired while nobody touched it: the input comes back for the same
//! person in the same browser, and for nobody else.

use std::time::Duration;

use common_id::ephemeral::Key;
use common_id::seal::{Purpose, sha256_hex};
use reqwest::header;
use serde_json::json;

use crate::support::browser::{Landed, Page, Phone, cookie_parts};
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, PASSWORD, Person};

const HANAKO: &str = "hanako@example.jp";
const TARO: &str = "taro@example.jp";
const MINUTE: Duration = Duration::from_secs(60);
const AN_HOUR: Duration = Duration::from_secs(3660);
const HOUR: Duration = Duration::from_secs(3600);

/// The input on ⑦, with a phone number that is too short.
const TYPED: [(&str, &str); 5] = [
    ("new_password", PASSWORD),
    ("family_name", "山田"),
    ("city", "長野市"),
    ("block", "箱清水1-2-3"),
    ("home_phone", "026-1234"),
];

struct Stage {
    provider: Provider,
    service: RelyingParty,
    phone: Phone,
}

impl Stage {
    async fn set() -> Self {
        Self::on(Provider::start().await).await
    }

    async fn on(provider: Provider) -> Self {
        Self {
            service: provider.service().await,
            provider,
            phone: Phone::new(),
        }
    }

    /// Opens a service's request for a new account.
    async fn begin(&mut self) -> Landed {
        let request = self.service.ask("openid").with("prompt", "create");
        self.phone.open(self.service.url(&request)).await
    }

    /// Goes from ④ to ⑥ and on to the next page.
    async fn prove(&mut self, landed: Landed, email: &str) -> Landed {
        let page = steps::agree_to_terms(&mut self.phone, landed).await;
        self.prove_at(&page, email).await
    }

    async fn prove_at(&mut self, page: &Page, email: &str) -> Landed {
        let page = steps::send_code(&mut self.phone, page, email).await;
        steps::enter_code(&mut self.phone, &self.provider, &page, email).await
    }

    /// Goes from ④ to ⑦ by a new request, and returns the page.
    async fn details_of(&mut self, email: &str) -> Page {
        let landed = self.begin().await;
        self.prove(landed, email)
            .await
            .screen("registration-details")
    }

    /// Sends ⑦ with a phone number that is too short.
    async fn type_wrongly(&mut self, page: &Page) -> Page {
        let page = self.phone.press(page, "next", &TYPED).await;
        let page = page.screen("registration-details");
        assert_eq!(page.errors(), ["home-phone-length"]);
        page
    }

    async fn typed_by_hanako(&mut self) -> Page {
        let page = self.details_of(HANAKO).await;
        self.type_wrongly(&page).await
    }

    async fn idle(&self, time: Duration) {
        self.provider.let_interactions_expire(time).await;
    }

    /// Returns the stored draft of this phone's registration.
    async fn kept(&self) -> Option<Vec<u8>> {
        let browser = self.browser();
        let key = Key::RegistrationDraft(&browser);
        self.provider.app.ephemeral.get(key).await.unwrap()
    }

    async fn put(&self, sealed: &[u8]) {
        let browser = self.browser();
        let key = Key::RegistrationDraft(&browser);
        let ephemeral = &self.provider.app.ephemeral;
        ephemeral.put(key, sealed, HOUR).await.unwrap();
    }

    fn browser(&self) -> String {
        let host = self.provider.url("/").parse().unwrap();
        let secret = self.phone.cookie(&host, "browser").unwrap();
        sha256_hex(secret.as_bytes())
    }
}

#[track_caller]
fn is_restored(page: &Page) {
    let value = |name| page.value(name).unwrap();
    assert!(page.words().contains("前回の入力内容"), "{}", page.words());
    assert!(page.has_button("discard"));
    assert_eq!(value("family_name"), "山田");
    assert_eq!(value("city"), "長野市");
    assert_eq!(value("block"), "箱清水1-2-3");
    assert_eq!(value("new_password"), "", "no password comes back");
    assert!(!page.words().contains("設定済み"), "nor is one set");
}

#[track_caller]
fn is_empty(page: &Page) {
    assert!(!page.words().contains("前回の入力内容"), "{}", page.words());
    assert!(!page.has_button("discard"));
    for (name, _) in TYPED {
        assert_eq!(page.value(name).unwrap(), "", "{name}");
    }
}

#[tokio::test]
async fn what_was_typed_comes_back_once_the_same_mailbox_is_proven_again() {
    let mut stage = Stage::set().await;
    let page = stage.typed_by_hanako().await;
    stage.idle(61 * MINUTE).await;
    let terms = stage.phone.open(&page.url).await.screen("terms");
    assert!(terms.url.query().unwrap().contains("restarted=1"));
    let email = steps::agree_to_terms(&mut stage.phone, Landed::On(terms)).await;
    assert_eq!(email.value("email").as_deref(), Some(HANAKO));
    assert!(!email.words().contains("山田"));
    let page = stage.prove_at(&email, HANAKO).await;
    let page = page.screen("registration-details");
    is_restored(&page);
    assert_eq!(page.value("home_phone").as_deref(), Some("026-1234"));
    assert_eq!(
        page.errors(),
        ["home-phone-length"],
        "as it stood beside it"
    );
    // A reload shows the same.
    is_restored(&stage.phone.open(&page.url).await.page());
    let fields = [("new_password", ""), ("home_phone", "026-123-4567")];
    let unset = stage.phone.press(&page, "next", &fields).await.page();
    assert_eq!(unset.errors(), ["password-missing"]);
    let fields = [("new_password", PASSWORD)];
    let page = stage.phone.press(&unset, "next", &fields).await;
    let page = page.screen("registration-confirmation");
    assert!(page.words().contains("箱清水1-2-3"), "{}", page.words());
}

#[tokio::test]
async fn what_was_right_comes_back_too_from_whichever_service_the_person_comes() {
    let mut stage = Stage::set().await;
    let person = Person::new(HANAKO);
    let page = stage.details_of(HANAKO).await;
    let page = steps::enter_details(&mut stage.phone, &page, &person).await;
    stage.idle(AN_HOUR).await;
    // ⑧ is gone, and with it the proof of the mailbox.
    let again = stage.phone.press(&page, "register", &[]).await;
    assert_eq!(again.page().screen(), "terms");
    assert_eq!(stage.provider.count("accounts").await, 0);
    // A person who begins a registration sees nothing of the draft before they prove the
    // mailbox.
    let landed = stage.begin().await;
    let email = steps::agree_to_terms(&mut stage.phone, landed).await;
    assert_eq!(email.value("email").as_deref(), Some(""));
    let page = stage.prove_at(&email, "Hanako@Example.JP").await.page();
    let restored = page.value("given_name");
    assert_eq!(restored.as_deref(), Some("花子"), "{}", page.words());
    assert!(page.errors().is_empty() && page.has_button("discard"));
}

#[tokio::test]
async fn a_form_that_took_longer_to_fill_in_than_its_hour_is_kept() {
    let mut stage = Stage::set().await;
    let page = stage.details_of(HANAKO).await;
    stage.idle(AN_HOUR).await;
    let elsewhere = page.form("next").filled(&TYPED);
    let landed = stage.phone.press(&page, "next", &TYPED).await;
    let terms = landed.screen("terms");
    assert!(terms.words().contains("有効時間が過ぎた"));
    // A draft of another browser changes nothing.
    let mut forged = elsewhere;
    for (name, value) in &mut forged.fields {
        match name.as_str() {
            "form_token" => "x".clone_into(value),
            "family_name" => "偽名".clone_into(value),
            _ => {}
        }
    }
    stage.phone.submit(forged).await;
    let page = stage.prove(Landed::On(terms), HANAKO).await;
    is_restored(&page.screen("registration-details"));
}

#[tokio::test]
async fn a_form_that_came_after_its_mailbox_s_hour_is_kept_within_the_request() {
    let mut stage = Stage::set().await;
    let page = stage.details_of(HANAKO).await;
    stage.provider.advance(30 * MINUTE);
    let page = stage.type_wrongly(&page).await;
    stage.provider.advance(31 * MINUTE);
    let fields = [("home_phone", "026-123-4567"), ("building", "ビル501")];
    let page = stage.phone.press(&page, "next", &fields).await;
    let page = page.screen("registration-email");
    assert_eq!(page.errors(), ["email-proof-expired"]);
    let page = stage.prove_at(&page, HANAKO).await;
    let page = page.screen("registration-details");
    assert_eq!(page.value("building").as_deref(), Some("ビル501"));
    assert!(!page.has_button("discard"), "it was typed here");
}

#[tokio::test]
async fn who_proves_another_mailbox_sees_nothing_and_it_is_gone_for_good() {
    let mut stage = Stage::set().await;
    let page = stage.typed_by_hanako().await;
    stage.idle(AN_HOUR).await;
    let landed = stage.phone.open(&page.url).await;
    let page = stage.prove(landed, TARO).await;
    is_empty(&page.screen("registration-details"));
    let page = stage.details_of(HANAKO).await;
    is_empty(&page);
}

#[tokio::test]
async fn who_comes_in_another_browser_sees_nothing() {
    let mut stage = Stage::set().await;
    let page = stage.typed_by_hanako().await;
    stage.idle(AN_HOUR).await;
    let sealed = stage.kept().await.unwrap();
    let first = std::mem::replace(&mut stage.phone, Phone::new());
    let landed = stage.phone.open(&page.url).await;
    let email = steps::agree_to_terms(&mut stage.phone, landed).await;
    assert_eq!(email.value("email").as_deref(), Some(""));
    // Not even if it were stored under that browser's key.
    stage.put(&sealed).await;
    let page = stage.prove_at(&email, HANAKO).await;
    is_empty(&page.screen("registration-details"));
    // The first browser still has the draft.
    stage.phone = first;
    is_restored(&stage.details_of(HANAKO).await);
}

#[tokio::test]
async fn it_ends_a_day_after_it_was_typed_however_often_it_was_shown() {
    let mut stage = Stage::set().await;
    stage.typed_by_hanako().await;
    stage.idle(12 * HOUR).await;
    is_restored(&stage.details_of(HANAKO).await);
    stage.idle(12 * HOUR - MINUTE).await;
    is_restored(&stage.details_of(HANAKO).await);
    stage.idle(2 * MINUTE).await;
    is_empty(&stage.details_of(HANAKO).await);
}

#[tokio::test]
async fn it_ends_when_the_operator_says() {
    let provider = Provider::start_with(|config| {
        config.registration.draft_lifetime = config.interactions.lifetime;
    });
    let mut stage = Stage::on(provider.await).await;
    stage.typed_by_hanako().await;
    stage.idle(AN_HOUR).await;
    is_empty(&stage.details_of(HANAKO).await);
}

#[tokio::test]
async fn nothing_is_left_of_a_registration_that_was_finished_or_given_up() {
    let mut stage = Stage::set().await;
    let page = stage.typed_by_hanako().await;
    assert!(stage.kept().await.is_some());
    stage.phone.press(&page, "cancel", &[]).await.away();
    assert_eq!(stage.kept().await, None, "cancelled");

    stage.typed_by_hanako().await;
    let landed = stage.begin().await;
    let terms = landed.screen("terms");
    let login = stage.phone.press(&terms, "login", &[]).await;
    login.screen("login");
    assert_eq!(stage.kept().await, None, "the person has an ID");

    let page = stage.typed_by_hanako().await;
    let fields = [("new_password", PASSWORD), ("home_phone", "")];
    let page = stage.phone.press(&page, "next", &fields).await;
    let page = page.screen("registration-confirmation");
    assert!(stage.kept().await.is_some());
    let page = stage.phone.press(&page, "register", &[]).await;
    page.screen("registration-complete");
    assert_eq!(stage.kept().await, None, "registered");

    // If the mailbox has an account, another person's draft for it ends.
    stage.phone = Phone::new();
    stage.details_of(TARO).await;
    let landed = stage.begin().await;
    let page = stage.prove(landed, HANAKO).await;
    page.screen("registration-already-registered");
    assert_eq!(stage.kept().await, None, "another's mailbox was proven");
}

#[tokio::test]
async fn it_can_be_cleared_and_goes_before_what_a_service_pushes() {
    let mut stage = Stage::set().await;
    let tos = stage.provider.register("tos", json!({"may_prefill": true}));
    tos.await;
    let tos = stage.provider.party("tos").await;
    let prefill = json!({"email": HANAKO, "family_name": "長野", "given_name": "太郎"});
    let ask = || {
        tos.ask("openid")
            .with("prompt", "create")
            .with("prefill", prefill.to_string())
    };
    stage.typed_by_hanako().await;
    stage.idle(AN_HOUR).await;
    let url = tos.push(&ask()).await;
    let landed = stage.phone.open(url).await;
    let page = stage.prove(landed, HANAKO).await;
    let page = page.screen("registration-details");
    is_restored(&page);
    assert_eq!(
        page.value("given_name").as_deref(),
        Some(""),
        "as it was left"
    );
    let cleared = stage.phone.press(&page, "discard", &[]).await.page();
    assert_eq!(cleared.value("family_name").as_deref(), Some("長野"));
    assert_eq!(cleared.value("given_name").as_deref(), Some("太郎"));
    assert_eq!(cleared.value("city").as_deref(), Some(""));
    assert!(!cleared.has_button("discard"));
    // The button is pressed twice on the old page: the later input stays.
    let fields = [("block", "2-3"), ("home_phone", "1")];
    stage.phone.press(&cleared, "next", &fields).await.page();
    let page = stage.phone.press(&page, "discard", &[]).await.page();
    assert_eq!(page.value("block").as_deref(), Some("2-3"));
    // Cleared fields stay empty.
    stage.idle(AN_HOUR).await;
    let page = stage.details_of(HANAKO).await;
    assert_eq!(page.value("block").as_deref(), Some("2-3"));
    assert_eq!(page.value("city").as_deref(), Some(""));
}

#[tokio::test]
async fn it_is_sealed_and_holds_no_password_and_no_proof() {
    let mut stage = Stage::set().await;
    stage.typed_by_hanako().await;
    let sealed = String::from_utf8(stage.kept().await.unwrap()).unwrap();
    for readable in ["山田", "hanako", "family_name", PASSWORD] {
        assert!(!sealed.contains(readable), "{readable}");
    }
    let context = format!("toyota:{}", stage.browser());
    let (sealer, purpose) = (&stage.provider.app.sealer, Purpose::RegistrationDraft);
    let plain = sealer.open(purpose, context.as_bytes(), &sealed).unwrap();
    let plain: serde_json::Value = serde_json::from_slice(&plain).unwrap();
    let names: Vec<_> = plain.as_object().unwrap().keys().collect();
    assert_eq!(names, ["details", "email", "interaction", "until"]);
    let text = plain.to_string();
    assert!(!text.contains(PASSWORD) && !text.contains("argon2"));

    let changed_at = |place: usize| {
        let mut tampered = sealed.clone().into_bytes();
        tampered[place] = if tampered[place] == b'A' { b'B' } else { b'A' };
        tampered
    };
    let ends = [0, sealed.len() / 2, sealed.len() - 1].map(changed_at);
    for tampered in ends.into_iter().chain([vec![0xff, 0xfe]]) {
        stage.provider.let_short_lived_state_expire().await;
        stage.put(&tampered).await;
        is_empty(&stage.details_of(HANAKO).await);
    }
    stage.provider.let_short_lived_state_expire().await;
    stage.put(sealed.as_bytes()).await;
    is_restored(&stage.details_of(HANAKO).await);
}

#[tokio::test]
async fn the_cookie_that_leads_to_it_lives_as_long_and_is_for_this_host_alone() {
    let mut stage = Stage::set().await;
    let page = stage.details_of(HANAKO).await;
    let answer = stage.phone.press_once(&page, "next", &TYPED).await;
    let cookies = answer.headers.get_all(header::SET_COOKIE);
    let cookies: Vec<_> = cookies.iter().map(cookie_parts).collect();
    let (_, _, attributes) = cookies
        .iter()
        .find(|(name, ..)| name == "browser")
        .expect("the browser's secret, once more");
    let has = |wanted: &str| attributes.iter().any(|one| one == wanted);
    assert!(has("HttpOnly") && has("SameSite=Lax") && has("Path=/") && has("Max-Age=86400"));
    assert!(!attributes.iter().any(|one| one.starts_with("Domain")));
}

#[tokio::test]
async fn it_comes_back_at_another_node() {
    let mut stage = Stage::on(Provider::two_nodes().await).await;
    let page = stage.typed_by_hanako().await;
    stage.idle(AN_HOUR).await;
    let landed = stage.phone.open(&page.url).await;
    let page = stage.prove(landed, HANAKO).await;
    is_restored(&page.screen("registration-details"));
}
