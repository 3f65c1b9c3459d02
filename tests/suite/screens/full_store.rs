//! A Redis that has reached its `maxmemory`: people who have an account still log in, wrong
//! passwords still count, and what strangers would have kept is put off.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::support::browser::Phone;
use crate::support::process::{free_port, pause};
use crate::support::provider::Provider;
use crate::support::steps;

/// A Redis of the test's own, with little memory.
struct SmallRedis {
    port: u16,
    server: Child,
}

impl SmallRedis {
    async fn start() -> Self {
        let port = free_port();
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .args(["--maxmemory", "5mb", "--maxmemory-policy", "noeviction"])
            .current_dir(std::env::temp_dir());
        let command = command.stdin(Stdio::null()).stdout(Stdio::null());
        let server = command.spawn().unwrap();
        let small = Self { port, server };
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
            {
                return small;
            }
            pause(20).await;
        }
        panic!("the small Redis does not answer");
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Lowers the limit below what Redis uses already.
    async fn be_full(&self) {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg("100kb");
        let () = set.query_async(&mut connection).await.unwrap();
    }
}

impl Drop for SmallRedis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

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
}
