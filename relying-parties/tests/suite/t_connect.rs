//! Commands to a car: the API, which requires a strong and recent authentication, and the
//! pages, which lead a person through it without losing or repeating the command.

use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use relying_parties::{RelyingPartyConfig, router};
use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::fake_provider::{FakeProvider, Mischief, PERSON, STRONG, now};

/// Serves the relying party's API at the address that the pages use.
async fn served(provider: &FakeProvider) -> RelyingPartyConfig {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = provider.party("t-connect");
    config.base_url = format!(
        "http://t-connect.localhost:{}",
        listener.local_addr().unwrap().port()
    );
    provider.api_is(&config.api());
    let app = router(config.clone()).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    config
}

struct Stage {
    provider: FakeProvider,
    browser: Browser,
}

impl Stage {
    /// Signs a person in by a password only.
    async fn signed_in() -> Self {
        let provider = FakeProvider::start().await;
        let mut browser = Browser::at(served(&provider).await);
        browser.log_in(&provider).await;
        Self { provider, browser }
    }

    async fn lock(&mut self) -> Page {
        let fields = [("command", "lock_doors")];
        self.browser.submit("/commands", &fields).await
    }

    /// Goes to the provider for a command, and returns the page after that.
    async fn there_and_back(&mut self, sent: Page) -> Page {
        let back = self.provider.authorize(&sent.location());
        self.browser.get(&back).await
    }

    async fn confirm(&mut self, onward: &str) -> Page {
        let name = onward.split_once("intent=").unwrap().1;
        let fields = [("intent", name), ("action", "confirm")];
        self.browser.submit("/commands/confirm", &fields).await
    }

    async fn commands(&mut self) -> String {
        self.browser.get("/").await.texts(".commands").concat()
    }
}

fn path_of(page: &Page) -> String {
    let url = page.location();
    let query = url.query().map(|query| format!("?{query}"));
    format!("{}{}", url.path(), query.unwrap_or_default())
}

#[tokio::test]
async fn a_person_sees_their_car_by_a_password_alone() {
    let mut stage = Stage::signed_in().await;
    let page = stage.browser.get("/").await;
    assert_eq!(page.texts(".person strong"), [PERSON]);
    assert_eq!(page.texts(".doors"), ["ロック解除中"]);
    assert_eq!(page.texts(".commands"), ["0"]);
}

#[tokio::test]
async fn a_command_is_carried_out_after_a_stronger_login_and_one_more_confirmation() {
    let mut stage = Stage::signed_in().await;
    let sent = stage.lock().await;
    let asked: std::collections::BTreeMap<_, _> =
        sent.location().query_pairs().into_owned().collect();
    assert_eq!(asked["acr_values"], STRONG);
    assert_eq!(asked["max_age"], "300");
    let back = stage.there_and_back(sent).await;
    let confirmation = path_of(&back);
    assert!(confirmation.starts_with("/commands/confirm?intent="));
    let page = stage.browser.get(&confirmation).await;
    assert_eq!(page.screen(), "remote-confirmation");
    assert_eq!(page.texts(".command"), ["ドアをロックする"]);
    assert_eq!(
        stage.commands().await,
        "0",
        "nothing is done by coming back"
    );
    let done = stage.confirm(&confirmation).await;
    assert_eq!(path_of(&done), "/?done=lock_doors");
    let page = stage.browser.get("/?done=lock_doors").await;
    assert_eq!(page.texts(".done"), ["ドアをロックしました。"]);
    assert_eq!(page.texts(".doors"), ["ロック中"]);
    assert_eq!(page.texts(".commands"), ["1"]);
}

#[tokio::test]
async fn a_confirmation_pressed_twice_commands_once() {
    let mut stage = Stage::signed_in().await;
    let sent = stage.lock().await;
    let confirmation = path_of(&stage.there_and_back(sent).await);
    stage.confirm(&confirmation).await;
    let again = stage.confirm(&confirmation).await;
    assert_eq!(path_of(&again), "/?lost=1");
    assert_eq!(path_of(&stage.browser.get(&confirmation).await), "/?lost=1");
    assert!(
        !stage
            .browser
            .get("/?lost=1")
            .await
            .texts(".lost")
            .is_empty()
    );
    assert_eq!(stage.commands().await, "1");
}

