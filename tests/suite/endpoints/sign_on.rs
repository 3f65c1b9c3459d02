//! One login for both brands: a person who is logged in under one brand need not log in
//! under the other. What the browser carries between the brands is valid for this browser,
//! once and for a moment only, and no browser is redirected in a loop.

use std::time::Duration;

use common_id::terms::BUILT_IN_TERMS_VERSION;
use serde_json::json;

use crate::support::both_brands::{Stage, Way, assert_not_ours, parameter, step, with_parameter};
use crate::support::browser::{Landed, Page, Phone};
use crate::support::devices::{self, Navi};
use crate::support::provider::Provider;
use crate::support::relying_party::jwt_part;
use crate::support::steps;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The redirects of a first visit to brand lexus by a person who is not logged in.
const TO_LOGIN: [&str; 4] = [
    "lexus/authorize",
    "toyota/sign-on",
    "lexus/sign-on/return",
    "lexus/login",
];

#[tokio::test]
async fn a_login_under_one_brand_serves_the_other_without_a_page() {
    let stage = Stage::new().await;
    let (mut phone, first) = stage.at_toyota().await;
    stage.provider.advance(HOUR);
    let second = stage.signed_on(&mut phone, &stage.lexus).await;
    // It is the same login, and no new authentication.
    for claim in ["sub", "sid", "auth_time", "acr", "amr"] {
        assert_eq!(first[claim], second[claim], "{claim}");
    }
    assert_ne!(first["iss"], second["iss"]);
    // From now on the browser has a session of its own at brand lexus.
    let url = stage.lexus.url(&stage.lexus.ask("openid"));
    let way = stage.way(&mut phone, url).await;
    assert_eq!(way.steps(), ["lexus/authorize"]);
    // The same works in the other direction.
    let mut phone = Phone::new();
    let first = stage.logged_in(&mut phone, &stage.lexus).await;
    let second = stage.signed_on(&mut phone, &stage.toyota).await;
    assert_eq!(first["sid"], second["sid"]);
}

#[tokio::test]
async fn no_page_is_shown_to_who_asks_for_none() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    assert!(stage.is_known(&mut phone, &stage.lexus).await);
    let request = stage.lexus.ask("openid").with("prompt", "none");
    let way = stage
        .way(&mut Phone::new(), stage.lexus.url(&request))
        .await;
    assert_eq!(way.steps(), TO_LOGIN[..3]);
    let error = stage.lexus.error_of(&way.landed.away(), &request);
    assert_eq!(error, "login_required");
}

#[tokio::test]
async fn whoever_is_logged_in_nowhere_is_asked_after_one_hop_and_none_follows() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let url = stage.lexus.url(&stage.lexus.ask("openid"));
    let Way { passed, landed } = stage.way(&mut phone, url).await;
    assert_eq!(passed.iter().map(step).collect::<Vec<_>>(), TO_LOGIN);
    let page = landed.screen("login");
    let reloaded = stage.way(&mut phone, &page.url).await;
    assert_eq!(reloaded.steps(), ["lexus/login"]);
    let mut start = page.url.clone();
    start.set_path(start.path().trim_end_matches("/login").to_owned().as_str());
    let again = stage.way(&mut phone, start).await;
    assert_eq!(again.steps(), ["lexus/", "lexus/login"]);
    // The reloads do not prevent a login.
    let page = again.landed.screen("login");
    let fields = [
        ("login_id", stage.person.email.as_str()),
        ("password", steps::PASSWORD),
    ];
    phone.press(&page, "login", &fields).await.away();
}

#[tokio::test]
async fn there_is_no_hop_where_no_session_could_be_of_use() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let ask = || stage.lexus.ask("openid");
    for (what, request, screen) in [
        ("prompt=login", ask().with("prompt", "login"), "lexus/login"),
        (
            "prompt=create",
            ask().with("prompt", "create"),
            "lexus/terms",
        ),
        ("max_age=0", ask().with("max_age", "0"), "lexus/login"),
    ] {
        let way = stage.way(&mut phone, stage.lexus.url(&request)).await;
        assert_eq!(way.steps(), ["lexus/authorize", screen], "{what}");
    }
    let recovery = format!("{}/recovery", stage.provider.issuer_of("lexus"));
    let way = stage.way(&mut phone, recovery).await;
    assert_eq!(way.steps(), ["lexus/recovery", "lexus/recovery"]);
}

