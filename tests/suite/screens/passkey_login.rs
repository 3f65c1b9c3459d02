//! ⑪ by passkey: which passkeys log in, what the tokens say about it, and everything that
//! logs nobody in.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::authenticator::{Authenticator, PRESENT};
use crate::support::browser::{Page, Phone};
use crate::support::passkeys::{self, answer, authenticator, options};
use crate::support::provider::{DEALER, Provider};
use crate::support::relying_party::{Pending, RelyingParty, jwt_part};
use crate::support::steps::{self, Person};

const EMAIL: &str = "hanako@example.jp";
const TARO: &str = "taro@example.jp";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const CODE: &str = "https://id.toyota.jp/acr/password-and-code";

struct Stage {
    provider: Provider,
    service: RelyingParty,
    device: Authenticator,
}

impl Stage {
    async fn new() -> Self {
        Self::at(Provider::start().await).await
    }

    async fn at(provider: Provider) -> Self {
        let device = passkeys::owner(&provider, "toyota", EMAIL).await;
        let service = provider.service().await;
        Self {
            provider,
            service,
            device,
        }
    }

    fn essential(&self) -> Pending {
        let claims = json!({"id_token": {"acr": {"essential": true, "value": CODE}}});
        self.service
            .ask("openid")
            .with("claims", claims.to_string())
    }

    async fn at_login(&self, phone: &mut Phone, request: &Pending) -> Page {
        let landed = phone.open(self.service.url(request)).await;
        landed.screen("login")
    }

    /// Gives the passkey on ⑪, and returns the claims of the request's ID token.
    async fn claims(&self, phone: &mut Phone, request: &Pending) -> Value {
        let landed = phone.open(self.service.url(request)).await;
        let landed = passkeys::log_in(phone, landed, &self.device).await;
        let tokens = self.service.exchange(&landed.away(), request).await;
        jwt_part(&tokens.id_token, 1)
    }
}

#[tokio::test]
async fn a_passkey_lets_its_owner_in_with_both_factors_and_no_code() {
    let stage = Stage::new().await;
    let codes = async || {
        let mails = stage.provider.mails_to(EMAIL).await;
        let codes = mails.iter().filter(|mail| mail.text.contains("認証番号："));
        codes.count()
    };
    let before = codes().await;
    for request in [stage.service.ask("openid"), stage.essential()] {
        let claims = stage.claims(&mut Phone::new(), &request).await;
        assert_eq!(claims["sub"], stage.provider.account(EMAIL).await.id);
        assert_eq!(claims["acr"], CODE);
        assert_eq!(claims["amr"], json!(["pop", "user", "mfa"]));
        assert_eq!(claims["auth_time"], stage.provider.app.clock.now().0);
    }
    assert_eq!(codes().await, before);
}

#[tokio::test]
async fn nobody_learns_whose_passkeys_there_are_and_asking_writes_nothing() {
    let stage = Stage::new().await;
    let rows = stage.provider.rows().await;
    let page = stage
        .at_login(&mut Phone::new(), &stage.service.ask("openid"))
        .await;
    let asked = options(&page, "get").unwrap();
    assert_eq!(asked["allowCredentials"], json!([]));
    assert_eq!(asked["rpId"], "id.toyota.localhost");
    assert_eq!(asked["userVerification"], "required");
    assert!(page.body.contains("autocomplete=\"username webauthn\""));
    assert_eq!(stage.provider.rows().await, rows);
}

#[tokio::test]
async fn both_factors_count_for_twelve_hours_and_then_a_code_is_asked_for() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let plain = stage.service.ask("openid");
    stage.claims(&mut phone, &plain).await;
    stage.provider.advance(Duration::from_secs(12 * 3600 - 1));
    let strong = stage.essential();
    phone.open(stage.service.url(&strong)).await.away();
    stage.provider.advance(Duration::from_secs(1));
    let again = stage.service.ask("openid");
    let answer = phone.open(stage.service.url(&again)).await.away();
    let tokens = stage.service.exchange(&answer, &again).await;
    let claims = jwt_part(&tokens.id_token, 1);
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!(PASSWORD), &json!(["pop", "user"]))
    );
    let strong = stage.essential();
    let page = phone
        .open(stage.service.url(&strong))
        .await
        .screen("login-code");
    let page = phone.press(&page, "send_code", &[]).await.page();
    let code = stage.provider.code_for(EMAIL).await;
    let landed = phone.press(&page, "next", &[("code", &code)]).await;
    let tokens = stage.service.exchange(&landed.away(), &strong).await;
    let claims = jwt_part(&tokens.id_token, 1);
    assert_eq!(claims["amr"], json!(["pop", "user", "otp", "mfa"]));
}

