//! A logout under one brand is a logout under the other, too: at once if it was one login,
//! and by a redirect if the person logged in under each brand separately.

use std::time::Duration;

use url::Url;

use crate::support::both_brands::{Stage, assert_not_ours, parameter, step};
use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, PASSWORD};

const GOODBYE: &str = "https://service.example/goodbye";

/// Presses "log out" on the page of a brand.
async fn log_out(phone: &mut Phone, party: &RelyingParty) {
    let url = party.endpoint("end_session_endpoint");
    let page = phone.open(url).await.screen("logout");
    phone.press(&page, "logout", &[]).await.screen("logged-out");
}

/// Logs in with the password, even if a person is logged in; returns the ID token.
async fn afresh(stage: &Stage, phone: &mut Phone, party: &RelyingParty) -> String {
    let request = party.ask("openid").with("prompt", "login");
    let tokens = steps::tokens(phone, party, request, &stage.person).await;
    tokens.id_token
}

/// Returns the logout URL of a service.
fn asked_by(party: &RelyingParty, hint: &str) -> Url {
    let mut url = Url::parse(&party.endpoint("end_session_endpoint")).unwrap();
    url.query_pairs_mut()
        .append_pair("id_token_hint", hint)
        .append_pair("post_logout_redirect_uri", GOODBYE)
        .append_pair("state", "s t/1");
    url
}

#[tokio::test]
async fn one_login_ends_under_both_brands_wherever_the_person_logs_out() {
    let stage = Stage::new().await;
    for (out, other) in [(&stage.toyota, &stage.lexus), (&stage.lexus, &stage.toyota)] {
        let (mut phone, _) = stage.at_toyota().await;
        stage.signed_on(&mut phone, &stage.lexus).await;
        let mut elsewhere = Phone::new();
        stage.logged_in(&mut elsewhere, other).await;
        log_out(&mut phone, out).await;
        assert!(!stage.is_known(&mut phone, other).await);
        assert!(!stage.is_known(&mut phone, out).await);
        assert!(stage.is_known(&mut elsewhere, other).await, "another phone");
        // The cookies left in the browser log nobody in, and do no harm.
        stage.logged_in(&mut phone, other).await;
    }
}

#[tokio::test]
async fn a_service_that_logs_its_person_out_reaches_both_without_a_detour() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let request = stage.lexus.ask("openid");
    let tokens = steps::tokens(&mut phone, &stage.lexus, request, &stage.person).await;
    let way = stage
        .way(&mut phone, asked_by(&stage.lexus, &tokens.id_token))
        .await;
    assert_eq!(way.steps(), ["lexus/logout"]);
    assert_eq!(
        way.landed.away().as_str(),
        format!("{GOODBYE}?state=s+t%2F1")
    );
    assert!(!stage.is_known(&mut phone, &stage.toyota).await);
}

#[tokio::test]
async fn two_logins_in_one_browser_end_together_by_way_of_the_other_brand() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let hint = afresh(&stage, &mut phone, &stage.lexus).await;
    let way = stage.way(&mut phone, asked_by(&stage.lexus, &hint)).await;
    assert_eq!(way.steps(), ["lexus/logout", "toyota/sign-out"]);
    assert_eq!(
        way.landed.away().as_str(),
        format!("{GOODBYE}?state=s+t%2F1")
    );
    let toyota = Url::parse(&stage.provider.issuer()).unwrap();
    assert_eq!(phone.cookie(&toyota, "session"), None);
    assert!(!stage.is_known(&mut phone, &stage.toyota).await);
    assert!(!stage.is_known(&mut phone, &stage.lexus).await);
    // The same on the person's own request, which ends on the page of the brand left.
    let (mut phone, _) = stage.at_toyota().await;
    afresh(&stage, &mut phone, &stage.lexus).await;
    let url = stage.lexus.endpoint("end_session_endpoint");
    let page = phone.open(url).await.screen("logout");
    let page = phone.press(&page, "logout", &[]).await.screen("logged-out");
    assert_eq!(step(&page.url), "lexus/logged-out");
    assert!(!stage.is_known(&mut phone, &stage.toyota).await);
}

#[tokio::test]
async fn another_person_under_the_other_brand_stays_logged_in() {
    let stage = Stage::new().await;
    let taro = steps::person(&stage.provider, "taro@example.jp").await;
    let (mut phone, hanako) = stage.at_toyota().await;
    let request = stage.lexus.ask("openid").with("prompt", "login");
    steps::tokens(&mut phone, &stage.lexus, request, &taro).await;
    // Gives him a login under brand toyota on another phone, so that the logout redirects
    // there.
    let request = stage.toyota.ask("openid");
    steps::tokens(&mut Phone::new(), &stage.toyota, request, &taro).await;
    let url = stage.lexus.endpoint("end_session_endpoint");
    let page = phone.open(url).await.screen("logout");
    let answer = phone.press_once(&page, "logout", &[]).await;
    let by = answer.redirect().unwrap();
    assert_eq!(step(&by), "toyota/sign-out");
    phone.open(by).await.screen("logged-out");
    let still = stage.signed_on(&mut phone, &stage.toyota).await;
    assert_eq!(still["sub"], hanako["sub"]);
}

