//! JSON documents: what clients register, publish and send, what operators bring, and what
//! is stored, perhaps by a newer version.

mod stored;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::LazyLock;

use common_id::account_import::{self, Facts};
use common_id::clients::registration::metadata;
use common_id::clients::reserved_names::ReservedNames;
use common_id::keys::jwe::{Plain, encrypt_to};
use common_id::oidc::client::{
    Client, ClientId, GrantType, Party, ResponseType, SubjectType, TokenEndpointAuthMethod, at_rest,
};
use common_id::oidc::client_metadata;
use common_id::oidc::dynamic_registration::{self, Policy, Registrant};
use common_id::oidc::encryption::{ContentEncryption, Encryption, KeyManagementAlgorithm};
use common_id::oidc::logout;
use common_id::oidc::redirect_uri;
use common_id::oidc::{ErrorCode, subject};
use common_id::random::Random;
use serde_json::{Map, Value, json};
use url::Url;

use crate::node::{NODE, RUNTIME};
use crate::{ISSUER, NOW, choose, judge_error, text};

/// Runs the parser that the first byte names.
pub fn run(data: &[u8]) {
    let parsers: [fn(&[u8]); 8] = [
        registration,
        operators_registration,
        key_set,
        stored::stored_client,
        stored::stored_document,
        stored::carried,
        import_lines,
        name_of_a_client,
    ];
    if let Some((parser, rest)) = choose(data, parsers.len()) {
        parsers[parser](rest);
    }
}

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy {
    scope: "openid profile email offline_access"
        .parse()
        .expect("a scope"),
    grant_types: vec![
        GrantType::AuthorizationCode,
        GrantType::RefreshToken,
        GrantType::Implicit,
    ],
    response_types: vec![ResponseType::Code, ResponseType::IdToken],
    auth_methods: TokenEndpointAuthMethod::ALL.to_vec(),
    subject_types: vec![SubjectType::Pairwise],
    may_omit_pkce: false,
});

/// The metadata with which a client registers itself.
fn registration(data: &[u8]) {
    let Ok(said) = serde_json::from_slice::<Map<String, Value>>(data) else {
        return;
    };
    match registered(said) {
        Ok(client) => judge_registered(&client),
        Err(error) => {
            judge_error(&error);
            assert!(matches!(
                error.code,
                ErrorCode::InvalidRedirectUri | ErrorCode::InvalidClientMetadata
            ));
            assert!((1..1_010).contains(&error.description.len()));
        }
    }
}

fn registered(said: Map<String, Value>) -> Result<Client, common_id::oidc::Error> {
    let registrant = Registrant {
        client_id: ClientId("c".to_owned()),
        brand: "toyota".to_owned(),
        had: None,
    };
    dynamic_registration::read(said, registrant, &POLICY)
}

fn judge_registered(client: &Client) {
    assert_eq!(client_metadata::check(client), Ok(()));
    assert_eq!(client.party, Party::Third);
    assert_eq!(
        (client.brands.as_slice(), client.client_id.0.as_str()),
        (&["toyota".to_owned()][..], "c")
    );
    assert_eq!(client.subject_type, SubjectType::Pairwise);
    assert!(POLICY.scope.covers(&client.scope));
    assert!(
        client
            .grant_types
            .iter()
            .all(|grant| POLICY.grant_types.contains(grant))
    );
    assert!(
        client
            .response_types
            .iter()
            .all(|one| POLICY.response_types.contains(one))
    );
    assert!(!client.may_prefill && !client.may_omit_pkce && client.dealer_code.is_none());
    assert!(client.event_delivery.is_none() && client.audience.is_empty());
    assert!(client.sector_identifier_uri.is_some() || subject::hosts(client).len() <= 1);
    judge_addresses(client);
    // What it is told can be registered again.
    assert_eq!(
        registered(dynamic_registration::told(client)).as_ref(),
        Ok(client)
    );
    judge_at_rest(client);
}