#[tokio::test]
async fn a_login_that_is_demanded_anew_is_given_by_passkey() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let plain = stage.service.ask("openid");
    let before = stage.claims(&mut phone, &plain).await;
    stage.provider.advance(Duration::from_secs(60));
    for (name, value) in [("prompt", "login"), ("max_age", "10")] {
        stage.provider.advance(Duration::from_secs(60));
        let request = stage.service.ask("openid").with(name, value);
        let claims = stage.claims(&mut phone, &request).await;
        assert_eq!(claims["auth_time"], stage.provider.app.clock.now().0);
        assert_eq!(claims["sid"], before["sid"], "the same person's login");
    }
    stage.provider.advance(Duration::from_secs(3600));
    let landed = phone.open(stage.provider.url("/account/password")).await;
    passkeys::log_in(&mut phone, landed, &stage.device)
        .await
        .screen("account-password");
}

#[tokio::test]
async fn a_dealer_is_linked_by_the_passkey_of_who_agreed_and_by_no_other() {
    let stage = Stage::new().await;
    let other = passkeys::owner(&stage.provider, "toyota", TARO).await;
    let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}"}}]"#);
    for (device, linked) in [(&other, false), (&stage.device, true)] {
        let mut phone = Phone::new();
        let plain = stage.service.ask("openid");
        let hanako = Person::new(EMAIL);
        steps::answer(&mut phone, &stage.service, &plain, &hanako).await;
        stage.provider.advance(Duration::from_secs(3600));
        let request = stage
            .service
            .ask("openid")
            .with("authorization_details", &details);
        let page = phone
            .open(stage.service.url(&request))
            .await
            .screen("dealer-link");
        let landed = phone.press(&page, "link", &[]).await;
        let landed = passkeys::log_in(&mut phone, landed, device).await;
        let screen = if linked {
            "dealer-link-complete"
        } else {
            "dealer-link"
        };
        landed.screen(screen);
        let links = stage.provider.count("dealer_links").await;
        assert_eq!(links, i64::from(linked));
    }
}

/// A fault between ⑪ and its answer.
type Wrong = fn(&Provider, &mut Authenticator, &mut Value);

const WRONG: [(&str, Wrong); 8] = [
    ("a passkey that nobody has", |provider, device, _| {
        let known = device.clone();
        *device = authenticator(provider, "toyota");
        (device.rp_id, device.user_handle) = (known.rp_id, known.user_handle);
    }),
    ("somebody else's name", |_, device, _| {
        device.user_handle = "bm9ib2R5".to_owned();
    }),
    ("another site", |_, device, _| {
        device.origin = "http://id.toyota.localhost.evil.example".to_owned();
    }),
    ("a frame", |_, device, _| {
        device.said = json!({"crossOrigin": true});
    }),
    ("another relying party", |_, device, _| {
        device.rp_id = Some("evil.example".to_owned());
    }),
    ("it was not unlocked", |_, device, _| device.flags = PRESENT),
    ("another challenge", |_, _, asked| {
        asked["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
    }),
    ("the other ceremony", |_, device, _| {
        device.said = json!({"type": "webauthn.create"});
    }),
];

#[tokio::test]
async fn whatever_is_wrong_is_told_in_one_sentence_and_lets_nobody_in() {
    let stage = Stage::new().await;
    let sessions = stage.provider.count("sessions").await;
    for (what, wrong) in WRONG {
        let (mut phone, mut device) = (Phone::new(), stage.device.clone());
        let page = stage
            .at_login(&mut phone, &stage.service.ask("openid"))
            .await;
        let mut asked = options(&page, "get").unwrap();
        wrong(&stage.provider, &mut device, &mut asked);
        let sent = answer(&page, "passkey", &device.get(&asked));
        let page = phone.submit(sent).await;
        assert_eq!(page.status, 422, "{what}");
        assert_eq!(page.errors(), ["passkey-failed"], "{what}");
        assert!(page.words().contains("パスワードでログインしてください"));
        assert!(options(&page, "get").is_some(), "it may be tried again");
    }
    assert_eq!(stage.provider.count("sessions").await, sessions);
}

#[tokio::test]
async fn what_is_no_credential_at_all_is_refused_so_too() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let page = stage
        .at_login(&mut phone, &stage.service.ask("openid"))
        .await;
    for rubbish in [json!(null), json!("x"), json!({"id": "AAAA"})] {
        let page = phone.submit(answer(&page, "passkey", &rubbish)).await;
        assert_eq!(
            (page.status.as_u16(), page.errors()),
            (422, vec!["passkey-failed".to_owned()])
        );
    }
    let empty = phone.press(&page, "passkey", &[]).await.screen("login");
    assert_eq!(empty.errors(), ["passkey-failed"]);
}

