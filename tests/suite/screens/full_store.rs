//! A Redis that has reached its `maxmemory`: people who have an account still log in, wrong
//! passwords still count, and what strangers would have kept is put off.

use std::time::Duration;

use serde_json::json;

use crate::support::browser::Phone;
use crate::support::log::Log;
use crate::support::provider::Provider;
use crate::support::small_redis::SmallRedis;
use crate::support::steps;

#[tokio::test]
async fn when_redis_is_full_people_log_in_and_strangers_are_put_off() {
    let redis = SmallRedis::start().await;
    let provider = Provider::start_with(|config| {
        config.ephemeral.url = redis.url().into();
        config.login.wrong_answer_after = Duration::ZERO;
    })
    .await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let service = provider.service().await;
    provider.register("other", json!({})).await;
    redis.be_full().await;
    let log = Log::open();

    for _ in 0..20 {
        let (mut phone, request) = (Phone::new(), service.ask("openid"));
        steps::tokens(&mut phone, &service, request, &person).await;
    }
    let (mut phone, request) = (Phone::new(), service.ask("openid"));
    let answer = steps::answer(&mut phone, &service, &request, &person).await;
    let code = service.code_of(&answer, &request);
    assert_eq!(
        service.exchange_raw(&code, &request.verifier).await.status,
        200
    );
    let again = service.exchange_raw(&code, &request.verifier).await;
    assert_eq!(again.error(), "invalid_grant", "a code is still spent once");

    let refused = service.push_raw(&service.ask("openid")).await;
    assert_eq!(
        refused.refused(),
        (503, "temporarily_unavailable".to_owned())
    );
    assert!(!refused.header("retry-after").is_empty());
    let request = service.ask("openid").with("prompt", "create");
    let mut stranger = Phone::new();
    let page = stranger.open(service.url(&request)).await.page();
    let page = stranger
        .press(&page, "next", &[("terms", "agree")])
        .await
        .page();
    assert_eq!(
        (page.status.as_u16(), page.screen().as_str()),
        (503, "error")
    );

    let mut guesser = Phone::new();
    let landed = guesser.open(service.url(&service.ask("openid"))).await;
    let page = landed.screen("login");
    let mut statuses = Vec::new();
    for number in 0..12 {
        let wrong = format!("Wrong-guess{number}");
        let typed = [
            ("login_id", person.email.as_str()),
            ("password", wrong.as_str()),
        ];
        let answer = guesser.press(&page, "login", &typed).await.page();
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [[422; 10].as_slice(), &[429; 2]].concat());

    // The operator is told once of each kind what becomes of it: the clock stands still.
    let full = log.with("short-lived state is full");
    for (kind, becomes) in [
        ("code", "beyond its maxmemory"),
        ("interaction", "are refused"),
        ("pushed-request", "are refused"),
        ("rate", "share counters"),
    ] {
        let kind = format!("kind=\"{kind}\"");
        let of_kind = full.iter().filter(|line| line.ends_with(&kind));
        let told = of_kind.filter(|line| line.contains(becomes)).count();
        assert_eq!(told, 1, "{kind} {becomes}: {full:?}");
    }
}
