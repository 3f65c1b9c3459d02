use serde_json::json;

use super::*;
use crate::documents::strict;
use crate::oidc::client::sample;

/// A stored registration with these members added or replaced.
fn stored(members: &Value) -> Value {
    let mut stored = serde_json::to_value(sample()).unwrap();
    let (stored_members, members) = (stored.as_object_mut(), members.as_object());
    stored_members.unwrap().extend(members.unwrap().clone());
    stored
}

fn read_value(stored: &Value) -> ReadClient {
    read(&stored.to_string()).unwrap()
}

#[test]
fn members_from_the_future_change_nothing() {
    let read = read_value(&stored(&json!({"dpop_bound_access_tokens": true})));
    assert_eq!(read.client, sample());
    assert!(read.not_understood.is_empty());
}

#[test]
fn what_is_not_known_allows_nothing() {
    let read = read_value(&stored(&json!({
        "grant_types": ["urn:openid:params:grant-type:ciba", "client_credentials"],
        "response_types": ["code", "code vp_token"],
        "required_claims": {"version": "1", "claims": ["address", "driving_licence"]},
    })));
    assert_eq!(read.client.grant_types, [GrantType::ClientCredentials]);
    assert_eq!(read.client.response_types, [ResponseType::Code]);
    let required = read.client.required_claims.unwrap();
    assert_eq!(required.claims, [RequiredClaim::Address]);
    assert!(read.not_understood.is_empty());
}

#[test]
fn a_word_that_says_how_to_treat_a_client_is_never_taken_for_another() {
    for word in &WORDS {
        let read = read_value(&stored(&json!({word.member: "of-tomorrow"})));
        assert_eq!(read.not_understood, [word.member]);
    }
    let method = read_value(&stored(
        &json!({"token_endpoint_auth_method": "tls_client_auth"}),
    ));
    assert_ne!(
        method.client.token_endpoint_auth_method,
        sample().token_endpoint_auth_method
    );
}

#[test]
fn every_word_of_a_client_is_decided_on() {
    let surprise = stored(&json!({"surprise": 1}));
    let told = strict::from_value::<Client>(surprise).unwrap_err();
    let told = told.to_string();
    // The message reads: unknown field `surprise`, expected one of `client_id`, ...
    let members: Vec<&str> = told.split('`').skip(3).step_by(2).collect();
    assert!(members.len() > 50, "{told}");
    let is_unknown_word = |member: &str, value: Value| {
        let client = stored(&json!({ member: value }));
        let told = serde_json::from_value::<Client>(client).err();
        told.is_some_and(|told| told.to_string().contains("unknown variant"))
    };
    for member in members {
        let decided = WORDS.iter().any(|word| word.member == member);
        let word = json!("of-tomorrow");
        assert_eq!(is_unknown_word(member, word.clone()), decided, "{member}");
        let pointer = format!("/{member}");
        let decided = LISTS.iter().any(|list| list.pointer == pointer);
        assert_eq!(is_unknown_word(member, json!([word])), decided, "{member}");
    }
}

#[test]
fn a_list_that_stays_as_it_was_keeps_its_words() {
    let before = stored(&json!({
        "grant_types": ["authorization_code", "urn:openid:params:grant-type:ciba"],
        "backchannel_token_delivery_mode": "poll",
    }));
    let mut client = read_value(&before).client;
    client
        .client_name
        .insert("en".to_owned(), "Other".to_owned());
    let after: Value =
        serde_json::from_str(&rewritten(&before.to_string(), &client).unwrap()).unwrap();
    let mut expected = before.clone();
    expected["client_name"]["en"] = json!("Other");
    assert_eq!(after, expected);

    client.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    let after: Value =
        serde_json::from_str(&rewritten(&before.to_string(), &client).unwrap()).unwrap();
    assert_eq!(
        after["grant_types"],
        json!(["authorization_code", "refresh_token"])
    );
    assert_eq!(after["backchannel_token_delivery_mode"], "poll");
}

#[test]
fn a_word_that_another_is_put_in_place_of_goes() {
    let before = stored(&json!({
        "token_endpoint_auth_method": "tls_client_auth",
        "token_endpoint_auth_signing_alg": "ML-DSA-65",
        "tls_client_auth_subject_dn": "CN=x",
    }));
    for method in [
        TokenEndpointAuthMethod::None,
        TokenEndpointAuthMethod::ClientSecretBasic,
    ] {
        let client = Client {
            token_endpoint_auth_method: method,
            ..sample()
        };
        let after = rewritten(&before.to_string(), &client).unwrap();
        let read = read(&after).unwrap();
        assert_eq!(read.client, client);
        assert!(read.not_understood.is_empty());
        assert!(after.contains("tls_client_auth_subject_dn"));
    }
}

#[test]
fn what_is_no_registration_is_refused() {
    for document in ["", "[]", "{}", r#"{"client_id": "x", "party": "second"}"#] {
        assert!(read(document).is_err());
        assert!(rewritten(document, &sample()).is_err());
    }
}
