//! Session management (OpenID Connect Session Management 1.0): the `session_state` for the
//! client, and the page for its iframe. A browser test runs the page's script.

use std::collections::BTreeMap;
use std::time::Duration;

use common_id::sha256::sha256_hex;
use serde_json::json;
use url::Url;

use crate::support::both_brands::Stage;
use crate::support::browser::{Phone, cookie_parts, http_client};
use crate::support::provider::Provider;
use crate::support::relying_party::{Pending, RelyingParty};
use crate::support::steps::{self, Person};

/// Returns the cookie with an issuer's browser state, which the page's script reads.
fn held(phone: &Phone, issuer: &str) -> Option<String> {
    let issuer = Url::parse(issuer).unwrap();
    phone.cookie(&issuer, "browser-state").map(str::to_owned)
}

/// Compares as the page's script does.
fn is_unchanged(session_state: &str, client_id: &str, origin: &str, held: Option<&str>) -> bool {
    let (hash, salt) = session_state.split_once('.').unwrap();
    assert!(salt.len() >= 22, "{session_state}");
    let said = format!("{client_id} {origin} {} {salt}", held.unwrap_or_default());
    hash == sha256_hex(said.as_bytes())
}

async fn answer(
    phone: &mut Phone,
    party: &RelyingParty,
    request: &Pending,
    person: &Person,
) -> BTreeMap<String, String> {
    let url = steps::answer(phone, party, request, person).await;
    party.answer_of(&url, request)
}

const ORIGIN: &str = "https://service.example";

#[tokio::test]
async fn an_answer_says_by_what_to_ask_and_a_logout_changes_it() {
    let stage = Stage::new().await;
    let party = &stage.toyota;
    let issuer = stage.provider.issuer();
    let unchanged = |state: &str, phone: &Phone| {
        is_unchanged(state, "service", ORIGIN, held(phone, &issuer).as_deref())
    };
    let mut phone = Phone::new();
    let first = answer(&mut phone, party, &party.ask("openid"), &stage.person).await;
    let state = &first["session_state"];
    assert!(unchanged(state, &phone));
    let second = answer(&mut phone, party, &party.ask("openid"), &stage.person).await;
    assert_ne!(&second["session_state"], state, "salted");
    assert!(unchanged(state, &phone) && unchanged(&second["session_state"], &phone));
    // The same person enters the password again: it is the same login.
    let again = party.ask("openid").with("prompt", "login");
    answer(&mut phone, party, &again, &stage.person).await;
    assert!(unchanged(state, &phone));
    let page = phone.open(party.endpoint("end_session_endpoint")).await;
    let page = page.screen("logout");
    phone.press(&page, "logout", &[]).await.screen("logged-out");
    assert_eq!(held(&phone, &issuer), None);
    assert!(!unchanged(state, &phone));
    let next = answer(&mut phone, party, &party.ask("openid"), &stage.person).await;
    assert!(!unchanged(state, &phone), "another login is another state");
    assert!(unchanged(&next["session_state"], &phone));
}

#[tokio::test]
async fn to_be_told_no_is_to_be_told_the_state_too() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let request = stage.toyota.ask("openid").with("prompt", "none");
    let url = phone.open(stage.toyota.url(&request)).await.away();
    let refused = stage.toyota.answer_of(&url, &request);
    assert_eq!(refused["error"], "login_required");
    assert!(is_unchanged(
        &refused["session_state"],
        "service",
        ORIGIN,
        None
    ));
    stage.logged_in(&mut phone, &stage.toyota).await;
    let held = held(&phone, &stage.provider.issuer());
    assert!(!is_unchanged(
        &refused["session_state"],
        "service",
        ORIGIN,
        held.as_deref()
    ));
}

#[tokio::test]
async fn each_way_an_answer_travels_has_it_and_plain_oauth_has_none() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let fragment = stage.toyota.ask("openid").with("response_mode", "fragment");
    let told = answer(&mut phone, &stage.toyota, &fragment, &stage.person).await;
    assert!(told.contains_key("session_state"));
    let form = stage
        .toyota
        .ask("openid")
        .with("response_mode", "form_post");
    let page = phone.open(stage.toyota.url(&form)).await.page();
    let sent = page.form_away().unwrap();
    assert!(sent.value("session_state").is_some());
    let oauth = stage.toyota.ask("email").with("scope", "email");
    let told = answer(&mut phone, &stage.toyota, &oauth, &stage.person).await;
    assert!(told.contains_key("code") && !told.contains_key("session_state"));
}