#[tokio::test]
async fn a_login_that_is_too_old_for_a_service_is_too_old_under_both_brands() {
    let stage = Stage::new().await;
    let (mut phone, first) = stage.at_toyota().await;
    stage.provider.advance(HOUR);
    let request = stage.lexus.ask("openid").with("max_age", "600");
    let landed = phone.open(stage.lexus.url(&request)).await;
    let answer = steps::log_in(&mut phone, landed, &stage.person.email).await;
    let tokens = stage.lexus.exchange(&answer.away(), &request).await;
    let second = jwt_part(&tokens.id_token, 1);
    assert_eq!(first["sid"], second["sid"], "still the same login");
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64());
    // At brand toyota there was no new password entry, and the ID token shows that.
    let third = stage.signed_on(&mut phone, &stage.toyota).await;
    assert_eq!(third["auth_time"], first["auth_time"]);
}

#[tokio::test]
async fn an_account_can_be_chosen_that_is_logged_in_under_the_other_brand() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let request = stage.lexus.ask("openid").with("prompt", "select_account");
    let page = phone.open(stage.lexus.url(&request)).await;
    let page = page.screen("select-account");
    assert!(page.words().contains(&stage.person.email));
}

#[tokio::test]
async fn a_person_who_is_not_the_one_meant_is_asked() {
    let stage = Stage::new().await;
    let taro = steps::person(&stage.provider, "taro@example.jp").await;
    let request = stage.lexus.ask("openid");
    let his = steps::tokens(&mut Phone::new(), &stage.lexus, request, &taro).await;
    let (mut phone, _) = stage.at_toyota().await;
    let request = stage.lexus.ask("openid");
    let request = request.with("id_token_hint", his.id_token);
    phone.open(stage.lexus.url(&request)).await.screen("login");
    let request = request.with("prompt", "none");
    let answer = phone.open(stage.lexus.url(&request)).await.away();
    assert_eq!(stage.lexus.error_of(&answer, &request), "login_required");
}

#[tokio::test]
async fn pushed_requests_and_a_person_s_own_pages_come_by_the_hop_too() {
    let stage = Stage::new().await;
    let (phone, _) = stage.at_toyota().await;
    let request = stage.lexus.ask("openid");
    let pushed = stage.lexus.push(&request).await;
    let answer = phone.clone().open(&pushed).await.away();
    stage.lexus.exchange(&answer, &request).await;
    let account = format!("{}/account", stage.provider.issuer_of("lexus"));
    let page = phone.clone().open(&account).await.screen("account");
    assert!(page.words().contains(&stage.person.email));
    // Pages that require a recent login see the login's real age.
    let password = format!("{account}/password");
    let mut here = phone.clone();
    let landed = here.open(&password).await;
    let email = &stage.person.email;
    let landed = steps::give_code(&stage.provider, &mut here, landed, email).await;
    landed.screen("account-password");
    stage.provider.advance(HOUR);
    phone.clone().open(&password).await.screen("login");
}

#[tokio::test]
async fn a_device_is_let_in_by_who_is_logged_in_under_the_other_brand() {
    let stage = Stage::new().await;
    let navi = Navi::of(&stage.provider).await;
    let device = navi.begin("openid").await;
    let mut phone = Phone::new();
    stage.logged_in(&mut phone, &stage.lexus).await;
    let page = devices::type_code(&mut phone, &device).await;
    let page = page.screen("device-confirmation");
    phone
        .press(&page, "approve", &[])
        .await
        .screen("device-complete");
    assert_eq!(navi.poll(&device).await.status, 200);
}

#[tokio::test]
async fn a_code_given_under_one_brand_counts_under_the_other() {
    let stage = Stage::new().await;
    // The code of the registration no longer counts towards the limits.
    stage.provider.let_short_lived_state_expire().await;
    let stronger = "https://id.toyota.jp/acr/password-and-code";
    let request = stage.toyota.ask("openid").with("acr_values", stronger);
    let mut phone = Phone::new();
    let landed = phone.open(stage.toyota.url(&request)).await;
    let landed = steps::log_in(&mut phone, landed, &stage.person.email).await;
    let page = landed.screen("login-code");
    let code = stage.provider.code_for(&stage.person.email).await;
    phone.press(&page, "next", &[("code", &code)]).await.away();
    let request = stage.lexus.ask("openid").with("acr_values", stronger);
    let answer = phone.open(stage.lexus.url(&request)).await.away();
    let tokens = stage.lexus.exchange(&answer, &request).await;
    assert_eq!(jwt_part(&tokens.id_token, 1)["acr"], stronger);
}

