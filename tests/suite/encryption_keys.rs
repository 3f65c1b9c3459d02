//! The keys with which others encrypt to us, on a database that nodes share: what is
//! published, and that no message to any node is lost in a rotation.

use std::time::Duration;

use common_id::clock::{Clock, Timestamp};
use common_id::keys::EncryptionKeys;
use common_id::keys::jwe::{self, Plain};
use common_id::oidc::encryption::{ContentEncryption, Encryption, KeyManagementAlgorithm};
use common_id::random::Random;
use common_id::seal::Sealer;
use common_id::store::Store;
use serde_json::{Value, json};

use crate::support::database::on_both;

const DAY: Duration = Duration::from_secs(86_400);
const ECDH: KeyManagementAlgorithm = KeyManagementAlgorithm::EcdhEs;

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

    async fn start(&self) -> EncryptionKeys {
        let random = Random::System;
        EncryptionKeys::load(&self.store, &self.sealer, &random, &self.clock)
            .await
            .unwrap()
    }
}

fn jwks(node: &EncryptionKeys) -> Value {
    serde_json::from_str(&format!("{{\"keys\":[{}]}}", node.published())).unwrap()
}

/// Encrypts a message as a client that read this node's published keys.
fn to(node: &EncryptionKeys, alg: KeyManagementAlgorithm) -> String {
    let encryption = Encryption {
        alg,
        enc: ContentEncryption::A128Gcm,
    };
    let written = jwe::encrypt_to(
        &jwks(node),
        encryption,
        Plain::Jwt("a.b.c"),
        &Random::System,
    );
    written.unwrap().unwrap()
}

fn reads(node: &EncryptionKeys, token: &str) -> bool {
    let decrypted = node.decrypt(token);
    decrypted.is_some_and(|decrypted| decrypted.plain == b"a.b.c")
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_end_with_the_same_keys_and_publish_the_current_ones() {
    on_both(async |store| {
        let nodes = Nodes::over(store);
        let (one, other) = tokio::join!(nodes.start(), nodes.start());
        assert_eq!(one.published(), other.published());
        let keys = jwks(&one);
        let keys = keys["keys"].as_array().unwrap();
        assert_eq!(keys.len(), KeyManagementAlgorithm::ALL.len());
        for (key, alg) in keys.iter().zip(KeyManagementAlgorithm::ALL) {
            assert_eq!((&key["use"], &key["alg"]), (&json!("enc"), &json!(alg)));
            assert!(key["kid"].is_string() && key.get("d").is_none());
            let token = to(&one, *alg);
            assert!(reads(&other, &token));
            assert_eq!(one.decrypt(&token).unwrap().encryption.alg, *alg);
        }
        let rows = nodes.store.encryption_keys().list().await.unwrap();
        assert_eq!(rows.len(), 2 * keys.len(), "and the next ones");
        assert_eq!(nodes.start().await.published(), one.published());
    })
    .await;
}

#[tokio::test]
async fn a_rotation_loses_no_message_whichever_node_it_goes_to() {
    on_both(async |store| {
        let nodes = Nodes::over(store);
        let (rotating, unaware) = (nodes.start().await, nodes.start().await);
        let before = to(&rotating, ECDH);
        let rsa = to(&rotating, KeyManagementAlgorithm::RsaOaep256);
        rotating.rotate(Some(ECDH)).await.unwrap();
        let after = to(&rotating, ECDH);
        assert_ne!(jwks(&rotating), jwks(&unaware));
        for token in [&before, &after, &rsa] {
            assert!(reads(&rotating, token) && reads(&unaware, token));
        }
        unaware.reload().await.unwrap();
        assert_eq!(jwks(&rotating), jwks(&unaware));
        assert!(reads(&unaware, &before), "the client had not heard of it");
        rotating.rotate(None).await.unwrap();
        assert!(reads(&rotating, &rsa) && reads(&rotating, &before));
    })
    .await;
}

#[tokio::test]
async fn a_retired_key_decrypts_for_two_days_and_no_longer() {
    on_both(async |store| {
        let nodes = Nodes::over(store);
        let node = nodes.start().await;
        let token = to(&node, ECDH);
        node.rotate(Some(ECDH)).await.unwrap();
        nodes.clock.advance(2 * DAY);
        assert!(reads(&node, &token));
        nodes.clock.advance(Duration::from_secs(1));
        assert!(!reads(&node, &token), "without a reload");
        node.rotate(Some(ECDH)).await.unwrap();
        let rows = nodes.store.encryption_keys().list().await.unwrap();
        assert_eq!(rows.len(), 9, "the first has left the database, too");
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
        let lost = EncryptionKeys::load(&nodes.store, &nodes.sealer, &random, &nodes.clock).await;
        assert!(lost.is_err());
        nodes.sealer = right;
        assert_eq!(nodes.start().await.published(), published);
    })
    .await;
}
