//! Grants with their families of refresh tokens, and revocations.

use std::time::Duration;

use common_id::clock::Timestamp;
use common_id::oidc::authorization_details::AuthorizationDetail;
use common_id::oidc::authorization_request::{ClaimRequest, ClaimsRequest};
use common_id::oidc::grant::{Access, Authentication, Grant};
use common_id::store::Store;
use common_id::store::grants::{Advanced, Family};
use common_id::store::session_clients::Farewell;
use common_id::store::sessions::LogOutTimes;
use sqlx::Connection as _;

use super::example::{NOW, at, client_id, registered, revoked, session};
use crate::support::database::{on_both, sqlite};

const GRACE: Duration = Duration::from_secs(30);

pub(super) fn family(name: &str, id: &str) -> Family {
    Family {
        grant: grant(name, id),
        generation: 1,
        rotated_at: NOW,
        created_at: NOW,
        expires_at: at(1000),
    }
}

fn grant(name: &str, id: &str) -> Grant {
    Grant {
        id: id.into(),
        client_id: client_id("maintenance"),
        issuer: "https://id.toyota.jp".into(),
        account_id: format!("account-of-{name}"),
        sid: Some(format!("sid-of-{name}")),
        access: Access {
            scope: "openid offline_access".parse().unwrap(),
            claims: ClaimsRequest {
                userinfo: [(
                    "birthdate".into(),
                    Some(ClaimRequest {
                        essential: true,
                        ..ClaimRequest::default()
                    }),
                )]
                .into(),
                ..ClaimsRequest::default()
            },
            authorization_details: vec![AuthorizationDetail::DealerLink {
                customer_number: None,
                identifier: Some("20100".into()),
                optional: false,
            }],
        },
        authentication: Authentication {
            auth_time: NOW,
            acr: "1".into(),
            amr: "pwd".into(),
        },
        nonce: Some("n".into()),
    }
}

async fn begun(store: &Store) -> Family {
    registered(store, "hanako").await;
    let family = family("hanako", "g");
    store.grants().begin(&family).await.unwrap();
    family
}

async fn advance(store: &Store, generation: i64, now: Timestamp) -> Advanced {
    let advanced = store
        .grants()
        .advance("g", generation, now, GRACE, at(2000))
        .await;
    advanced.unwrap()
}