#[tokio::test]
async fn with_a_strong_login_of_late_the_next_command_is_carried_out_at_once() {
    let mut stage = Stage::signed_in().await;
    let sent = stage.lock().await;
    let confirmation = path_of(&stage.there_and_back(sent).await);
    stage.confirm(&confirmation).await;
    let fields = [("command", "start_air_conditioning")];
    let done = stage.browser.submit("/commands", &fields).await;
    assert_eq!(path_of(&done), "/?done=start_air_conditioning");
    assert_eq!(stage.browser.get("/").await.texts(".air"), ["作動中"]);
    assert_eq!(stage.commands().await, "2");
}

#[tokio::test]
async fn a_provider_that_logs_nobody_in_strongly_is_not_asked_for_ever() {
    let mut stage = Stage::signed_in().await;
    stage.provider.misbehave(Mischief::NoStrongLogin);
    let mut sent = stage.lock().await;
    for _ in 0..2 {
        let confirmation = path_of(&stage.there_and_back(sent).await);
        sent = stage.confirm(&confirmation).await;
    }
    assert_eq!(
        (sent.status, sent.error()),
        (StatusCode::FORBIDDEN, "step_up_needed".to_owned())
    );
    assert_eq!(stage.commands().await, "0");
}

#[tokio::test]
async fn whoever_decides_against_it_commands_nothing() {
    let mut stage = Stage::signed_in().await;
    let sent = stage.lock().await;
    let confirmation = path_of(&stage.there_and_back(sent).await);
    let name = confirmation.split_once("intent=").unwrap().1;
    let fields = [("intent", name), ("action", "stop")];
    let page = stage.browser.submit("/commands/confirm", &fields).await;
    assert_eq!(path_of(&page), "/");
    assert_eq!(path_of(&stage.confirm(&confirmation).await), "/?lost=1");
    assert_eq!(stage.commands().await, "0");
}

#[tokio::test]
async fn a_command_is_not_carried_over_to_somebody_else() {
    let mut stage = Stage::signed_in().await;
    let sent = stage.lock().await;
    stage.provider.log_in_as("another");
    assert_eq!(path_of(&stage.there_and_back(sent).await), "/");
    assert_eq!(stage.commands().await, "0");
}

#[tokio::test]
async fn a_command_waits_for_the_browser_that_asked() {
    let mut stage = Stage::signed_in().await;
    let sent = stage.lock().await;
    let confirmation = path_of(&stage.there_and_back(sent).await);
    let mut other = stage.browser.another();
    other.log_in(&stage.provider).await;
    assert_eq!(path_of(&other.get(&confirmation).await), "/?lost=1");
    let name = confirmation.split_once("intent=").unwrap().1;
    let fields = [("intent", name), ("action", "confirm")];
    let page = other.submit("/commands/confirm", &fields).await;
    assert_eq!(path_of(&page), "/?lost=1");
    assert_eq!(stage.commands().await, "0");
}

#[tokio::test]
async fn another_site_can_command_nothing() {
    let mut stage = Stage::signed_in().await;
    for path in ["/commands", "/commands/confirm"] {
        let request = Request::post(path).header("sec-fetch-site", "cross-site");
        let page = stage
            .browser
            .send_with(request, "command=lock_doors".to_owned())
            .await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    }
    let unknown = [("command", "open_the_boot")];
    let page = stage.browser.submit("/commands", &unknown).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let mut stranger = stage.browser.another();
    let fields = [("command", "lock_doors")];
    let page = stranger.submit("/commands", &fields).await;
    assert_eq!(page.error(), "login_expired");
}

/// Sends a request to the API.
async fn ask(provider: &FakeProvider, token: Option<&str>) -> Page {
    let mut config = provider.party("t-connect");
    config.base_url = "http://t-connect.localhost".to_owned();
    let mut client = Browser::at(config);
    let mut request = Request::post("/api/commands").header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = json!({"command": "lock_doors"}).to_string();
    client.send_with(request, body).await
}

fn challenge(page: &Page) -> &str {
    page.headers[WWW_AUTHENTICATE].to_str().unwrap()
}

