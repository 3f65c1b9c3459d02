//! The consent ledger, and the scopes in force.

use common_id::accounts::consent::{Consent, ConsentAction};
use common_id::oidc::scope::Scope;
use common_id::store::consents::ScopeGrant;

use super::example::{NOW, at, client_id, consent, registered};
use super::grants::family;
use crate::support::database::on_both;

fn scope(values: &str) -> Scope {
    values.parse().unwrap()
}

#[tokio::test]
async fn a_record_comes_back_as_it_went_in_oldest_first() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let later = Consent {
            at: at(2),
            action: ConsentAction::Withdrawn,
            client_id: None,
            ..consent("hanako", "a")
        };
        let earlier = Consent {
            at: at(1),
            ..consent("hanako", "b")
        };
        store.consents().record(&later).await.unwrap();
        store.consents().record(&earlier).await.unwrap();
        let of = store.consents().of(&account.id).await.unwrap();
        assert_eq!(of, [consent("hanako", "terms"), earlier, later]);
    })
    .await;
}

#[tokio::test]
async fn a_record_is_never_written_over() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let forged = Consent {
            at: at(1),
            ..consent("hanako", "terms")
        };
        assert!(store.consents().record(&forged).await.is_err());
        let of = store.consents().of(&account.id).await.unwrap();
        assert_eq!(of, [consent("hanako", "terms")]);
    })
    .await;
}

#[tokio::test]
async fn scopes_granted_add_up_and_are_each_recorded() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let consents = store.consents();
        let partner = client_id("partner");
        assert_eq!(
            consents.granted_scope(&account.id, &partner).await.unwrap(),
            None
        );
        for (values, number) in [("openid email", 1), ("openid phone", 2)] {
            let given = Consent {
                at: at(number),
                ..consent("hanako", values)
            };
            let scope = scope(values);
            consents
                .grant_scope(&account.id, &partner, &scope, &given)
                .await
                .unwrap();
        }
        let all = scope("email openid phone");
        assert_eq!(
            consents.granted_scope(&account.id, &partner).await.unwrap(),
            Some(all.clone())
        );
        let other = client_id("other");
        assert_eq!(
            consents.granted_scope(&account.id, &other).await.unwrap(),
            None
        );
        assert_eq!(
            consents.grants_of(&account.id).await.unwrap(),
            [ScopeGrant {
                client_id: partner,
                scope: all,
                granted_at: at(2)
            }]
        );
        assert_eq!(consents.of(&account.id).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scopes_granted_at_once_are_all_kept() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let grants: Vec<_> = (0..8)
            .map(|number| {
                let (store, id) = (store.clone(), account.id.clone());
                tokio::spawn(async move {
                    let value = format!("scope-{number}");
                    let given = consent("hanako", &value);
                    let partner = client_id("partner");
                    store
                        .consents()
                        .grant_scope(&id, &partner, &scope(&value), &given)
                        .await
                })
            })
            .collect();
        for granted in grants {
            granted.await.unwrap().unwrap();
        }
        let granted = store
            .consents()
            .granted_scope(&account.id, &client_id("partner"))
            .await;
        assert_eq!(granted.unwrap().unwrap().iter().count(), 8);
    })
    .await;
}

#[tokio::test]
async fn taking_a_grant_back_ends_its_tokens_and_is_recorded_once() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let consents = store.consents();
        let id = client_id("maintenance");
        let given = consent("hanako", "given");
        consents
            .grant_scope(&account.id, &id, &scope("openid"), &given)
            .await
            .unwrap();
        store.grants().begin(&family("hanako", "g")).await.unwrap();
        let withdrawn = consent("hanako", "withdrawn");
        let until = at(300);
        assert!(
            consents
                .revoke_scope(&account.id, &id, &withdrawn, until)
                .await
                .unwrap()
        );
        assert_eq!(
            consents.granted_scope(&account.id, &id).await.unwrap(),
            None
        );
        assert_eq!(store.grants().find("g", NOW).await.unwrap(), None);
        assert!(store.grants().is_revoked(["g", "t"]).await.unwrap());
        let again = consent("hanako", "withdrawn-again");
        assert!(
            !consents
                .revoke_scope(&account.id, &id, &again, until)
                .await
                .unwrap()
        );
        assert_eq!(consents.of(&account.id).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn the_latest_records_come_first_and_a_page_at_a_time() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        registered(&store, "taro").await;
        for number in [1, 3, 2] {
            let given = Consent {
                at: at(number),
                ..consent("hanako", &number.to_string())
            };
            store.consents().record(&given).await.unwrap();
        }
        // Of two records in one second, the one written last is the latest.
        let last = Consent {
            at: at(3),
            ..consent("hanako", "0")
        };
        store.consents().record(&last).await.unwrap();
        let page = async |limit, offset| {
            let consents = store.consents();
            let page = consents.latest_of(&account.id, limit, offset).await;
            let whats = page.unwrap().into_iter().map(|one| one.target);
            whats.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(page(3, 0).await, "0 3 2");
        assert_eq!(page(3, 3).await, "1 terms");
        assert_eq!(page(3, 6).await, "");
    })
    .await;
}
