//! Two stateless nodes behind a round-robin proxy, on one PostgreSQL and one Redis:
//! consecutive requests of a journey go to different nodes.

use std::time::Duration;

use serde_json::json;

use crate::journeys::main_journey;
use crate::support::browser::Phone;
use crate::support::devices::{self, Navi};
use crate::support::provider::Provider;
use crate::support::steps;

#[tokio::test]
async fn the_main_job_goes_on_from_node_to_node() {
    let provider = Provider::two_nodes().await;
    main_journey::walk(&provider, "toyota", Phone::new()).await;
}

#[tokio::test]
async fn tokens_are_as_good_at_the_other_node() {
    let provider = Provider::two_nodes().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid email offline_access");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    let mut refresh = tokens.refresh_token.unwrap();
    for _ in 0..4 {
        let reply = service.refresh(&refresh).await;
        let access = reply.text("access_token");
        for _ in 0..2 {
            assert_eq!(service.userinfo(&access).await.status, 200);
            assert_eq!(service.introspect(&access).await.json()["active"], true);
        }
        refresh = reply.text("refresh_token");
    }
    let last = service.refresh(&refresh).await;
    service.revoke(&last.text("refresh_token")).await;
    for _ in 0..2 {
        assert_eq!(
            service.userinfo(&last.text("access_token")).await.status,
            401
        );
    }
}

#[tokio::test]
async fn a_code_is_spent_once_whichever_node_is_asked() {
    let provider = Provider::two_nodes().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    for _ in 0..5 {
        let request = service.ask("openid offline_access");
        let url = steps::answer(&mut Phone::new(), &service, &request, &person).await;
        let code = service.code_of(&url, &request);
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (service, code, verifier) =
                (service.clone(), code.clone(), request.verifier.clone());
            racers.spawn(async move { service.exchange_raw(&code, &verifier).await });
        }
        let replies = racers.join_all().await;
        let given: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
        // There is none if another exchange revoked the grant before this one began.
        assert!(given.len() <= 1, "{} exchanges succeeded", given.len());
        for reply in given {
            let refresh = reply.text("refresh_token");
            let revoked = service.refresh(&refresh).await.error();
            assert_eq!(revoked, "invalid_grant", "the others revoked it");
        }
    }
}

#[tokio::test]
async fn a_refresh_raced_at_both_nodes_has_one_successor() {
    let provider = Provider::two_nodes().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid offline_access");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    let first = tokens.refresh_token.unwrap();
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (service, token) = (service.clone(), first.clone());
        racers.spawn(async move { service.refresh(&token).await.text("refresh_token") });
    }
    let mut successors = racers.join_all().await;
    successors.dedup();
    assert_eq!(successors.len(), 1);
}

#[tokio::test]
async fn a_rotation_on_one_node_is_honoured_at_once_by_the_other() {
    let provider = Provider::two_nodes().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let before = steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    provider.nodes[0].keys.rotate(None).await.unwrap();
    // Tokens signed by either node before the other has polled for changes.
    for _ in 0..4 {
        let after = steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
        for _ in 0..2 {
            assert_eq!(service.userinfo(&after.access_token).await.status, 200);
            assert_eq!(service.userinfo(&before.access_token).await.status, 200);
        }
    }
}

#[tokio::test]
async fn wrong_codes_and_passwords_are_counted_over_both_nodes() {
    let provider = Provider::two_nodes().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let page = phone
        .open(service.url(&service.ask("openid")))
        .await
        .screen("login");
    let mut wrong = 0;
    loop {
        let fields = [
            ("login_id", person.email.as_str()),
            ("password", "Wrong-Secret1"),
        ];
        let answer = phone.press(&page, "login", &fields).await.page();
        if answer.status == 429 {
            break;
        }
        wrong += 1;
        assert!(wrong <= 10, "each node counts for itself");
    }
    assert_eq!(wrong, 10);
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "nodes look for changes once a second"
)]
async fn a_client_removed_at_one_node_is_unknown_to_the_other_within_seconds() {
    let provider = Provider::two_nodes().await;
    provider
        .register(
            "machine",
            json!({"grant_types": ["client_credentials"], "response_types": []}),
        )
        .await;
    let machine = provider.party("machine").await;
    let ask = async || {
        machine
            .token(&[("grant_type", "client_credentials")])
            .await
            .status
            .as_u16()
    };
    assert_eq!((ask().await, ask().await), (200, 200));
    let id = common_id::oidc::client::ClientId("machine".to_owned());
    provider.nodes[0]
        .store
        .clients()
        .remove(&id, provider.app.clock.now())
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!((ask().await, ask().await), (401, 401));
}

#[tokio::test]
async fn a_device_is_let_in_whichever_node_is_asked() {
    let provider = Provider::two_nodes().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let navi = Navi::of(&provider).await;
    for _ in 0..2 {
        let device = navi.begin("openid").await;
        assert_eq!(navi.poll(&device).await.error(), "authorization_pending");
        devices::let_in(&mut Phone::new(), &device, &person).await;
        assert_eq!(navi.poll(&device).await.status, 200);
        assert_eq!(navi.poll(&device).await.error(), "invalid_grant");
    }
}
