//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0): the page after a logout
//! loads the services of the login in frames, and leads on to the service that asked.

use std::time::Duration;

use reqwest::header::CONTENT_SECURITY_POLICY;
use serde_json::{Value, json};
use url::Url;

use crate::support::both_brands::{Stage, parameter, step};
use crate::support::browser::{Page, Phone};
use crate::support::relying_party::{RelyingParty, jwt_part};
use crate::support::steps;

const GOODBYE: &str = "https://service.example/goodbye";

/// A service at both brands that wants to be notified in a frame, with `iss` and `sid`.
async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage
        .provider
        .register(
            "service",
            in_frame("https://service.example:8443/out?x=1", true),
        )
        .await;
    stage
}

fn in_frame(uri: &str, which: bool) -> Value {
    json!({"frontchannel_logout_uri": uri, "frontchannel_logout_session_required": which})
}

/// Returns the logout URL of a service.
fn asked_by(party: &RelyingParty, hint: &str) -> Url {
    let mut url = Url::parse(&party.endpoint("end_session_endpoint")).unwrap();
    url.query_pairs_mut()
        .append_pair("id_token_hint", hint)
        .append_pair("post_logout_redirect_uri", GOODBYE)
        .append_pair("state", "a b");
    url
}

async fn tokens(stage: &Stage, phone: &mut Phone, party: &RelyingParty) -> (String, Value) {
    let request = party.ask("openid");
    let tokens = steps::tokens(phone, party, request, &stage.person).await;
    let claims = jwt_part(&tokens.id_token, 1);
    (tokens.id_token, claims)
}

fn policy(page: &Page) -> &str {
    page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap()
}

fn frame_sources(page: &Page) -> Option<&str> {
    let mut directives = policy(page).split(';').map(str::trim);
    directives.find_map(|directive| directive.strip_prefix("frame-src "))
}

#[tokio::test]
async fn the_page_tells_every_service_in_a_frame_and_goes_on_to_the_one_that_asked() {
    let stage = stage().await;
    let provider = &stage.provider;
    let plain = in_frame("https://other.example/bye", false);
    provider.register("other", plain).await;
    provider.register("silent", json!({})).await;
    let mut phone = Phone::new();
    let (hint, claims) = tokens(&stage, &mut phone, &stage.toyota).await;
    for name in ["other", "silent"] {
        stage
            .signed_on(&mut phone, &provider.party(name).await)
            .await;
    }
    let page = phone
        .open(asked_by(&stage.toyota, &hint))
        .await
        .screen("logged-out");
    let frames = page.frames();
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[0].as_str(), "https://other.example/bye");
    assert!(
        frames[1]
            .as_str()
            .starts_with("https://service.example:8443/out?x=1&")
    );
    assert_eq!(
        parameter(&frames[1], "iss").as_deref(),
        claims["iss"].as_str()
    );
    assert_eq!(
        parameter(&frames[1], "sid").as_deref(),
        claims["sid"].as_str()
    );
    assert_eq!(
        frame_sources(&page),
        Some("https://other.example https://service.example:8443")
    );
    assert!(policy(&page).contains("frame-ancestors 'none'"));
    let onward = format!("{GOODBYE}?state=a+b");
    assert_eq!(page.goes_on_to().as_deref(), Some(onward.as_str()));
    assert_eq!(page.link("service.example"), onward);
    assert!(
        page.words().contains("テストのサービスへ戻ります"),
        "{}",
        page.words()
    );
    assert!(!stage.is_known(&mut phone, &stage.toyota).await);
}

#[tokio::test]
async fn without_a_service_to_tell_the_person_is_there_at_once() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let (hint, _) = tokens(&stage, &mut phone, &stage.toyota).await;
    let url = phone.open(asked_by(&stage.toyota, &hint)).await.away();
    assert_eq!(url.as_str(), format!("{GOODBYE}?state=a+b"));
}

#[tokio::test]
async fn whoever_logs_out_by_themselves_stays_on_the_page() {
    let stage = stage().await;
    let (mut phone, claims) = stage.at_toyota().await;
    let url = stage.toyota.endpoint("end_session_endpoint");
    let page = phone.open(url).await.screen("logout");
    let page = phone.press(&page, "logout", &[]).await.screen("logged-out");
    assert_eq!(
        parameter(&page.frames()[0], "sid").as_deref(),
        claims["sid"].as_str()
    );
    assert_eq!(page.goes_on_to(), None);
    assert!(!page.body.contains("goodbye"));
}

