//! A flood of logins: surplus ones get an answer to come back later, and all other requests
//! are answered as usual.

use serde_json::json;

use crate::support::browser::{Landed, Phone, http_client};
use crate::support::provider::Provider;
use crate::support::steps::{self, PASSWORD};

/// Concurrent logins: many more than are processed at a time and may wait.
const FLOOD: usize = 24;

/// Logins that may wait.
const QUEUE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn surplus_logins_are_told_to_come_back_and_the_rest_goes_on() {
    let provider = Provider::start_with(|config| {
        config.passwords.memory_kib = 64 * 1024;
        config.passwords.iterations = 6;
        config.passwords.threads = 1;
        config.passwords.queue = QUEUE;
    })
    .await;
    provider.register("service", json!({})).await;
    let service = provider.party("service").await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phones = Vec::new();
    for _ in 0..FLOOD {
        let mut phone = Phone::new();
        let landed = phone.open(service.url(&service.ask("openid"))).await;
        phones.push((phone, landed.screen("login")));
    }
    let mut flood = tokio::task::JoinSet::new();
    for (number, (mut phone, page)) in phones.into_iter().enumerate() {
        // Each login is for its own account, or one account's throttle would answer first.
        let email = format!("person{number}@example.jp");
        flood.spawn(async move {
            let fields = [("login_id", email.as_str()), ("password", PASSWORD)];
            let answer = phone.press_once(&page, "login", &fields).await;
            let retry_after = answer.headers.get("retry-after").cloned();
            let waits = retry_after.map(|value| value.to_str().unwrap().to_owned());
            (answer.status.as_u16(), waits, answer.errors())
        });
    }
    let discovery = provider.url("/.well-known/openid-configuration");
    // The benchmark measures how soon this is answered; this test only checks that it is.
    for _ in 0..20 {
        let answer = http_client().get(&discovery).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let answers = flood.join_all().await;
    let (turned_away, served): (Vec<_>, Vec<_>) =
        answers.iter().partition(|(status, ..)| *status == 503);
    // No login is rejected while the queue has a place, and every queued one is processed.
    assert!(served.len() >= QUEUE, "{answers:?}");
    for (status, _, errors) in served {
        assert!((400..500).contains(status), "{answers:?}");
        assert_eq!(*errors, ["login-failed"]);
    }
    assert!(!turned_away.is_empty(), "{answers:?}");
    for (_, retry_after, errors) in turned_away {
        let seconds: u64 = retry_after.as_deref().unwrap_or_default().parse().unwrap();
        assert!((1..=60).contains(&seconds));
        let compared = errors.iter().any(|error| error == "login-failed");
        assert!(!compared, "{errors:?}");
    }
    // A person who comes back later is served.
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    let landed = steps::log_in(&mut phone, landed, &person.email).await;
    assert!(matches!(landed, Landed::Away(_)));
}
