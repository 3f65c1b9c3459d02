//! The audit trail from outside: what is recorded of logins, failures, changes, clients and
//! limits, where from, and that nothing secret or personal is in it.

use std::time::Duration;

use common_id::store::security_events::{Wanted, Written};
use serde_json::json;

use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps;

const EMAIL: &str = "hanako@example.jp";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1";

/// Returns every record, after those in memory were written.
async fn records(provider: &Provider) -> Vec<Written> {
    for node in &provider.nodes {
        let events = node.store.security_events();
        events.write_waiting(node.clock.now(), true).await.unwrap();
    }
    let events = provider.app.store.security_events();
    events.part(&Wanted::default(), 0, 1000).await.unwrap()
}

/// Returns the records of a kind.
async fn of_kind(provider: &Provider, kind: &str) -> Vec<Written> {
    let mut records = records(provider).await;
    records.retain(|written| written.record.kind == kind);
    records
}

async fn provider_with_person() -> (Provider, RelyingParty, String) {
    let provider = Provider::start_with(|config| {
        config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    steps::person(&provider, EMAIL).await;
    let service = provider.service().await;
    let id = provider.account(EMAIL).await.id;
    (provider, service, id)
}

#[tokio::test]
async fn a_login_is_recorded_with_its_place_and_its_client() {
    let (provider, service, id) = provider_with_person().await;
    let mut phone = Phone::called(IPHONE);
    phone.move_to("203.0.113.77");
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    steps::log_in(&mut phone, landed, EMAIL).await.away();

    let logins = of_kind(&provider, "login").await;
    let record = &logins.last().unwrap().record;
    assert_eq!(record.account_id.as_deref(), Some(id.as_str()));
    assert_eq!(record.client_id.as_deref(), Some("service"));
    assert_eq!(record.reason, None);
    assert_eq!(record.actor, "caller");
    assert_eq!(record.brand.as_deref(), Some("toyota"));
    assert_eq!(record.device.as_deref(), Some("iPhone · Safari"));
    assert_eq!(record.network.as_deref(), Some("203.0.113.0/24"));
    assert_eq!(record.at, provider.app.clock.now());
    assert_eq!(record.detail["amr"], "pwd");
}

#[tokio::test]
async fn an_ipv6_network_is_recorded_by_48_bits() {
    let (provider, service, _) = provider_with_person().await;
    let mut phone = Phone::behind_proxy("2001:db8:1:2:3::4");
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    steps::log_in(&mut phone, landed, EMAIL).await.away();
    let logins = of_kind(&provider, "login").await;
    let network = logins.last().unwrap().record.network.clone();
    assert_eq!(network.as_deref(), Some("2001:db8:1::/48"));
}

#[tokio::test]
async fn equal_failures_are_one_record_and_tell_why_and_of_whom() {
    let (provider, service, id) = provider_with_person().await;
    let mut phone = Phone::new();
    let mut page = phone
        .open(service.url(&service.ask("openid")))
        .await
        .screen("login");
    for login_id in [EMAIL, EMAIL, EMAIL, "nobody@example.jp"] {
        let typed = [("login_id", login_id), ("password", "wrong-2026-x")];
        page = phone.press(&page, "login", &typed).await.screen("login");
    }
    let mut failed = of_kind(&provider, "login").await;
    failed.retain(|written| written.record.reason.is_some());
    let told: Vec<_> = failed
        .iter()
        .map(|written| {
            let record = &written.record;
            let reason = record.reason.as_deref().unwrap();
            (reason, record.account_id.as_deref(), record.times)
        })
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.contains(&("wrong_password", Some(id.as_str()), 3)));
    assert!(told.contains(&("unknown_account", None, 1)));
    let correlated = failed.iter().map(|one| &one.record.correlation_id);
    let correlated: std::collections::BTreeSet<_> = correlated.collect();
    assert_eq!(correlated.len(), 1, "one interaction has one id");
}

#[tokio::test]
async fn a_limit_that_refuses_is_recorded_by_its_name() {
    let (provider, service, id) = provider_with_person().await;
    let mut stranger = Phone::behind_proxy("198.51.100.1");
    let mut page = stranger
        .open(service.url(&service.ask("openid")))
        .await
        .screen("login");
    for _ in 0..11 {
        let typed = [("login_id", EMAIL), ("password", "wrong-2026-x")];
        page = stranger.press(&page, "login", &typed).await.screen("login");
    }
    let limits = of_kind(&provider, "limit_reached").await;
    let record = &limits.first().unwrap().record;
    assert_eq!(record.detail["limit"], "login-from");
    assert_eq!(record.reason.as_deref(), Some("too_many"));
    assert_eq!(record.network.as_deref(), Some("198.51.100.0/24"));
    let failed = of_kind(&provider, "login").await;
    let wrong = failed
        .iter()
        .filter(|one| one.record.reason.as_deref() == Some("wrong_password"));
    let wrong: Vec<_> = wrong.collect();
    assert_eq!(wrong.iter().map(|one| one.record.times).sum::<i64>(), 10);
    assert_eq!(wrong[0].record.account_id.as_deref(), Some(id.as_str()));
}

#[tokio::test]
async fn a_client_is_recorded_once_a_minute_and_its_name_is_never_taken_from_the_request() {
    let provider = Provider::start().await;
    let machine = provider.machine().await;
    for _ in 0..3 {
        let reply = machine.token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(reply.status, 200);
    }
    let http = crate::support::browser::http_client();
    for (id, secret) in [("machine", "wrong"), ("<script>", "wrong")] {
        let answer = http
            .post(provider.url("/token"))
            .basic_auth(id, Some(secret))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
    }
    let records = of_kind(&provider, "client_authenticated").await;
    let told = records.iter().map(|written| {
        let record = &written.record;
        let reason = record.reason.as_deref().unwrap_or_default();
        (reason, record.client_id.as_deref(), record.times)
    });
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    let expected = [
        ("", Some("machine"), 3),
        ("invalid_client", Some("machine"), 1),
        ("unknown_client", None, 1),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn every_change_that_a_person_makes_is_in_their_history() {
    let (provider, service, id) = provider_with_person().await;
    provider.let_short_lived_state_expire().await;
    let app = crate::support::second_factors::app_of(&provider, EMAIL).await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    steps::log_in(&mut phone, landed, EMAIL).await.away();
    provider.advance(Duration::from_secs(60));
    drop(app);
    let page = phone.open(provider.url("/account/history")).await;
    let page = page.screen("account-history");
    let words = page.words();
    for said in ["ログイン", "認証アプリの登録", "共通IDの登録", "パスワード"]
    {
        assert!(words.contains(said), "{said}: {words}");
    }
    let own = provider.app.store.security_events();
    let all = own.for_person(&id, None, 100).await.unwrap();
    assert!(
        all.iter()
            .all(|one| one.record.account_id.as_deref() == Some(id.as_str()))
    );
}

#[tokio::test]
async fn the_history_of_another_person_is_not_shown() {
    let (provider, service, _) = provider_with_person().await;
    steps::person(&provider, "taro@example.jp").await;
    let mut phone = Phone::behind_proxy("192.0.2.200");
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    steps::log_in(&mut phone, landed, "taro@example.jp")
        .await
        .away();

    let mut own = Phone::new();
    let landed = own.open(provider.url("/account/history")).await;
    let page = steps::log_in(&mut own, landed, EMAIL).await;
    let page = page.screen("account-history");
    assert!(!page.body.contains("192.0.2.0/24"), "{}", page.words());
}

#[tokio::test]
async fn the_history_is_read_page_by_page() {
    let (provider, service, id) = provider_with_person().await;
    let mut phone = Phone::new();
    for _ in 0..25 {
        phone = Phone::new();
        let landed = phone.open(service.url(&service.ask("openid"))).await;
        steps::log_in(&mut phone, landed, EMAIL).await.away();
    }
    let newest = phone.open(provider.url("/account/history")).await;
    let newest = newest.screen("account-history");
    let older = phone.open(newest.link("before=")).await;
    let older = older.screen("account-history");
    assert!(older.words().contains("共通IDの登録"), "{}", older.words());
    assert!(!newest.words().contains("共通IDの登録"));
    let events = provider.app.store.security_events();
    assert!(events.for_person(&id, None, 100).await.unwrap().len() > 25);
}

#[tokio::test]
async fn nothing_typed_and_nothing_secret_is_recorded() {
    let (provider, service, _) = provider_with_person().await;
    let mut phone = Phone::new();
    let page = phone.open(service.url(&service.ask("openid"))).await;
    let page = page.screen("login");
    let typed = [
        ("login_id", "secret-word@example.jp"),
        ("password", "Geheim-2026"),
    ];
    phone.press(&page, "login", &typed).await.screen("login");
    let all = format!("{:?}", records(&provider).await);
    for word in [
        "secret-word",
        "Geheim",
        "hanako@",
        "example.jp",
        steps::PASSWORD,
    ] {
        assert!(!all.contains(word), "{word}: {all}");
    }
}

#[tokio::test]
async fn records_are_kept_as_long_as_the_operator_says() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let (provider, service, _) = provider_with_person().await;
    let mut phone = Phone::new();
    let page = phone.open(service.url(&service.ask("openid"))).await;
    let typed = [("login_id", EMAIL), ("password", "wrong-2026-x")];
    let page = page.screen("login");
    phone.press(&page, "login", &typed).await.screen("login");
    let before = records(&provider).await.len();
    let events = provider.app.store.security_events();
    let now = provider.app.clock.now();
    assert_eq!(events.forget_failures(now, 100).await.unwrap(), 0);
    assert_eq!(
        events.forget_failures(now.after(DAY), 100).await.unwrap(),
        1
    );
    assert_eq!(records(&provider).await.len(), before - 1);
    assert_eq!(events.forget(now.after(DAY), 1).await.unwrap(), 1);
    // What the test's own fixtures did has the time of the system's clock.
    events.forget(now.after(1000 * DAY), 100).await.unwrap();
    assert_eq!(records(&provider).await, []);
}

#[tokio::test]
async fn a_token_that_is_used_again_is_recorded_with_its_account() {
    let (provider, service, id) = provider_with_person().await;
    let person = steps::Person::new(EMAIL);
    let request = service.ask("openid offline_access");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    let old = tokens.refresh_token.unwrap();
    let first = service.refresh(&old).await;
    service.refresh(&first.text("refresh_token")).await;
    provider.advance(Duration::from_secs(120));
    let again = service
        .token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", old.as_str()),
        ])
        .await;
    assert_eq!(again.status, 400);
    let replayed = of_kind(&provider, "refresh_token_replayed").await;
    let record = &replayed.first().unwrap().record;
    assert_eq!(record.account_id.as_deref(), Some(id.as_str()));
    assert_eq!(record.client_id.as_deref(), Some("service"));
    assert_eq!(json!(record.reason), json!("replayed"));
}