#[tokio::test]
async fn an_answer_is_good_once_in_its_browser_its_interaction_and_its_hour() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.service.ask("openid"));
    let page = stage.at_login(&mut phone, &request).await;
    let good = stage.device.get(&options(&page, "get").unwrap());
    let mut thief = Phone::new();
    let stolen = stage
        .at_login(&mut thief, &stage.service.ask("openid"))
        .await;
    let mut elsewhere = phone.clone();
    let other_tab = stage
        .at_login(&mut elsewhere, &stage.service.ask("openid"))
        .await;
    let challenge = page
        .form("passkey")
        .value("passkey_challenge")
        .unwrap()
        .to_owned();
    for (what, phone, at) in [
        ("another browser", &mut thief, &stolen),
        ("another interaction", &mut elsewhere, &other_tab),
    ] {
        let mut sent = answer(at, "passkey", &good);
        sent.fields.retain(|(name, _)| name != "passkey_challenge");
        sent.fields
            .push(("passkey_challenge".to_owned(), challenge.clone()));
        let page = phone.submit(sent).await;
        assert_eq!(page.errors(), ["passkey-failed"], "{what}");
    }
    let mut replay = phone.clone();
    let sent = phone.submit(answer(&page, "passkey", &good)).await;
    phone.follow(sent).await.away();
    let again = replay.submit(answer(&page, "passkey", &good)).await;
    assert_eq!(again.errors(), ["passkey-failed"], "used already");
    // A page is valid as long as its interaction, and no longer.
    let page = stage
        .at_login(&mut Phone::new(), &stage.service.ask("openid"))
        .await;
    let mut late = Phone::new();
    let landed = late.open(page.url.as_str()).await.screen("login");
    let good = stage.device.get(&options(&landed, "get").unwrap());
    stage.provider.advance(Duration::from_secs(3600));
    let sent = late.submit(answer(&landed, "passkey", &good)).await;
    late.follow(sent).await.screen("login");
}

#[tokio::test]
async fn a_counter_that_does_not_go_on_shuts_a_copied_authenticator_out() {
    let stage = Stage::new().await;
    let mut device = stage.device.clone();
    for (count, let_in) in [
        (5, true),
        (6, true),
        (6, false),
        (2, false),
        (0, false),
        (7, true),
    ] {
        device.sign_count = count;
        let mut phone = Phone::new();
        let landed = phone.open(stage.provider.url("/account")).await;
        let landed = passkeys::log_in(&mut phone, landed, &device).await;
        let page = landed.screen(if let_in { "account" } else { "login" });
        let errors = if let_in {
            vec![]
        } else {
            vec!["passkey-failed".to_owned()]
        };
        assert_eq!(page.errors(), errors, "{count}");
    }
}

#[tokio::test]
async fn a_passkey_belongs_to_the_host_it_was_made_on_and_the_login_to_both_brands() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let lexus = format!("{}/account", stage.provider.issuer_of("lexus"));
    let landed = phone.open(&lexus).await;
    let mut at_lexus = stage.device.clone();
    at_lexus.origin = stage.provider.issuer_of("lexus");
    for rp_id in ["id.toyota.localhost", "id.lexus.localhost"] {
        at_lexus.rp_id = Some(rp_id.to_owned());
        let page = passkeys::log_in(&mut phone, landed.clone(), &at_lexus).await;
        assert_eq!(page.screen("login").errors(), ["passkey-failed"]);
    }
    let landed = phone.open(stage.provider.url("/account")).await;
    passkeys::log_in(&mut phone, landed, &stage.device)
        .await
        .screen("account");
    phone.open(&lexus).await.screen("account");
}

