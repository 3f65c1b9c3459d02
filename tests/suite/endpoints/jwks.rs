//! `/jwks`: the keys that verify our signatures.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::browser::{Phone, http_client};
use crate::support::provider::Provider;
use crate::support::relying_party::jwt_part;
use crate::support::steps;

async fn keys(provider: &Provider, brand: &str) -> Vec<Value> {
    let url = format!("{}/jwks", provider.issuer_of(brand));
    let answer = http_client().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let set: Value = answer.json().await.unwrap();
    set["keys"].as_array().unwrap().clone()
}

fn kids(keys: &[Value]) -> BTreeSet<String> {
    keys.iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn only_public_halves_are_published() {
    let provider = Provider::start().await;
    let keys = keys(&provider, "toyota").await;
    for key in &keys {
        for secret in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert_eq!(key.get(secret), None, "{key}");
        }
        let use_of_it = match key["alg"].as_str() {
            Some("RSA-OAEP-256" | "ECDH-ES" | "ECDH-ES+A128KW" | "ECDH-ES+A256KW") => "enc",
            _ => "sig",
        };
        assert_eq!(key["use"], use_of_it, "{key}");
        assert!(key["alg"].is_string() && key["kid"].is_string(), "{key}");
    }
    assert_eq!(kids(&keys).len(), keys.len(), "every kid is another");
}

#[tokio::test]
async fn each_algorithm_has_its_current_and_its_next_key() {
    let provider = Provider::start().await;
    let keys = keys(&provider, "toyota").await;
    for algorithm in ["RS256", "ES256", "PS256", "EdDSA"] {
        let count = keys.iter().filter(|key| key["alg"] == algorithm).count();
        assert_eq!(count, 2, "{algorithm}");
    }
}

#[tokio::test]
async fn each_way_to_encrypt_to_us_has_one_key() {
    let provider = Provider::start().await;
    let keys = keys(&provider, "toyota").await;
    for (alg, kty) in [
        ("RSA-OAEP-256", "RSA"),
        ("ECDH-ES", "EC"),
        ("ECDH-ES+A128KW", "EC"),
        ("ECDH-ES+A256KW", "EC"),
    ] {
        let those: Vec<_> = keys.iter().filter(|key| key["alg"] == alg).collect();
        assert_eq!(those.len(), 1, "{alg}");
        assert_eq!(those[0]["kty"], kty);
    }
}

#[tokio::test]
async fn both_brands_publish_the_same_keys() {
    let provider = Provider::start().await;
    assert_eq!(
        kids(&keys(&provider, "toyota").await),
        kids(&keys(&provider, "lexus").await)
    );
}

#[tokio::test]
async fn after_a_rotation_old_tokens_still_verify_and_new_ones_use_a_key_published_before() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let before = kids(&keys(&provider, "toyota").await);
    let old = steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;

    provider.app.keys.rotate(None).await.unwrap();
    let after = keys(&provider, "toyota").await;
    let old_kid = jwt_part(&old.id_token, 0)["kid"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        kids(&after).contains(&old_kid),
        "the retired key is still published"
    );
    assert_eq!(service.userinfo(&old.access_token).await.status, 200);

    let service = provider.party("service").await;
    let new = steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    let new_kid = jwt_part(&new.id_token, 0)["kid"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(new_kid, old_kid);
    assert!(
        before.contains(&new_kid),
        "the next key was published before it signed"
    );
}