#[tokio::test]
async fn services_of_both_brands_are_told_on_the_page_of_the_one_left() {
    let stage = stage().await;
    let (mut phone, at_toyota) = stage.at_toyota().await;
    // A second, separate login under the other brand.
    let request = stage.lexus.ask("openid").with("prompt", "login");
    let tokens = steps::tokens(&mut phone, &stage.lexus, request, &stage.person).await;
    let at_lexus = jwt_part(&tokens.id_token, 1);
    assert_ne!(at_lexus["sid"], at_toyota["sid"]);
    let way = stage
        .way(&mut phone, asked_by(&stage.lexus, &tokens.id_token))
        .await;
    assert_eq!(
        way.steps(),
        ["lexus/logout", "toyota/sign-out", "lexus/logged-out"]
    );
    let page = way.landed.screen("logged-out");
    let told: Vec<_> = page
        .frames()
        .iter()
        .map(|frame| (parameter(frame, "iss"), parameter(frame, "sid")))
        .collect();
    for claims in [&at_toyota, &at_lexus] {
        let expected = ["iss", "sid"].map(|name| claims[name].as_str().map(str::to_owned));
        assert!(told.contains(&expected.into()), "{told:?}");
    }
    assert!(page.goes_on_to().unwrap().starts_with(GOODBYE));
}

#[tokio::test]
async fn one_login_under_two_brands_tells_of_both_issuers_without_a_detour() {
    let stage = stage().await;
    let (mut phone, at_toyota) = stage.at_toyota().await;
    let at_lexus = stage.signed_on(&mut phone, &stage.lexus).await;
    assert_eq!(at_lexus["sid"], at_toyota["sid"]);
    let url = stage.toyota.endpoint("end_session_endpoint");
    let page = phone.open(url).await.screen("logout");
    let page = phone.press(&page, "logout", &[]).await.screen("logged-out");
    let issuers: Vec<_> = page
        .frames()
        .iter()
        .map(|frame| parameter(frame, "iss"))
        .collect();
    for claims in [&at_toyota, &at_lexus] {
        assert!(issuers.contains(&claims["iss"].as_str().map(str::to_owned)));
    }
}

#[tokio::test]
async fn whoever_comes_back_later_tells_nobody_and_still_has_the_way_on() {
    let stage = stage().await;
    let mut phone = Phone::new();
    let (hint, _) = tokens(&stage, &mut phone, &stage.toyota).await;
    let page = phone
        .open(asked_by(&stage.toyota, &hint))
        .await
        .screen("logged-out");
    let again = phone.open(&page.url).await.screen("logged-out");
    assert_eq!(
        again.frames(),
        page.frames(),
        "a reload, or another language"
    );
    stage.provider.advance(Duration::from_secs(61));
    let late = phone.open(&page.url).await.screen("logged-out");
    assert_eq!(
        (late.status.as_u16(), late.frames(), late.goes_on_to()),
        (200, vec![], None)
    );
    assert_eq!(frame_sources(&late), None);
    assert!(late.link("service.example").starts_with(GOODBYE));
}

#[tokio::test]
async fn a_statement_that_is_not_ours_or_another_brand_s_says_nothing() {
    let stage = stage().await;
    let mut phone = Phone::new();
    let (hint, _) = tokens(&stage, &mut phone, &stage.toyota).await;
    let page = phone
        .open(asked_by(&stage.toyota, &hint))
        .await
        .screen("logged-out");
    assert_eq!(step(&page.url), "toyota/logged-out");
    let statement = parameter(&page.url, "statement").unwrap();
    let lexus = stage.provider.issuer_of("lexus");
    for url in [
        stage
            .provider
            .url(&format!("/logged-out?statement=x{statement}")),
        stage.provider.url("/logged-out?statement="),
        format!("{lexus}/logged-out?statement={statement}"),
    ] {
        let page = phone.open(&url).await.screen("logged-out");
        assert_eq!(
            (page.status.as_u16(), page.frames(), page.goes_on_to()),
            (200, vec![], None)
        );
    }
}

#[tokio::test]
async fn a_service_that_was_removed_meanwhile_is_neither_told_nor_gone_to() {
    let stage = stage().await;
    let mut phone = Phone::english();
    let (hint, _) = tokens(&stage, &mut phone, &stage.toyota).await;
    let page = phone
        .open(asked_by(&stage.toyota, &hint))
        .await
        .screen("logged-out");
    assert!(
        page.words()
            .contains("you go back to A service of the tests")
    );
    let id = common_id::oidc::client::ClientId("service".to_owned());
    let app = &stage.provider.app;
    let now = app.clock.now();
    app.store.clients().remove(&id, now).await.unwrap();
    stage.provider.app.clients.forget_all();
    let page = phone.open(&page.url).await.screen("logged-out");
    assert_eq!((page.frames(), page.goes_on_to()), (vec![], None));
}