#[tokio::test]
async fn a_ticket_is_good_in_the_browser_that_left_and_in_no_other() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let request = stage.lexus.ask("openid");
    let back = stage.almost_back(&mut phone, &request).await;
    let mut thief = Phone::new();
    thief.open(&back).await.screen("login");
    assert!(!stage.is_known(&mut thief, &stage.lexus).await);
    // Once shown by the wrong browser, it is no longer valid for the right one either.
    phone.open(&back).await.screen("login");
}

#[tokio::test]
async fn nobody_can_put_their_own_login_into_another_s_browser() {
    let stage = Stage::new().await;
    let (mut attacker, _) = stage.at_toyota().await;
    let request = stage.lexus.ask("openid");
    let planted = stage.almost_back(&mut attacker, &request).await;
    let mut victim = Phone::new();
    let request = stage.lexus.ask("openid");
    let own = stage.almost_back(&mut victim, &request).await;
    // Neither unchanged, nor as if it were the response to the victim's own hop.
    victim.open(&planted).await.screen("login");
    let planted = stage
        .almost_back(&mut attacker, &stage.lexus.ask("openid"))
        .await;
    let mixed = with_parameter(&own, "ticket", parameter(&planted, "ticket").as_deref());
    victim.open(&mixed).await.screen("login");
    assert!(!stage.is_known(&mut victim, &stage.lexus).await);
    // Nor can the attacker's departure take over the victim's login.
    let left = attacker
        .fetch(stage.lexus.url(&stage.lexus.ask("openid")))
        .await;
    let (mut victim, _) = stage.at_toyota().await;
    let back = victim.fetch(left.redirect().unwrap()).await.redirect();
    victim.open(back.unwrap()).await.screen("login");
}

#[tokio::test]
async fn a_ticket_is_good_for_the_hop_it_was_made_for_and_once() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let (one, other) = (stage.lexus.ask("openid"), stage.lexus.ask("openid"));
    let first = stage.almost_back(&mut phone, &one).await;
    let second = stage.almost_back(&mut phone, &other).await;
    let mixed = with_parameter(&first, "ticket", parameter(&second, "ticket").as_deref());
    phone.open(&mixed).await.screen("login");
    let no_more = with_parameter(&first, "ticket", None);
    phone.clone().open(&no_more).await.screen("login");
    let mut copy = phone.clone();
    let before = stage.provider.count("sessions").await;
    phone.open(&first).await.away();
    // The same browser in its earlier state.
    copy.open(&first).await.screen("login");
    assert_eq!(stage.provider.count("sessions").await, before + 1);
}

#[tokio::test]
async fn a_ticket_is_good_for_the_way_back_and_no_longer() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let back = stage
        .almost_back(&mut phone, &stage.lexus.ask("openid"))
        .await;
    stage.provider.let_short_lived_state_expire().await;
    phone.open(&back).await.screen("login");
}

#[tokio::test]
async fn who_arrives_long_after_leaving_is_brought_back_without_a_ticket() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let left = phone
        .fetch(stage.lexus.url(&stage.lexus.ask("openid")))
        .await;
    stage.provider.advance(Duration::from_secs(61));
    let way = stage.way(&mut phone, left.redirect().unwrap()).await;
    assert_eq!(way.steps(), TO_LOGIN[1..]);
    assert_eq!(parameter(&way.passed[1], "ticket"), None);
}

#[tokio::test]
async fn a_login_that_ended_meanwhile_gives_nothing() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let back = stage
        .almost_back(&mut phone, &stage.lexus.ask("openid"))
        .await;
    let logout = stage.toyota.endpoint("end_session_endpoint");
    let page = phone.open(logout).await.screen("logout");
    phone.press(&page, "logout", &[]).await;
    let before = stage.provider.count("sessions").await;
    phone.open(&back).await.screen("login");
    assert_eq!(stage.provider.count("sessions").await, before);
}

#[tokio::test]
async fn a_login_that_nobody_used_for_long_gives_nothing() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    stage.provider.advance(4 * DAY);
    let url = stage.lexus.url(&stage.lexus.ask("openid"));
    let way = stage.way(&mut phone, url).await;
    assert_eq!(way.steps(), TO_LOGIN);
}

#[tokio::test]
async fn one_login_stays_awake_by_either_brand_and_ends_for_both_at_once() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    for _ in 0..6 {
        stage.provider.advance(2 * DAY);
        stage.signed_on(&mut phone, &stage.lexus).await;
    }
    let request = stage.toyota.ask("openid");
    let way = stage.way(&mut phone, stage.toyota.url(&request)).await;
    assert_eq!(way.steps(), ["toyota/authorize"]);
    // The session at brand lexus is as old as the login that it comes from.
    stage.provider.advance(2 * DAY);
    assert!(!stage.is_known(&mut phone, &stage.lexus).await);
    assert!(!stage.is_known(&mut phone, &stage.toyota).await);
}

