//! The order of the signing keys.

use common_id::oidc::client::SigningAlgorithm::{self, Es256, Rs256};
use common_id::store::Store;
use common_id::store::keys::KeyState::{self, Current, Next, Retired};
use common_id::store::keys::SigningKeyRow;

use super::example::{NOW, at};
use crate::support::database::{every_kind, on_both};

fn key(kid: &str, algorithm: SigningAlgorithm, state: KeyState) -> SigningKeyRow {
    SigningKeyRow {
        kid: kid.into(),
        algorithm,
        state,
        sealed_private: "sealed".into(),
        public_jwk: "{}".into(),
        created_at: NOW,
        changed_at: NOW,
    }
}

fn line(prefix: &str) -> Vec<SigningKeyRow> {
    [(Rs256, "rs"), (Es256, "es")]
        .into_iter()
        .flat_map(|(algorithm, name)| {
            [
                key(&format!("{prefix}-{name}-1"), algorithm, Current),
                key(&format!("{prefix}-{name}-2"), algorithm, Next),
            ]
        })
        .collect()
}

async fn standing(store: &Store, algorithm: SigningAlgorithm) -> Vec<(String, KeyState)> {
    let mut keys: Vec<_> = store
        .signing_keys()
        .list()
        .await
        .unwrap()
        .into_iter()
        .filter(|key| key.algorithm == algorithm)
        .map(|key| (key.kid, key.state))
        .collect();
    keys.sort();
    keys
}

async fn key_changes(store: &Store) -> i64 {
    store.changes().counters().await.unwrap()["keys"]
}

#[tokio::test]
async fn keys_come_back_as_they_went_in() {
    on_both(async |store| {
        let mut keys = line("a");
        store.signing_keys().insert_missing(&keys).await.unwrap();
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        assert_eq!(store.signing_keys().list().await.unwrap(), keys);
        assert_eq!(key_changes(&store).await, 1);
    })
    .await;
}

#[tokio::test]
async fn only_free_places_in_line_are_filled() {
    on_both(async |store| {
        store
            .signing_keys()
            .insert_missing(&[key("first", Rs256, Current)])
            .await
            .unwrap();
        store
            .signing_keys()
            .insert_missing(&line("a"))
            .await
            .unwrap();
        assert_eq!(
            standing(&store, Rs256).await,
            [("a-rs-2".into(), Next), ("first".into(), Current)]
        );
        let changes = key_changes(&store).await;
        store
            .signing_keys()
            .insert_missing(&line("b"))
            .await
            .unwrap();
        store.signing_keys().insert_missing(&[]).await.unwrap();
        assert_eq!(key_changes(&store).await, changes);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_at_once_agree_on_one_line() {
    for database in every_kind().await {
        let mut nodes = Vec::new();
        for node in 0..6 {
            let store = database.open().await;
            let mut keys = line(&format!("node-{node}"));
            if node % 2 == 0 {
                keys.reverse();
            }
            nodes.push(tokio::spawn(async move {
                store.signing_keys().insert_missing(&keys).await.unwrap();
                store.signing_keys().list().await.unwrap()
            }));
        }
        let mut seen = Vec::new();
        for node in nodes {
            seen.push(node.await.unwrap());
        }
        assert_eq!(seen[0].len(), 4);
        assert!(seen.iter().all(|keys| *keys == seen[0]));
    }
}

#[tokio::test]
async fn a_rotation_moves_the_line_of_one_algorithm() {
    on_both(async |store| {
        store
            .signing_keys()
            .insert_missing(&line("a"))
            .await
            .unwrap();
        let next = key("a-rs-3", Rs256, Next);
        let keys = store.signing_keys();
        assert!(keys.rotate(Rs256, &next, at(10), NOW).await.unwrap());
        assert_eq!(
            standing(&store, Rs256).await,
            [
                ("a-rs-1".into(), Retired),
                ("a-rs-2".into(), Current),
                ("a-rs-3".into(), Next)
            ]
        );
        assert_eq!(
            standing(&store, Es256).await,
            [("a-es-1".into(), Current), ("a-es-2".into(), Next)]
        );
        let all = keys.list().await.unwrap();
        let retired = all.iter().find(|key| key.kid == "a-rs-1").unwrap();
        assert_eq!((retired.created_at, retired.changed_at), (NOW, at(10)));
        assert_eq!(key_changes(&store).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_rotation_forgets_keys_retired_long_ago() {
    on_both(async |store| {
        store
            .signing_keys()
            .insert_missing(&line("a"))
            .await
            .unwrap();
        let keys = store.signing_keys();
        for (kid, now, forget) in [("a-rs-3", 10, 0), ("a-rs-4", 20, 10), ("a-rs-5", 30, 11)] {
            let next = key(kid, Rs256, Next);
            assert!(
                keys.rotate(Rs256, &next, at(now), at(forget))
                    .await
                    .unwrap()
            );
        }
        let kids: Vec<_> = standing(&store, Rs256).await;
        assert_eq!(
            kids,
            [
                ("a-rs-2".into(), Retired),
                ("a-rs-3".into(), Retired),
                ("a-rs-4".into(), Current),
                ("a-rs-5".into(), Next)
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_line_with_a_gap_does_not_rotate() {
    on_both(async |store| {
        let keys = store.signing_keys();
        let next = key("n", Rs256, Next);
        assert!(!keys.rotate(Rs256, &next, NOW, NOW).await.unwrap());
        keys.insert_missing(&[key("c", Rs256, Current)])
            .await
            .unwrap();
        assert!(!keys.rotate(Rs256, &next, NOW, NOW).await.unwrap());
        assert_eq!(standing(&store, Rs256).await, [("c".into(), Current)]);
        assert_eq!(key_changes(&store).await, 1);
        assert!(keys.rotate(Es256, &next, NOW, NOW).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rotations_at_once_follow_each_other() {
    for database in every_kind().await {
        let store = database.open().await;
        store
            .signing_keys()
            .insert_missing(&line("a"))
            .await
            .unwrap();
        let rotations: Vec<_> = (0..4)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    let next = key(&format!("b-{n}"), Rs256, Next);
                    store.signing_keys().rotate(Rs256, &next, at(n), NOW).await
                })
            })
            .collect();
        for rotation in rotations {
            assert!(rotation.await.unwrap().unwrap());
        }
        let states: Vec<_> = standing(&store, Rs256).await;
        let count = |state| states.iter().filter(|(_, s)| *s == state).count();
        assert_eq!((count(Retired), count(Current), count(Next)), (4, 1, 1));
    }
}