#[tokio::test]
async fn the_person_s_other_devices_stay_logged_in() {
    let stage = Stage::new().await;
    let (mut one, _) = stage.at_toyota().await;
    let (mut other, _) = stage.at_toyota().await;
    stage.signed_on(&mut other, &stage.lexus).await;
    log_out(&mut one, &stage.toyota).await;
    for party in [&stage.toyota, &stage.lexus] {
        assert!(stage.is_known(&mut other, party).await);
        assert!(!stage.is_known(&mut one, party).await);
    }
}

#[tokio::test]
async fn a_passage_is_good_where_it_leads_and_for_a_moment() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let hint = afresh(&stage, &mut phone, &stage.lexus).await;
    let answer = phone.fetch(asked_by(&stage.lexus, &hint)).await;
    let by = answer.redirect().unwrap();
    let statement = parameter(&by, "statement").unwrap();
    let (toyota, lexus) = (stage.provider.issuer(), stage.provider.issuer_of("lexus"));
    for url in [
        format!("{toyota}/sign-out"),
        format!("{toyota}/sign-out?statement=x{statement}"),
        format!("{lexus}/sign-out?statement={statement}"),
        format!("{toyota}/sign-on?statement={statement}"),
        format!("{lexus}/sign-on/return?statement={statement}"),
    ] {
        assert_not_ours(&phone.open(&url).await.page());
    }
    stage.provider.advance(Duration::from_secs(61));
    assert_not_ours(&phone.open(&by).await.page());
    assert!(stage.is_known(&mut phone, &stage.toyota).await);
}

#[tokio::test]
async fn a_passage_ends_no_login_of_anybody_else() {
    let stage = Stage::new().await;
    let taro = steps::person(&stage.provider, "taro@example.jp").await;
    let mut victim = Phone::new();
    let request = stage.toyota.ask("openid");
    steps::tokens(&mut victim, &stage.toyota, request, &taro).await;
    let (mut attacker, _) = stage.at_toyota().await;
    let hint = afresh(&stage, &mut attacker, &stage.lexus).await;
    let answer = attacker.fetch(asked_by(&stage.lexus, &hint)).await;
    let by = answer.redirect().unwrap();
    assert_eq!(step(&by), "toyota/sign-out");
    victim.open(by).await;
    assert!(stage.is_known(&mut victim, &stage.toyota).await);
}

#[tokio::test]
async fn whoever_leaves_the_id_is_logged_out_of_both_brands() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    stage.signed_on(&mut phone, &stage.lexus).await;
    let landed = phone.open(stage.provider.url("/account/leave")).await;
    let email = &stage.person.email;
    let landed = steps::give_code(&stage.provider, &mut phone, landed, email).await;
    let page = landed.screen("account-leave");
    let fields = [("password", PASSWORD), ("confirm", "yes")];
    phone
        .press(&page, "leave", &fields)
        .await
        .screen("logged-out");
    for party in [&stage.toyota, &stage.lexus] {
        assert!(!stage.is_known(&mut phone, party).await);
    }
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_began_under_both_brands() {
    let stage = Stage::new().await;
    let (mut stolen, _) = stage.at_toyota().await;
    stage.signed_on(&mut stolen, &stage.lexus).await;
    let mut phone = Phone::new();
    let page = phone.open(stage.provider.url("/account/password")).await;
    let page = steps::log_in_strongly(&stage.provider, &mut phone, page, &stage.person.email).await;
    let page = page.screen("account-password");
    let fields = [("password", PASSWORD), ("new_password", "Qx-harbour4")];
    phone.press(&page, "save", &fields).await.page();
    for party in [&stage.toyota, &stage.lexus] {
        assert!(!stage.is_known(&mut stolen, party).await);
        assert!(stage.is_known(&mut phone, party).await);
    }
}

#[tokio::test]
async fn a_logout_at_one_node_is_a_logout_at_all() {
    let stage = Stage::on(Provider::two_nodes().await).await;
    for _ in 0..2 {
        let (mut phone, _) = stage.at_toyota().await;
        let hint = afresh(&stage, &mut phone, &stage.lexus).await;
        let way = stage.way(&mut phone, asked_by(&stage.lexus, &hint)).await;
        way.landed.away();
        for party in [&stage.toyota, &stage.lexus, &stage.toyota] {
            assert!(!stage.is_known(&mut phone, party).await);
        }
    }
}
