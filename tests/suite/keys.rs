//! Signing keys on a database that nodes share: which node creates them, how they rotate,
//! and that a rotation on one node breaks nothing on another.

use std::time::Duration;

use common_id::clock::{Clock, Timestamp};
use common_id::keys::SigningKeys;
use common_id::oidc::client::SigningAlgorithm;
use common_id::random::Random;
use common_id::seal::Sealer;
use common_id::store::Store;
use serde_json::{Value, json};

use crate::support::database::on_both;

const DAY: Duration = Duration::from_secs(86_400);
const TYP: Option<&str> = Some("at+jwt");

/// What the nodes of one test share.
struct Nodes {
    store: Store,
    sealer: Sealer,
    clock: Clock,
}

impl Nodes {
    fn over(store: Store) -> Self {
        Self {
            store,
            sealer: Sealer::from_key([7; 32]),
            clock: Clock::manual(Timestamp(1_000_000)),
        }
    }

    async fn start(&self) -> SigningKeys {
        let random = Random::System;
        SigningKeys::load(&self.store, &self.sealer, &random, &self.clock, DAY)
            .await
            .unwrap()
    }
}

fn sign(node: &SigningKeys) -> String {
    node.sign(SigningAlgorithm::EdDsa, TYP, &json!({ "sub": "me" }))
        .unwrap()
}

fn kids(node: &SigningKeys) -> Vec<String> {
    let published = format!("[{}]", node.published());
    let published: Vec<Value> = serde_json::from_str(&published).unwrap();
    let keys = published.iter();
    let mut kids: Vec<_> = keys
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect();
    kids.sort();
    kids
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_end_with_the_same_keys() {
    on_both(async |store| {
        let nodes = Nodes::over(store);
        let (one, other) = tokio::join!(nodes.start(), nodes.start());
        assert_eq!(kids(&one).len(), 8, "current and next, of four algorithms");
        assert_eq!(one.published(), other.published());
        for &algorithm in SigningAlgorithm::ALL {
            let token = one.sign(algorithm, TYP, &json!({})).unwrap();
            assert!(other.verify(&token, TYP).is_some());
        }
        assert_eq!(
            nodes.start().await.published(),
            one.published(),
            "and keep them"
        );
    })
    .await;
}

#[tokio::test]
async fn after_a_rotation_every_node_honours_every_others_tokens() {
    on_both(async |store| {
        let nodes = Nodes::over(store);
        let (rotating, unaware) = (nodes.start().await, nodes.start().await);
        let before = sign(&rotating);
        rotating
            .rotate(Some(SigningAlgorithm::EdDsa))
            .await
            .unwrap();
        let after = sign(&rotating);
        assert_ne!(before.split('.').next(), after.split('.').next());

        // The other node has the new key as its next one, and still signs with the old one.
        assert!(unaware.verify(&after, TYP).is_some());
        assert!(rotating.verify(&before, TYP).is_some());
        assert!(rotating.verify(&sign(&unaware), TYP).is_some());

        unaware.reload().await.unwrap();
        assert_eq!(unaware.published(), rotating.published());
        assert!(unaware.verify(&before, TYP).is_some());
        let signed = sign(&unaware);
        assert_eq!(signed.split('.').next(), after.split('.').next());
    })
    .await;
}

#[tokio::test]
async fn a_retired_key_goes_when_its_retention_has_passed() {
    on_both(async |store| {
        let nodes = Nodes::over(store);
        let node = nodes.start().await;
        let (old, published) = (sign(&node), kids(&node));
        node.rotate(Some(SigningAlgorithm::EdDsa)).await.unwrap();
        assert_eq!(kids(&node).len(), 9);
        nodes.clock.advance(DAY);
        node.reload().await.unwrap();
        assert!(node.verify(&old, TYP).is_some());
        assert_eq!(kids(&node).len(), 9);

        nodes.clock.advance(Duration::from_secs(1));
        assert!(node.verify(&old, TYP).is_none(), "without a reload");
        node.reload().await.unwrap();
        assert_eq!(kids(&node).len(), 8);

        node.rotate(Some(SigningAlgorithm::EdDsa)).await.unwrap();
        let rows = nodes.store.signing_keys().list().await.unwrap();
        assert_eq!(rows.len(), 9, "the first has left the database, too");
        assert_ne!(kids(&node), published);
    })
    .await;
}

#[tokio::test]
async fn two_rotations_in_a_row_are_learnt_of_by_the_unknown_name() {
    on_both(async |store| {
        let nodes = Nodes::over(store);
        let (rotating, unaware) = (nodes.start().await, nodes.start().await);
        rotating
            .rotate(Some(SigningAlgorithm::EdDsa))
            .await
            .unwrap();
        rotating
            .rotate(Some(SigningAlgorithm::EdDsa))
            .await
            .unwrap();
        let token = sign(&rotating);
        assert!(unaware.verify(&token, TYP).is_none());
        let claims = unaware.verify_or_reload(&token, TYP).await.unwrap();
        assert_eq!(claims.unwrap()["sub"], "me");
    })
    .await;
}

#[tokio::test]
async fn unknown_names_make_a_node_look_once_a_second_at_most() {
    on_both(async |store| {
        let nodes = Nodes::over(store);
        let (rotating, unaware) = (nodes.start().await, nodes.start().await);
        let made_up = "eyJhbGciOiJFZERTQSIsImtpZCI6Im5vbmUifQ.e30.AAAA";
        assert_eq!(unaware.verify_or_reload(made_up, TYP).await.unwrap(), None);
        rotating
            .rotate(Some(SigningAlgorithm::EdDsa))
            .await
            .unwrap();
        rotating
            .rotate(Some(SigningAlgorithm::EdDsa))
            .await
            .unwrap();
        let token = sign(&rotating);
        assert_eq!(unaware.verify_or_reload(&token, TYP).await.unwrap(), None);
        nodes.clock.advance(Duration::from_secs(1));
        assert!(
            unaware
                .verify_or_reload(&token, TYP)
                .await
                .unwrap()
                .is_some()
        );
    })
    .await;
}

#[tokio::test]
async fn a_rotation_of_all_moves_every_algorithm_on() {
    on_both(async |store| {
        let node = Nodes::over(store).start().await;
        let before: Vec<_> = SigningAlgorithm::ALL
            .iter()
            .map(|algorithm| node.sign(*algorithm, TYP, &json!({})).unwrap())
            .collect();
        node.rotate(None).await.unwrap();
        for (algorithm, old) in SigningAlgorithm::ALL.iter().zip(&before) {
            let new = node.sign(*algorithm, TYP, &json!({})).unwrap();
            assert_ne!(old.split('.').next(), new.split('.').next());
            assert!(node.verify(old, TYP).is_some());
        }
        assert_eq!(kids(&node).len(), 12);
    })
    .await;
}

#[tokio::test]
async fn keys_sealed_with_another_sealing_key_are_not_overwritten() {
    on_both(async |store| {
        let mut nodes = Nodes::over(store);
        let published = nodes.start().await.published();
        let right = std::mem::replace(&mut nodes.sealer, Sealer::from_key([8; 32]));
        let random = Random::System;
        let lost = SigningKeys::load(&nodes.store, &nodes.sealer, &random, &nodes.clock, DAY).await;
        assert!(lost.is_err());
        nodes.sealer = right;
        assert_eq!(nodes.start().await.published(), published);
    })
    .await;
}
