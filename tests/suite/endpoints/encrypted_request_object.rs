//! Request objects that are encrypted to us (RFC 9101 §6.1): which keys decrypt them, and
//! the error for objects that no key decrypts.

use serde_json::{Value, json};

use crate::support::browser::Phone;
use crate::support::keyring::Keyring;
use crate::support::provider::Provider;
use crate::support::relying_party::{Pending, RelyingParty};

/// Registers a client that signs with its keyring.
async fn stage(changes: Value) -> (Provider, RelyingParty) {
    let provider = Provider::start().await;
    let mut registration = json!({"jwks": Keyring::shared().await.jwks()});
    let members = registration.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    provider.register("signer", registration).await;
    let party = provider.party("signer").await;
    (provider, party)
}

/// Returns a signed request object with all parameters of the request.
async fn signed(party: &RelyingParty, request: &Pending) -> String {
    let now = party.clock.now().0;
    let mut claims = json!(request.parameters);
    claims["iss"] = json!(party.client_id);
    claims["aud"] = json!(party.endpoint("issuer"));
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + 60);
    Keyring::shared().await.sign("ES256", &claims)
}

/// Returns a request whose parameters are all in the object.
fn bare(mut request: Pending, object: &str) -> Pending {
    request
        .parameters
        .retain(|name, _| matches!(name.as_str(), "client_id" | "response_type" | "scope"));
    request.with("request", object)
}

#[tokio::test]
async fn an_encrypted_object_may_be_pushed_and_what_was_registered_binds_nobody() {
    // Dynamic Client Registration 1.0 §2: the client may use other algorithms all the same,
    // or none.
    let (provider, party) = stage(json!({"request_object_encryption_alg": "RSA-OAEP-256"})).await;
    let request = party.ask("openid");
    let object = signed(&party, &request).await;
    for object in [provider.encrypted_to_it(&object).await, object] {
        let url = party.push(&bare(party.ask("openid"), &object)).await;
        Phone::new().open(url).await.screen("login");
    }
}

#[tokio::test]
async fn a_key_that_took_its_turn_still_opens_what_is_on_its_way() {
    let (provider, party) = stage(json!({})).await;
    let request = party.ask("openid");
    let object = signed(&party, &request).await;
    let before = provider.encrypted_to_it(&object).await;
    provider.app.encryption_keys.rotate(None).await.unwrap();
    let after = provider.encrypted_to_it(&object).await;
    for object in [before, after] {
        let url = party.push(&bare(party.ask("openid"), &object)).await;
        Phone::new().open(url).await.screen("login");
    }
}

#[tokio::test]
async fn what_we_cannot_open_is_refused_in_the_same_words_whatever_is_wrong() {
    let (provider, party) = stage(json!({})).await;
    let request = party.ask("openid");
    let object = signed(&party, &request).await;
    let good = provider.encrypted_to_it(&object).await;
    let (header, rest) = good.split_once('.').unwrap();
    let (most, tag) = good.rsplit_once('.').unwrap();
    let key = rest.split('.').next().unwrap();
    let mut told = Vec::new();
    for wrong in [
        format!("{header}A.{rest}"),
        good.replacen(key, &key[..key.len() - 4], 1),
        good.replacen(key, "", 1),
        format!("{most}.{}", &tag[..tag.len() - 4]),
        format!("{most}."),
        "a.b.c.d.e".to_owned(),
        "....".to_owned(),
    ] {
        let reply = party.push_raw(&bare(party.ask("openid"), &wrong)).await;
        assert_eq!(
            reply.refused(),
            (400, "invalid_request_object".to_owned()),
            "{wrong}"
        );
        told.push(reply.body);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}