#[tokio::test]
async fn a_grant_comes_back_as_it_went_in_until_it_expires() {
    on_both(async |store| {
        let family = begun(&store).await;
        let grants = store.grants();
        assert_eq!(grants.find("g", at(999)).await.unwrap(), Some(family));
        assert_eq!(grants.find("g", at(1000)).await.unwrap(), None);
        assert_eq!(grants.find("other", NOW).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_grant_of_nobody_cannot_begin() {
    on_both(async |store| {
        assert!(store.grants().begin(&family("nobody", "g")).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_good_token_advances_the_grant_by_one() {
    on_both(async |store| {
        let family = begun(&store).await;
        let second = Family {
            generation: 2,
            rotated_at: at(100),
            ..family
        };
        assert_eq!(
            advance(&store, 1, at(100)).await,
            Advanced::To(second.clone())
        );
        let third = Family {
            generation: 3,
            rotated_at: at(200),
            ..second
        };
        assert_eq!(
            advance(&store, 2, at(200)).await,
            Advanced::To(third.clone())
        );
        assert_eq!(
            store.grants().find("g", at(200)).await.unwrap(),
            Some(third)
        );
    })
    .await;
}

#[tokio::test]
async fn a_retry_within_the_grace_gets_the_same_successor() {
    on_both(async |store| {
        begun(&store).await;
        let Advanced::To(second) = advance(&store, 1, at(100)).await else {
            panic!("the token was good");
        };
        for now in [100, 129] {
            let retried = advance(&store, 1, at(now)).await;
            assert_eq!(retried, Advanced::Retried(second.clone()));
        }
        assert!(matches!(advance(&store, 2, at(130)).await, Advanced::To(_)));
    })
    .await;
}

#[tokio::test]
async fn a_replay_after_the_grace_ends_the_family() {
    on_both(async |store| {
        begun(&store).await;
        advance(&store, 1, at(100)).await;
        assert!(matches!(
            advance(&store, 1, at(130)).await,
            Advanced::Replayed(_)
        ));
        assert_eq!(advance(&store, 2, at(131)).await, Advanced::Gone);
        assert_eq!(advance(&store, 1, at(131)).await, Advanced::Gone);
        assert!(store.grants().is_revoked(["g", "t"]).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_token_two_generations_old_is_a_replay_even_within_the_grace() {
    on_both(async |store| {
        begun(&store).await;
        advance(&store, 1, at(100)).await;
        advance(&store, 2, at(101)).await;
        assert!(matches!(
            advance(&store, 1, at(102)).await,
            Advanced::Replayed(_)
        ));
    })
    .await;
}

#[tokio::test]
async fn a_token_of_no_grant_an_expired_one_or_the_future_gets_nothing() {
    on_both(async |store| {
        assert_eq!(advance(&store, 1, NOW).await, Advanced::Gone);
        begun(&store).await;
        assert_eq!(advance(&store, 5, NOW).await, Advanced::Gone);
        assert_eq!(advance(&store, 1, at(1000)).await, Advanced::Gone);
        assert!(matches!(advance(&store, 1, at(999)).await, Advanced::To(_)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_present_one_token_at_once_one_advances_and_the_rest_retry() {
    on_both(async |store| {
        begun(&store).await;
        let presented: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { advance(&store, 1, at(10)).await })
            })
            .collect();
        let mut advanced = 0;
        for one in presented {
            match one.await.unwrap() {
                Advanced::To(grant) => {
                    advanced += 1;
                    assert_eq!(grant.generation, 2);
                }
                Advanced::Retried(grant) => assert_eq!(grant.generation, 2),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(advanced, 1);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_name_is_refused_and_its_grant_gone() {
    on_both(async |store| {
        begun(&store).await;
        let grants = store.grants();
        assert!(!grants.is_revoked(["g", "t"]).await.unwrap());
        grants
            .revoke(&["g", "t", "g"], at(60), (NOW, revoked()))
            .await
            .unwrap();
        grants
            .revoke(&["t"], at(30), (NOW, revoked()))
            .await
            .unwrap();
        grants.revoke(&[], at(30), (NOW, revoked())).await.unwrap();
        assert!(grants.is_revoked(["g", "other"]).await.unwrap());
        assert!(grants.is_revoked(["other", "t"]).await.unwrap());
        assert!(!grants.is_revoked(["other", "another"]).await.unwrap());
        assert_eq!(grants.find("g", NOW).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_is_revoked_already_does_not_begin() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let grants = store.grants();
        grants
            .revoke(&["g"], at(60), (NOW, revoked()))
            .await
            .unwrap();
        assert!(!grants.begin(&family("hanako", "g")).await.unwrap());
        assert!(grants.begin(&family("hanako", "other")).await.unwrap());
        assert_eq!(advance(&store, 1, NOW).await, Advanced::Gone);
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_began_in_the_moment_of_its_revocation_never_comes_to_life() {
    let database = sqlite().await;
    let store = database.open().await;
    begun(&store).await;
    // A state that two concurrent transactions on PostgreSQL may leave.
    let mut connection = sqlx::SqliteConnection::connect(&database.url)
        .await
        .unwrap();
    sqlx::query("INSERT INTO revocations (id, expires_at) VALUES ('g', $1)")
        .bind(at(60).0)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(advance(&store, 1, NOW).await, Advanced::Gone);
    // Sweeping does not bring it back either, though the revocation has expired.
    let grants = store.grants();
    for number in 0..16 {
        let other = format!("other-{number}");
        grants
            .revoke(&[&other], at(120), (at(90), revoked()))
            .await
            .unwrap();
    }
    assert_eq!(advance(&store, 1, at(90)).await, Advanced::Gone);
    assert_eq!(grants.find("g", at(90)).await.unwrap(), None);
}

#[tokio::test]
async fn an_ended_grant_leaves_its_access_tokens_alone() {
    on_both(async |store| {
        begun(&store).await;
        store.grants().end("g").await.unwrap();
        assert_eq!(advance(&store, 1, NOW).await, Advanced::Gone);
        assert!(!store.grants().is_revoked(["g", "t"]).await.unwrap());
    })
    .await;
}

/// The grant has `offline_access` (Back-Channel Logout §2.7).
#[tokio::test]
async fn no_logout_ends_a_grant() {
    on_both(async |store| {
        begun(&store).await;
        let (sessions, hanako) = (store.sessions(), session("hanako"));
        let times = LogOutTimes {
            now: NOW,
            seen_after: at(-1),
        };
        sessions
            .log_out(&hanako, times, Farewell::SILENT)
            .await
            .unwrap();
        let found = store.grants().find("g", NOW).await.unwrap().unwrap();
        assert_eq!(found.grant.sid.as_deref(), Some("sid-of-hanako"));
        assert!(!store.grants().is_revoked(["g", "t"]).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_is_between_an_account_and_a_client_ends_alone() {
    on_both(async |store| {
        begun(&store).await;
        registered(&store, "taro").await;
        let grants = store.grants();
        let mut other_client = family("hanako", "other-client");
        other_client.grant.client_id = client_id("other");
        grants.begin(&other_client).await.unwrap();
        grants.begin(&family("taro", "other-person")).await.unwrap();
        let maintenance = client_id("maintenance");
        let ended = grants.end_all_between(("account-of-hanako", &maintenance), at(60), NOW);
        ended.await.unwrap();
        assert_eq!(grants.find("g", NOW).await.unwrap(), None);
        assert!(grants.is_revoked(["g", "t"]).await.unwrap());
        assert!(grants.find("other-client", NOW).await.unwrap().is_some());
        assert!(grants.find("other-person", NOW).await.unwrap().is_some());
        // A token of a grant without a row, by when it was issued.
        let accounts = store.accounts();
        let reads = async |client: &str, issued| {
            let of = ("account-of-hanako", &client_id(client));
            let found = accounts.claims_source(of, at(issued), ["no", "row"]).await;
            found.unwrap().is_some()
        };
        assert!(!reads("maintenance", -1).await);
        assert!(reads("maintenance", 0).await && reads("other", -1).await);
    })
    .await;
}

#[tokio::test]
async fn expired_grants_and_revocations_go_as_new_ones_come() {
    on_both(async |store| {
        begun(&store).await;
        let grants = store.grants();
        for number in 0..50 {
            grants
                .begin(&family("hanako", &format!("old-{number}")))
                .await
                .unwrap();
            grants
                .revoke(&[&format!("revoked-{number}")], at(60), (NOW, revoked()))
                .await
                .unwrap();
        }
        for number in 0..16 {
            let new = Family {
                created_at: at(1000),
                expires_at: at(2000),
                ..family("hanako", &format!("new-{number}"))
            };
            grants.begin(&new).await.unwrap();
        }
        for number in 0..50 {
            let (old, revoked) = (format!("old-{number}"), format!("revoked-{number}"));
            // Queried with an earlier time.
            assert_eq!(grants.find(&old, NOW).await.unwrap(), None);
            assert!(!grants.is_revoked([&revoked, "t"]).await.unwrap());
        }
        assert!(grants.find("new-15", at(1000)).await.unwrap().is_some());
    })
    .await;
}
