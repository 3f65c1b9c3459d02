//! The refresh token grant: rotation, a retry within grace, replay after it.

use std::time::Duration;

use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, jwt_part};
use crate::support::steps;

const GRACE: Duration = Duration::from_secs(31);

struct Stage {
    provider: Provider,
    service: RelyingParty,
    first: String,
    access: String,
}

impl Stage {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let service = provider.service().await;
        let person = steps::person(&provider, "hanako@example.jp").await;
        let request = service.ask("openid profile email offline_access");
        let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
        let first = tokens.refresh_token.unwrap();
        Self {
            provider,
            service,
            first,
            access: tokens.access_token,
        }
    }

    async fn refresh(&self, token: &str) -> String {
        self.service.refresh(token).await.text("refresh_token")
    }

    async fn is_dead(&self, token: &str) -> bool {
        let reply = self.service.refresh(token).await;
        reply.status == 400 && reply.error() == "invalid_grant"
    }
}

#[tokio::test]
async fn every_refresh_gives_another_refresh_token() {
    let stage = Stage::new().await;
    let reply = stage.service.refresh(&stage.first).await;
    assert_eq!(reply.status, 200);
    let second = reply.text("refresh_token");
    assert_ne!(second, stage.first);
    assert_eq!(
        stage
            .service
            .userinfo(&reply.text("access_token"))
            .await
            .status,
        200
    );
    let id_token = jwt_part(&reply.text("id_token"), 1);
    // OpenID Connect Core §12.2
    assert_eq!(id_token.get("nonce"), None);
    let third = stage.refresh(&second).await;
    assert_ne!(third, second);
}

#[tokio::test]
async fn a_retry_within_grace_gets_the_same_successor() {
    let stage = Stage::new().await;
    let second = stage.refresh(&stage.first).await;
    stage.provider.advance(Duration::from_secs(29));
    assert_eq!(stage.refresh(&stage.first).await, second);
    assert_ne!(
        stage.refresh(&second).await,
        second,
        "and it is the current one"
    );
}

#[tokio::test]
async fn a_replay_after_grace_ends_the_family() {
    let stage = Stage::new().await;
    let reply = stage.service.refresh(&stage.first).await;
    let (second, access) = (reply.text("refresh_token"), reply.text("access_token"));
    stage.provider.advance(GRACE);
    assert!(stage.is_dead(&stage.first).await);
    assert!(
        stage.is_dead(&second).await,
        "whoever holds the successor may be the thief"
    );
    assert_eq!(stage.service.userinfo(&access).await.status, 401);
    assert_eq!(stage.service.userinfo(&stage.access).await.status, 401);
}

#[tokio::test]
async fn a_grandparent_ends_the_family_even_within_grace() {
    let stage = Stage::new().await;
    let second = stage.refresh(&stage.first).await;
    let third = stage.refresh(&second).await;
    assert!(stage.is_dead(&stage.first).await);
    assert!(stage.is_dead(&third).await);
}

#[tokio::test]
async fn of_many_refreshes_at_once_all_get_the_same_successor() {
    let stage = Stage::new().await;
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (service, token) = (stage.service.clone(), stage.first.clone());
        racers.spawn(async move { service.refresh(&token).await });
    }
    let mut successors: Vec<String> = racers
        .join_all()
        .await
        .iter()
        .map(|reply| reply.text("refresh_token"))
        .collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    stage.refresh(&successors[0]).await;
}

#[tokio::test]
async fn another_client_can_neither_use_it_nor_end_it() {
    let stage = Stage::new().await;
    let app = stage.provider.native_app().await;
    let second = stage.refresh(&stage.first).await;
    stage.provider.advance(GRACE);
    assert_eq!(
        app.refresh(&second).await.refused(),
        (400, "invalid_grant".to_owned())
    );
    assert_eq!(
        app.refresh(&stage.first).await.refused(),
        (400, "invalid_grant".to_owned())
    );
    let lexus = stage.provider.party_at("lexus", "service").await;
    assert_eq!(
        lexus.refresh(&second).await.refused(),
        (400, "invalid_grant".to_owned())
    );
    stage.refresh(&second).await;
}

#[tokio::test]
async fn scope_can_be_narrowed_but_not_widened() {
    let stage = Stage::new().await;
    let ask = |scope: &'static str, token: String| {
        let service = stage.service.clone();
        async move {
            let parameters = [
                ("grant_type", "refresh_token"),
                ("refresh_token", token.as_str()),
                ("scope", scope),
            ];
            service.token(&parameters).await
        }
    };
    let wider = ask("openid profile email phone", stage.first.clone()).await;
    assert_eq!(wider.refused(), (400, "invalid_scope".to_owned()));
    let narrow = ask("openid", stage.first.clone()).await;
    assert_eq!(narrow.json()["scope"], "openid");
    let claims = stage
        .service
        .userinfo(&narrow.text("access_token"))
        .await
        .json();
    assert_eq!(claims.get("email"), None);
    // RFC 6749 §6: the refresh token itself keeps what was granted.
    let whole = ask("openid email", narrow.text("refresh_token")).await;
    assert_eq!(whole.status, 200);
}

#[tokio::test]
async fn a_family_ends_some_day_however_often_it_is_used() {
    let stage = Stage::new().await;
    let mut token = stage.first.clone();
    for _ in 0..3 {
        stage.provider.advance(Duration::from_secs(9 * 86_400));
        token = stage.refresh(&token).await;
    }
    stage.provider.advance(Duration::from_secs(4 * 86_400));
    assert!(stage.is_dead(&token).await);
}

#[tokio::test]
async fn what_is_no_refresh_token_of_ours_is_refused() {
    let stage = Stage::new().await;
    let parts: Vec<&str> = stage.first.split('.').collect();
    assert_eq!(parts.len(), 3, "grant, generation, MAC");
    for forged in [
        format!("{}.{}.{}", parts[0], "1", parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], "A".repeat(parts[2].len())),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.-1.{}", parts[0], parts[2]),
        format!("{}.99999999999999999999.{}", parts[0], parts[2]),
        stage.first.to_uppercase(),
        stage.access.clone(),
        ".".to_owned(),
    ] {
        assert!(stage.is_dead(&forged).await, "{forged}");
    }
    stage.refresh(&stage.first).await;
}

#[tokio::test]
async fn a_missing_refresh_token_is_told() {
    let stage = Stage::new().await;
    let reply = stage
        .service
        .token(&[("grant_type", "refresh_token")])
        .await;
    assert_eq!(reply.refused(), (400, "invalid_request".to_owned()));
}