#[tokio::test]
async fn the_api_carries_out_what_a_strong_token_of_late_asks() {
    let provider = FakeProvider::start().await;
    for kind in ["at+jwt", "application/at+jwt", "AT+JWT"] {
        let token = provider.access_token(kind, &json!({}));
        let page = ask(&provider, Some(&token)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let told: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!(told["doors_locked"], true);
    }
    let single = json!({"aud": "http://t-connect.localhost/api"});
    let token = provider.access_token("at+jwt", &single);
    assert_eq!(ask(&provider, Some(&token)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_api_says_what_login_it_wants_where_the_token_is_too_weak_or_too_old() {
    let provider = FakeProvider::start().await;
    for changes in [
        json!({"acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"}),
        json!({"acr": null}),
        json!({"auth_time": now() - 301}),
        json!({"auth_time": null}),
    ] {
        let token = provider.access_token("at+jwt", &changes);
        let page = ask(&provider, Some(&token)).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{changes}");
        let said = challenge(&page);
        assert!(said.starts_with("Bearer "), "{said}");
        for parameter in [
            "error=\"insufficient_user_authentication\"".to_owned(),
            format!("acr_values=\"{STRONG}\""),
            "max_age=\"300\"".to_owned(),
        ] {
            assert!(said.contains(&parameter), "{said}");
        }
    }
    let token = provider.access_token("at+jwt", &json!({"auth_time": now() - 290}));
    assert_eq!(ask(&provider, Some(&token)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_api_believes_no_token_that_is_not_for_it() {
    let provider = FakeProvider::start().await;
    let stranger = FakeProvider::start().await;
    let none = {
        let token = provider.access_token("at+jwt", &json!({}));
        let claims = token.split('.').nth(1).unwrap().to_owned();
        let header = json!({"alg": "none", "typ": "at+jwt", "kid": "first"});
        format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(header.to_string()))
    };
    let with_our_key_as_secret = {
        let token = provider.access_token("at+jwt", &json!({}));
        let parts: Vec<_> = token.split('.').collect();
        let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": "first"});
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        format!("{header}.{}.{}", parts[1], parts[2])
    };
    for (what, token) in [
        ("an ID token", provider.access_token("JWT", &json!({}))),
        ("forged", provider.forged_access_token()),
        ("unsigned", none),
        ("by a secret", with_our_key_as_secret),
        (
            "of another issuer",
            provider.access_token("at+jwt", &json!({"iss": stranger.issuer})),
        ),
        (
            "by another issuer",
            stranger.access_token("at+jwt", &json!({"iss": provider.issuer})),
        ),
        (
            "for another API",
            provider.access_token("at+jwt", &json!({"aud": [provider.issuer]})),
        ),
        (
            "expired",
            provider.access_token("at+jwt", &json!({"exp": now()})),
        ),
        (
            "without an end",
            provider.access_token("at+jwt", &json!({"exp": null})),
        ),
        (
            "nobody's",
            provider.access_token("at+jwt", &json!({"sub": null})),
        ),
        ("no JWT", "x".to_owned()),
        ("too short", "a.b".to_owned()),
        ("not base64url", "a.b.c".to_owned()),
    ] {
        let page = ask(&provider, Some(&token)).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{what}");
        let said = challenge(&page);
        assert!(said.contains("error=\"invalid_token\""), "{what}: {said}");
    }
}

#[tokio::test]
async fn the_api_takes_no_token_that_was_revoked() {
    let provider = FakeProvider::start().await;
    let token = provider.access_token("at+jwt", &json!({}));
    assert_eq!(ask(&provider, Some(&token)).await.status, StatusCode::OK);
    provider.say_active(Some(false));
    let page = ask(&provider, Some(&token)).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(challenge(&page).contains("error=\"invalid_token\""));
    provider.say_active(None);
    let page = ask(&provider, Some(&token)).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        !page.headers.contains_key(WWW_AUTHENTICATE),
        "not its fault"
    );
    let asked = provider.introspections();
    ask(&provider, Some(&provider.forged_access_token())).await;
    assert_eq!(provider.introspections(), asked, "only of genuine ones");
}

#[tokio::test]
async fn the_api_tells_a_missing_token_from_a_missing_scope() {
    let provider = FakeProvider::start().await;
    let page = ask(&provider, None).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert_eq!(challenge(&page), "Bearer realm=\"vehicle\"");
    assert_eq!(
        page.body, "",
        "RFC 6750 §3.1: no error code without a token"
    );
    let token = provider.access_token("at+jwt", &json!({"scope": "openid vehicle.commands"}));
    let page = ask(&provider, Some(&token)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let said = challenge(&page);
    assert!(said.contains("error=\"insufficient_scope\""), "{said}");
    assert!(said.contains("scope=\"vehicle.command\""), "{said}");
}

#[tokio::test]
async fn a_key_that_came_since_is_looked_for() {
    let provider = FakeProvider::start().await;
    let mut config = provider.party("t-connect");
    config.base_url = "http://t-connect.localhost".to_owned();
    let mut client = Browser::at(config);
    for _ in 0..2 {
        let token = provider.access_token("at+jwt", &json!({}));
        let request = Request::get("/api/vehicle").header(AUTHORIZATION, format!("Bearer {token}"));
        assert_eq!(client.send(request).await.status, StatusCode::OK);
        provider.rotate_key();
    }
}