#[tokio::test]
async fn an_app_without_a_page_is_given_none() {
    let provider = Provider::start().await;
    let own = json!({
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["com.example.app:/callback"],
    });
    provider.register("app", own).await;
    let party = provider.party("app").await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let told = answer(&mut Phone::new(), &party, &party.ask("openid"), &person).await;
    assert!(told.contains_key("code") && !told.contains_key("session_state"));
}

#[tokio::test]
async fn a_login_that_ended_elsewhere_is_seen_at_the_next_visit() {
    let stage = Stage::new().await;
    let issuer = stage.provider.issuer();
    let (mut phone, _) = stage.at_toyota().await;
    stage
        .provider
        .advance(Duration::from_secs(4 * 24 * 60 * 60));
    assert!(held(&phone, &issuer).is_some(), "nobody could tell it");
    let request = stage.toyota.ask("openid").with("prompt", "none");
    let url = phone.open(stage.toyota.url(&request)).await.away();
    let refused = stage.toyota.answer_of(&url, &request);
    assert_eq!(held(&phone, &issuer), None);
    assert!(is_unchanged(
        &refused["session_state"],
        "service",
        ORIGIN,
        None
    ));
}

#[tokio::test]
async fn each_brand_s_host_has_its_own_mark_of_one_login() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    stage.signed_on(&mut phone, &stage.lexus).await;
    let marks = ["toyota", "lexus"].map(|brand| held(&phone, &stage.provider.issuer_of(brand)));
    let [Some(toyota), Some(lexus)] = marks else {
        panic!("no mark: {marks:?}");
    };
    assert_ne!(toyota, lexus);
    let page = phone
        .open(stage.lexus.endpoint("end_session_endpoint"))
        .await;
    let page = page.screen("logout");
    phone.press(&page, "logout", &[]).await;
    assert_eq!(held(&phone, &stage.provider.issuer_of("lexus")), None);
    // The other host updates its cookie at the next visit.
    assert!(!stage.is_known(&mut phone, &stage.toyota).await);
    assert_eq!(held(&phone, &stage.provider.issuer()), None);
}

#[tokio::test]
async fn the_mark_is_for_scripts_to_read_and_opens_nothing() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let login = phone
        .open(stage.toyota.url(&stage.toyota.ask("openid")))
        .await;
    let page = login.screen("login");
    let fields = [
        ("login_id", stage.person.email.as_str()),
        ("password", steps::PASSWORD),
    ];
    let answer = phone.press_once(&page, "login", &fields).await;
    let cookies = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(cookie_parts);
    let mark = cookies
        .into_iter()
        .find(|(name, ..)| name == "browser-state");
    let (_, value, attributes) = mark.unwrap();
    assert!(!attributes.iter().any(|attribute| attribute == "HttpOnly"));
    assert_eq!(value.len(), 43);
    let mut thief = Phone::new();
    for (name, secret) in [("session", &value), ("browser-state", &value)] {
        thief.put_cookie(&page.url, name, secret);
    }
    assert!(!stage.is_known(&mut thief, &stage.toyota).await);
}

#[tokio::test]
async fn the_page_may_be_in_any_site_s_frame_and_runs_its_own_script_only() {
    let stage = Stage::new().await;
    let url = stage.toyota.endpoint("check_session_iframe");
    assert_eq!(url, stage.provider.url("/check_session"));
    let page = http_client().get(url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let header = |name: &str| {
        let value = page.headers().get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("x-frame-options"), None);
    assert_eq!(header("set-cookie"), None);
    assert_eq!(
        header("content-type").as_deref(),
        Some("text/html; charset=utf-8")
    );
    let policy = header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors *") && policy.contains("default-src 'none'"));
    assert!(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"));
    // No other page may be shown in a frame.
    let other = http_client()
        .get(stage.provider.url("/logged-out"))
        .send()
        .await;
    let other = other.unwrap();
    assert_eq!(other.headers()["x-frame-options"], "DENY");
}