#[tokio::test]
async fn many_failures_from_one_place_are_held_up_and_the_password_is_not() {
    let provider = Provider::start_with(|config| config.login.wrong_per_ip = 2).await;
    let stage = Stage::at(provider).await;
    let mut phone = Phone::new();
    let account = stage.provider.url("/account");
    let mut page = phone.open(&account).await.screen("login");
    for expected in ["passkey-failed", "passkey-failed", "login-too-many"] {
        page = phone.submit(answer(&page, "passkey", &json!({}))).await;
        assert_eq!(page.errors(), [expected]);
    }
    assert_eq!(page.status, 429);
    assert!(page.headers.contains_key("retry-after"));
    let landed = phone.open(&account).await;
    let page = passkeys::log_in(&mut phone, landed, &stage.device).await;
    assert_eq!(page.page().errors(), ["login-too-many"], "even a good one");
    let landed = phone.open(&account).await;
    steps::log_in(&mut phone, landed, EMAIL)
        .await
        .screen("account");
    stage.provider.let_short_lived_state_expire().await;
    let mut phone = Phone::new();
    let landed = phone.open(&account).await;
    passkeys::log_in(&mut phone, landed, &stage.device)
        .await
        .screen("account");
}

#[tokio::test]
async fn whoever_left_may_come_back_by_passkey() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let landed = phone.open(stage.provider.url("/account/leave")).await;
    let page = passkeys::log_in(&mut phone, landed, &stage.device)
        .await
        .screen("account-leave");
    let fields = [("password", steps::PASSWORD), ("confirm", "yes")];
    phone
        .press(&page, "leave", &fields)
        .await
        .screen("logged-out");
    let landed = phone.open(stage.provider.url("/account")).await;
    let page = passkeys::log_in(&mut phone, landed, &stage.device).await;
    // For two weeks (docs/decisions/0026-a-closed-account-comes-back.md).
    page.screen("login-reopen");
}

#[tokio::test]
async fn a_password_that_was_recovered_is_one_factor_and_the_passkey_ends() {
    let stage = Stage::new().await;
    let (mut phone, request) = (Phone::new(), stage.essential());
    let login = stage.at_login(&mut phone, &request).await;
    let start = phone.open(login.link("/recovery")).await.screen("recovery");
    let code = phone
        .press(&start, "send_code", &[("login_id", EMAIL)])
        .await
        .screen("recovery-code");
    let digits = stage.provider.code_for(EMAIL).await;
    let page = phone
        .press(&code, "next", &[("code", &digits)])
        .await
        .screen("recovery-password");
    let page = phone
        .press(&page, "save", &[("new_password", "Qx-harbour4")])
        .await
        .screen("recovery-complete");
    // No code goes to the mailbox that recovered it, and there is no other channel.
    let answer = phone.press(&page, "next", &[]).await.away();
    assert_eq!(
        stage.service.error_of(&answer, &request),
        "unmet_authentication_requirements"
    );
    // The mailbox did not prove the passkey: it may be a thief's.
    let mut phone = Phone::new();
    let landed = phone.open(stage.provider.url("/account")).await;
    let page = passkeys::log_in(&mut phone, landed, &stage.device).await;
    assert_eq!(page.screen("login").errors(), ["passkey-failed"]);
}

#[tokio::test]
async fn a_passkey_works_from_node_to_node_and_its_answer_once_on_all() {
    let stage = Stage::at(Provider::two_nodes().await).await;
    for _ in 0..2 {
        let claims = stage
            .claims(&mut Phone::new(), &stage.service.ask("openid"))
            .await;
        assert_eq!(claims["acr"], CODE);
    }
    let mut phone = Phone::new();
    let page = stage
        .at_login(&mut phone, &stage.service.ask("openid"))
        .await;
    let good = stage.device.get(&options(&page, "get").unwrap());
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (mut phone, sent) = (phone.clone(), answer(&page, "passkey", &good));
        racers.spawn(async move { phone.submit(sent).await.status.as_u16() });
    }
    let statuses = racers.join_all().await;
    let let_in = statuses.iter().filter(|status| **status == 303).count();
    assert_eq!(let_in, 1, "{statuses:?}");
}