/// No address of a client can run a script here, and none has a fragment.
fn judge_addresses(client: &Client) {
    let harmless = |uri: &str| {
        let url = Url::parse(uri).expect("a URI");
        assert!(
            !["javascript", "data", "file", "vbscript", "blob"].contains(&url.scheme()),
            "{uri}"
        );
        assert_eq!(url.fragment(), None, "{uri}");
        assert!(uri.bytes().all(|b| b.is_ascii_graphic()), "{uri:?}");
    };
    for uri in &client.redirect_uris {
        assert!(redirect_uri::is_registered(client, uri));
        harmless(uri);
    }
    client
        .post_logout_redirect_uris
        .iter()
        .for_each(|uri| harmless(uri));
    let linked = [
        &client.client_uri,
        &client.policy_uri,
        &client.tos_uri,
        &client.logo_uri,
    ];
    for url in linked
        .into_iter()
        .flat_map(|by_language| by_language.0.values())
    {
        assert!(["https", "http"].contains(&url.scheme()), "{url}");
    }
    let own = [
        &client.jwks_uri,
        &client.sector_identifier_uri,
        &client.initiate_login_uri,
        &client.backchannel_logout_uri,
        &client.frontchannel_logout_uri,
    ];
    for url in own.into_iter().flatten() {
        assert!(["https", "http"].contains(&url.scheme()), "{url}");
        assert_eq!((url.username(), url.password()), ("", None), "{url}");
    }
    if let Some(framed) = logout::framed_uri(client, ISSUER, "a-sid") {
        let before = client.frontchannel_logout_uri.as_ref().expect("a URI");
        assert_eq!(
            (framed.origin(), framed.path()),
            (before.origin(), before.path())
        );
    }
}

/// It is stored, and read again as it was.
fn judge_at_rest(client: &Client) {
    let stored = serde_json::to_string(client).expect("serializes");
    let read = at_rest::read(&stored).expect("reads back");
    assert!(read.not_understood.is_empty());
    assert_eq!(
        serde_json::to_string(&read.client).expect("serializes"),
        stored
    );
}

/// The metadata that an operator registers.
fn operators_registration(data: &[u8]) {
    let text = text(data);
    match metadata::read(&text, &["toyota", "lexus"], &Random::seeded(5)) {
        Ok(read) => {
            assert_eq!(client_metadata::check(&read.client), Ok(()));
            judge_addresses(&read.client);
            judge_at_rest(&read.client);
            let written = serde_json::to_string(&read.client).expect("serializes");
            if let Some(secret) = &read.event_authorization {
                assert!(secret.expose().len() <= 4096 && !secret.expose().contains(['\r', '\n']));
                assert!(!written.contains("authorization_header"));
            }
        }
        Err(wrong) => assert!(!wrong.is_empty()),
    }
}

/// A JWK Set of a client, to which tokens are encrypted.
fn key_set(data: &[u8]) {
    let Ok(jwks) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    for &alg in KeyManagementAlgorithm::ALL {
        for &enc in ContentEncryption::ALL {
            let encryption = Encryption { alg, enc };
            let made = encrypt_to(&jwks, encryption, Plain::Claims(b"{}"), &Random::seeded(7));
            let made = made.expect("no fault, whatever a client published");
            if let Some(token) = made {
                assert_eq!(token.split('.').count(), 5);
                assert_eq!(NODE.encryption_keys.decrypt(&token), None);
            }
        }
    }
}

static FACTS: LazyLock<Facts> =
    LazyLock::new(|| Facts::new(&NODE.config.brands, None, NOW).expect("a brand"));

/// Lines of accounts that an operator imports.
fn import_lines(data: &[u8]) {
    let lines = data
        .split(|b| *b == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .count();
    let mut refused = Vec::new();
    let input = Box::new(Cursor::new(data.to_vec()));
    let summary = RUNTIME.block_on(account_import::import(
        &NODE.store,
        &NODE.random,
        &FACTS,
        input,
        |line| {
            refused.push(line);
            Ok(())
        },
    ));
    let summary = summary.expect("an import");
    assert_eq!(summary.refused, refused.len() as u64);
    let counted = summary.inserted + summary.updated + summary.unchanged + summary.refused;
    // Of several lines with the same external id, the last one counts.
    assert!(counted <= lines as u64);
    assert!(
        refused
            .iter()
            .all(|line| (1..=data.len() as u64 + 1).contains(&line.number))
    );
}

/// The name of a client that registers itself.
fn name_of_a_client(data: &[u8]) {
    let name = text(data);
    let reserved = ReservedNames::new(["購入サポート", "Web"].into_iter());
    let around = format!("{name} TOYOTA {name}");
    assert!(reserved.include(&around), "{around:?}");
    if reserved.include(&name) {
        assert!(reserved.include(&name.to_uppercase()) || !name.is_ascii());
    }
    let names = BTreeMap::from([(String::new(), name.clone().into_owned())]);
    let said = json!({"client_name": names[""], "redirect_uris": ["https://rp.example/cb"]});
    if let Ok(client) = registered(said.as_object().expect("an object").clone()) {
        assert!(!client.name_in("ja").is_empty());
        assert!(!client.name_in("ja").contains(char::is_control), "{name:?}");
    }
}