#[tokio::test]
async fn who_is_logged_in_under_a_brand_stays_who_they_are_there() {
    let stage = Stage::new().await;
    let taro = steps::person(&stage.provider, "taro@example.jp").await;
    let (mut phone, hanako) = stage.at_toyota().await;
    let on_the_way = stage
        .almost_back(&mut phone, &stage.lexus.ask("openid"))
        .await;
    let request = stage.lexus.ask("openid").with("prompt", "login");
    let his = steps::tokens(&mut phone, &stage.lexus, request, &taro).await;
    let his = jwt_part(&his.id_token, 1);
    assert_ne!(his["sub"], hanako["sub"]);
    // The other tab, whose hop ends only now, does not change that.
    phone.open(&on_the_way).await.away();
    let still = stage.signed_on(&mut phone, &stage.lexus).await;
    assert_eq!((&still["sub"], &still["sid"]), (&his["sub"], &his["sid"]));
    let at_toyota = stage.signed_on(&mut phone, &stage.toyota).await;
    assert_eq!(at_toyota["sub"], hanako["sub"]);
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_asked_no_second_time() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let url = stage.lexus.url(&stage.lexus.ask("openid"));
    let first = |page: Page| step(&page.redirect().unwrap());
    assert_eq!(first(phone.fetch(&url).await), "toyota/sign-on");
    // Another tab, a moment later.
    stage.provider.advance(Duration::from_secs(1));
    assert_eq!(first(phone.fetch(&url).await), "toyota/sign-on");
    // The person used the back button.
    stage.provider.advance(Duration::from_secs(3));
    assert_eq!(first(phone.fetch(&url).await), "lexus/login");
    // A browser that came back may go to the other brand again.
    let mut other = Phone::new();
    other.open(&url).await.screen("login");
    stage.provider.advance(Duration::from_secs(3));
    assert_eq!(first(other.fetch(&url).await), "toyota/sign-on");
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_is_asked_for_the_password_and_not_sent_round() {
    let stage = Stage::new().await;
    let mut url = stage.lexus.url(&stage.lexus.ask("openid"));
    let mut passed = Vec::new();
    let page = loop {
        passed.push(step(&url));
        let answer = Phone::new().fetch(&url).await;
        match answer.redirect() {
            Some(next) => url = next,
            None => break answer,
        }
    };
    assert_eq!(passed, TO_LOGIN);
    assert_eq!(page.screen(), "login");
}

#[tokio::test]
async fn from_within_a_frame_nobody_is_sent_to_a_host_that_would_get_no_cookie() {
    let stage = Stage::new().await;
    let request = stage.lexus.ask("openid").with("prompt", "none");
    let mut framed = Phone::framed();
    let way = stage.way(&mut framed, stage.lexus.url(&request)).await;
    assert_eq!(way.steps(), ["lexus/authorize"]);
    let error = stage.lexus.error_of(&way.landed.away(), &request);
    assert_eq!(error, "login_required");
}

#[tokio::test]
async fn a_brand_that_is_alone_asks_nobody() {
    let provider =
        Provider::start_with(|config| config.brands.retain(|brand| brand.name == "toyota")).await;
    provider
        .register("service", json!({"brands": ["toyota"]}))
        .await;
    let service = provider.party("service").await;
    let url = service.url(&service.ask("openid"));
    let answer = Phone::new().fetch(url).await;
    assert_eq!(step(&answer.redirect().unwrap()), "toyota/login");
}

#[tokio::test]
async fn several_other_brands_are_asked_one_after_the_other_until_one_knows_the_person() {
    let terms = tempfile::tempdir().unwrap();
    let file = format!("{BUILT_IN_TERMS_VERSION}.ja.txt");
    std::fs::write(terms.path().join(file), "規約").unwrap();
    let stage = Stage::with(|config| {
        let mut third = config.brands[0].clone();
        third.issuer = third.issuer.replace(&third.name, "gr");
        third.name = "gr".to_owned();
        third.terms_dir = Some(terms.path().to_owned());
        config.brands.insert(0, third);
    })
    .await;
    let url = stage.toyota.url(&stage.toyota.ask("openid"));
    let round = [
        "toyota/authorize",
        "gr/sign-on",
        "toyota/sign-on/return",
        "lexus/sign-on",
        "toyota/sign-on/return",
    ];
    let way = stage.way(&mut Phone::new(), &url).await;
    assert_eq!(way.steps()[..5], round);
    assert_eq!(way.steps()[5..], ["toyota/login"]);
    let mut phone = Phone::new();
    stage.logged_in(&mut phone, &stage.lexus).await;
    let way = stage.way(&mut phone, &url).await;
    assert_eq!(way.steps(), round);
    way.landed.away();
}

#[tokio::test]
async fn what_is_not_ours_leads_to_a_page_that_says_so() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.at_toyota().await;
    let left = phone
        .fetch(stage.lexus.url(&stage.lexus.ask("openid")))
        .await;
    let asked = left.redirect().unwrap();
    let statement = parameter(&asked, "statement").unwrap();
    let (toyota, lexus) = (stage.provider.issuer(), stage.provider.issuer_of("lexus"));
    let forged = statement.replace(&statement[20..24], "AAAA");
    for (host, path, statement) in [
        (&toyota, "/sign-on", ""),
        (&toyota, "/sign-on", &forged),
        (&lexus, "/sign-on/return", &forged),
        (&lexus, "/sign-on/return", "https://evil.example/"),
        // The provider's own statement, but for another purpose.
        (&lexus, "/sign-on", &statement),
        (&toyota, "/sign-on/return", &statement),
        (&toyota, "/sign-out", &statement),
    ] {
        let url = format!("{host}{path}?statement={statement}");
        assert_not_ours(&phone.open(&url).await.page());
    }
    assert_not_ours(&phone.open(format!("{toyota}/sign-on")).await.page());
}

