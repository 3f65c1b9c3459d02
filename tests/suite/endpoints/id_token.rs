//! ID tokens as clients registered to get them: signed by each algorithm, and encrypted.

use std::collections::BTreeMap;

use common_id::oidc::client::SigningAlgorithm;
use common_id::oidc::encryption::{ContentEncryption, KeyManagementAlgorithm};
use common_id::oidc::id_token::half_hash;
use serde_json::{Value, json};

use crate::support::browser::Phone;
use crate::support::keyring::{Keyring, verified};
use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, Reply, jwt_part};
use crate::support::steps::{self, Person};

/// Registers a client with these changes, and a person.
async fn stage(changes: Value) -> (Provider, RelyingParty, Person) {
    let provider = Provider::start().await;
    provider.register("service", changes).await;
    let service = provider.party("service").await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    (provider, service, person)
}

/// Returns the token response for a login.
async fn answer(service: &RelyingParty, person: &Person) -> Reply {
    let request = service.ask("openid offline_access");
    let request = request.with("prompt", "consent");
    let landed = steps::answer(&mut Phone::new(), service, &request, person).await;
    let code = service.code_of(&landed, &request);
    service.exchange_raw(&code, &request.verifier).await
}

#[tokio::test]
async fn each_client_gets_the_algorithm_it_registered() {
    for &algorithm in SigningAlgorithm::ALL {
        let changes = json!({ "id_token_signed_response_alg": algorithm });
        let (_provider, service, person) = stage(changes).await;
        let reply = answer(&service, &person).await;
        let (header, claims) = verified(&service, &reply.text("id_token")).await;
        assert_eq!(header["alg"], algorithm.as_str());
        assert_eq!(claims["aud"], "service");
        let hash = half_hash(algorithm, &reply.text("access_token"));
        assert_eq!(claims["at_hash"], hash);
        let refreshed = service.refresh(&reply.text("refresh_token")).await;
        let (header, _) = verified(&service, &refreshed.text("id_token")).await;
        assert_eq!(header["alg"], algorithm.as_str());
    }
}

#[tokio::test]
async fn a_client_that_asks_for_it_gets_its_id_tokens_encrypted() {
    let keyring = Keyring::shared().await;
    let ciphers = ContentEncryption::ALL.iter().cycle().skip(1);
    for (alg, enc) in KeyManagementAlgorithm::ALL.iter().zip(ciphers) {
        let changes = json!({
            "jwks": keyring.jwks(),
            "id_token_signed_response_alg": "PS256",
            "id_token_encrypted_response_alg": alg,
            "id_token_encrypted_response_enc": enc,
        });
        let (_provider, service, person) = stage(changes).await;
        let reply = answer(&service, &person).await;
        let refreshed = service.refresh(&reply.text("refresh_token")).await;
        for reply in [reply, refreshed] {
            let token = reply.text("id_token");
            assert_eq!(token.split('.').count(), 5);
            let header = jwt_part(&token, 0);
            assert_eq!(header["alg"], alg.as_str());
            assert_eq!(header["enc"], enc.as_str());
            assert_eq!(header["cty"], "JWT");
            let keys = keyring.jwks();
            let keys = keys["keys"].as_array().unwrap().clone();
            let named = keys.iter().find(|key| key["kid"] == header["kid"]);
            assert_eq!(named.unwrap()["alg"], alg.as_str());
            let signed = keyring.open(&token).unwrap();
            let (header, claims) = verified(&service, &signed).await;
            assert_eq!(header["alg"], "PS256");
            assert_eq!(claims["aud"], "service");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_encrypted_is_not_issued_plain() {
    let encrypted = json!({ "id_token_encrypted_response_alg": "RSA-OAEP-256" });
    let mut for_signatures = encrypted.clone();
    for_signatures["jwks"] = Keyring::shared().await.jwks();
    let keys = for_signatures["jwks"]["keys"].as_array_mut().unwrap();
    keys.retain(|key| key["use"] == "sig");
    let mut broken = encrypted.clone();
    broken["jwks"] = json!({"keys": [{"kty": "RSA", "use": "enc", "n": "AAAA", "e": "AQAB"}]});
    for changes in [encrypted, for_signatures, broken] {
        let (_provider, service, person) = stage(changes).await;
        let reply = answer(&service, &person).await;
        assert_eq!(reply.refused(), (400, "invalid_client_metadata".to_owned()));
        let body = reply.json();
        let description = body["error_description"].as_str().unwrap();
        assert!(description.contains("RSA-OAEP-256"), "{description}");
        assert!(body.get("access_token").is_none() && body.get("id_token").is_none());
    }
}

#[tokio::test]
async fn what_was_inside_is_a_hint_as_it_is_or_encrypted_to_us_and_the_whole_is_none() {
    let keyring = Keyring::shared().await;
    let changes = json!({
        "jwks": keyring.jwks(),
        "id_token_encrypted_response_alg": "ECDH-ES+A128KW",
    });
    let (provider, service, person) = stage(changes).await;
    let mut phone = Phone::new();
    let request = service.ask("openid");
    let landed = steps::answer(&mut phone, &service, &request, &person).await;
    let code = service.code_of(&landed, &request);
    let reply = service.exchange_raw(&code, &request.verifier).await;
    let whole = reply.text("id_token");
    let signed = keyring.open(&whole).unwrap();
    let to_us = provider.encrypted_to_it(&signed).await;
    assert_eq!(to_us.split('.').count(), 5);
    let tampered = to_us.replacen('.', ".A", 1);
    for (hint, error) in [
        (&signed, None),
        (&to_us, None),
        (&whole, Some("invalid_request")),
        (&tampered, Some("invalid_request")),
    ] {
        let request = service.ask("openid").with("prompt", "none");
        let request = request.with("id_token_hint", hint);
        let answer = phone.open(service.url(&request)).await.away();
        match error {
            None => drop(service.code_of(&answer, &request)),
            Some(error) => assert_eq!(service.error_of(&answer, &request), error),
        }
    }
}

/// Returns the authorization response for a client that gets its ID tokens in it.
async fn at_the_front(changes: &Value) -> (Provider, RelyingParty, BTreeMap<String, String>) {
    let mut registration = json!({
        "grant_types": ["authorization_code", "implicit"],
        "response_types": ["id_token token"],
        "id_token_encrypted_response_alg": "ECDH-ES",
    });
    let members = registration.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    let (provider, service, person) = stage(registration).await;
    let request = service.ask("openid");
    let request = request.with("response_type", "id_token token");
    let landed = steps::answer(&mut Phone::new(), &service, &request, &person).await;
    let answer = service.answer_of(&landed, &request);
    (provider, service, answer)
}

#[tokio::test]
async fn one_from_the_authorization_endpoint_is_encrypted_as_well() {
    let keyring = Keyring::shared().await;
    let (_provider, service, answer) = at_the_front(&json!({"jwks": keyring.jwks()})).await;
    let signed = keyring.open(&answer["id_token"]).unwrap();
    let (_, claims) = verified(&service, &signed).await;
    let hash = half_hash(SigningAlgorithm::Rs256, &answer["access_token"]);
    assert_eq!(claims["at_hash"], hash);
}

#[tokio::test]
async fn where_it_cannot_be_encrypted_the_answer_is_an_error_without_any_token() {
    let (_provider, _service, answer) = at_the_front(&json!({})).await;
    assert_eq!(answer["error"], "server_error");
    let description = &answer["error_description"];
    assert!(description.contains("ECDH-ES"), "{description}");
    assert!(!answer.contains_key("id_token") && !answer.contains_key("access_token"));
}
