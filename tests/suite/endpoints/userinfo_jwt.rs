//! `/userinfo` for clients that registered to have it signed or encrypted: a JWT
//! (OpenID Connect Core §5.3.2) instead of plain JSON.

use common_id::oidc::client::SigningAlgorithm;
use serde_json::{Value, json};

use crate::support::browser::Phone;
use crate::support::keyring::{Keyring, verified};
use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, Reply, jwt_part};
use crate::support::steps;

/// Returns the response for a client with this registration.
async fn answer(provider: &Provider, changes: Value) -> (RelyingParty, Reply) {
    provider.register("service", changes).await;
    let service = provider.party("service").await;
    let person = steps::person(provider, "hanako@example.jp").await;
    let request = service.ask("openid email");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    let reply = service.userinfo(&tokens.access_token).await;
    assert_eq!(reply.header("cache-control"), "no-store");
    (service, reply)
}

#[tokio::test]
async fn a_client_that_registered_an_algorithm_gets_a_jwt_for_its_eyes() {
    for &algorithm in SigningAlgorithm::ALL {
        let provider = Provider::start().await;
        let changes = json!({ "userinfo_signed_response_alg": algorithm });
        let (service, reply) = answer(&provider, changes).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.header("content-type"), "application/jwt");
        let (header, claims) = verified(&service, &reply.body).await;
        assert_eq!(header["alg"], algorithm.as_str());
        assert_eq!(header["typ"], "JWT");
        assert_eq!(claims["iss"], service.endpoint("issuer"));
        assert_eq!(claims["aud"], "service");
        assert_eq!(claims["email"], "hanako@example.jp");
        assert!(claims["sub"].is_string());
        for absent in ["nonce", "exp", "name"] {
            assert_eq!(claims.get(absent), None, "{absent}");
        }
    }
}

#[tokio::test]
async fn a_signed_answer_is_neither_an_access_token_nor_a_hint() {
    let provider = Provider::start().await;
    let changes = json!({ "userinfo_signed_response_alg": "ES256" });
    let (service, reply) = answer(&provider, changes).await;
    let refused = service.userinfo(&reply.body).await;
    assert_eq!(refused.status, 401);
    let request = service.ask("openid").with("id_token_hint", &reply.body);
    let request = request.with("prompt", "none");
    let landed = Phone::new().open(service.url(&request)).await;
    let error = service.error_of(&landed.away(), &request);
    assert_eq!(error, "invalid_request");
}

#[tokio::test]
async fn an_answer_that_is_only_encrypted_holds_the_claims_themselves() {
    let provider = Provider::start().await;
    let keyring = Keyring::shared().await;
    let changes = json!({
        "jwks": keyring.jwks(),
        "userinfo_encrypted_response_alg": "ECDH-ES",
    });
    let (service, reply) = answer(&provider, changes).await;
    assert_eq!(reply.header("content-type"), "application/jwt");
    let header = jwt_part(&reply.body, 0);
    assert_eq!(header["alg"], "ECDH-ES");
    assert_eq!(header["enc"], "A128CBC-HS256", "where nothing else is said");
    assert_eq!(header.get("cty"), None);
    let claims: Value = serde_json::from_str(&keyring.open(&reply.body).unwrap()).unwrap();
    assert_eq!(claims["email"], "hanako@example.jp");
    assert_eq!(claims.get("iss"), None);
    assert_eq!(service.userinfo(&reply.body).await.status, 401);
}

#[tokio::test]
async fn an_answer_that_is_both_is_signed_first() {
    let provider = Provider::start().await;
    let keyring = Keyring::shared().await;
    let changes = json!({
        "jwks": keyring.jwks(),
        "userinfo_signed_response_alg": "EdDSA",
        "userinfo_encrypted_response_alg": "RSA-OAEP-256",
        "userinfo_encrypted_response_enc": "A256GCM",
    });
    let (service, reply) = answer(&provider, changes).await;
    let header = jwt_part(&reply.body, 0);
    assert_eq!(header["alg"], "RSA-OAEP-256");
    assert_eq!(header["enc"], "A256GCM");
    assert_eq!(header["cty"], "JWT");
    let signed = keyring.open(&reply.body).unwrap();
    let (header, claims) = verified(&service, &signed).await;
    assert_eq!(header["alg"], "EdDSA");
    assert_eq!(claims["aud"], "service");
    assert_eq!(claims["email"], "hanako@example.jp");
    assert_eq!(Keyring::fresh().await.open(&reply.body), None);
}

#[tokio::test]
async fn what_cannot_be_encrypted_is_not_sent_plain() {
    let provider = Provider::start().await;
    let changes = json!({ "userinfo_encrypted_response_alg": "ECDH-ES" });
    let (_service, reply) = answer(&provider, changes).await;
    assert_eq!(reply.refused(), (400, "invalid_client_metadata".to_owned()));
    assert!(!reply.body.contains("hanako"), "{}", reply.body);
}

#[tokio::test]
async fn what_was_granted_to_a_client_that_is_gone_shows_nothing_more() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let tokens = steps::tokens(&mut Phone::new(), &service, service.ask("openid"), &person).await;
    assert_eq!(service.userinfo(&tokens.access_token).await.status, 200);
    let id = common_id::oidc::client::ClientId("service".to_owned());
    let now = provider.app.clock.now();
    assert!(provider.app.store.clients().remove(&id, now).await.unwrap());
    provider.app.clients.forget_all();
    let reply = service.userinfo(&tokens.access_token).await;
    assert_eq!(reply.refused(), (401, "invalid_token".to_owned()));
}