#[tokio::test]
async fn a_hop_leaves_nothing_behind_where_nobody_is_logged_in() {
    let stage = Stage::new().await;
    let before = stage.provider.rows().await;
    let mut phone = Phone::new();
    let left = phone
        .fetch(stage.lexus.url(&stage.lexus.ask("openid")))
        .await;
    let asked = phone.fetch(left.redirect().unwrap()).await;
    // Browsers with bounce tracking protection delete a host's cookies; this host sets
    // none.
    assert!(!asked.headers.contains_key("set-cookie"));
    assert_eq!(asked.headers["referrer-policy"], "no-referrer");
    assert_eq!(asked.headers["cache-control"], "no-store");
    assert_eq!(stage.provider.rows().await, before);
}

#[tokio::test]
async fn no_address_of_the_hop_tells_who_the_person_is() {
    let stage = Stage::new().await;
    let (mut phone, claims) = stage.at_toyota().await;
    let request = stage.lexus.ask("openid");
    let request = request.with("login_hint", stage.person.email.as_str());
    let way = stage.way(&mut phone, stage.lexus.url(&request)).await;
    for url in &way.passed[1..] {
        for secret in [
            claims["sub"].as_str().unwrap(),
            claims["sid"].as_str().unwrap(),
            "hanako",
        ] {
            assert!(!url.as_str().contains(secret), "{url}");
        }
    }
}

#[tokio::test]
async fn a_person_known_to_the_other_brand_is_known_at_any_node() {
    let stage = Stage::on(Provider::two_nodes().await).await;
    let (mut phone, first) = stage.at_toyota().await;
    let second = stage.signed_on(&mut phone, &stage.lexus).await;
    assert_eq!(first["sid"], second["sid"]);
    let back = {
        let (mut phone, _) = stage.at_toyota().await;
        let back = stage
            .almost_back(&mut phone, &stage.lexus.ask("openid"))
            .await;
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (mut phone, back) = (phone.clone(), back.clone());
            racers.spawn(async move { phone.open(&back).await });
        }
        racers.join_all().await
    };
    let in_at_once = back
        .iter()
        .filter(|landed| matches!(landed, Landed::Away(_)));
    assert_eq!(in_at_once.count(), 1, "a ticket is spent once");
}

#[tokio::test]
async fn what_a_person_pushed_for_their_registration_is_still_there_after_the_hop() {
    let stage = Stage::new().await;
    let may = json!({"may_prefill": true});
    stage.provider.register("service", may).await;
    let prefill = json!({"email": "jiro@example.jp"});
    let request = stage.lexus.ask("openid");
    let request = request.with("prefill", prefill.to_string());
    let pushed = stage.lexus.push(&request).await;
    let mut phone = Phone::new();
    let landed = phone.open(&pushed).await;
    let page = steps::agree_to_terms(&mut phone, landed).await;
    assert_eq!(page.value("email").as_deref(), Some("jiro@example.jp"));
}
