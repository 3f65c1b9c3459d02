//! `oidcc-config-certification-test-plan`: one module, which reads the discovery
//! document and the keys of each issuer.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, Reply};

/// The private members of a JWK (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

async fn get(party: &RelyingParty, url: &str) -> Reply {
    party.send(Method::GET, url, HeaderMap::new(), None).await
}

fn lists(document: &Value, member: &str, values: &[&str]) {
    let listed = document[member]
        .as_array()
        .unwrap_or_else(|| panic!("no list {member}"));
    for value in values {
        assert!(listed.contains(&json!(value)), "{member} lacks {value}");
    }
}

#[tokio::test]
async fn oidcc_discovery_endpoint_verification() {
    let provider = Provider::start().await;
    provider.register("suite", json!({})).await;
    for brand in ["toyota", "lexus"] {
        let issuer = provider.issuer_of(brand);
        let party = provider.party_at(brand, "suite").await;
        let url = format!("{issuer}/.well-known/openid-configuration");
        let reply = get(&party, &url).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), "application/json");
        let document = reply.json();
        assert_eq!(document["issuer"], issuer);
        for (member, value) in document.as_object().unwrap() {
            if member.ends_with("_endpoint") || member == "jwks_uri" {
                let address = value.as_str().unwrap();
                assert!(address.starts_with(&issuer), "{member}: {address}");
            }
        }
        for (member, values) in [
            (
                "response_types_supported",
                ["code", "id_token", "id_token token"].as_slice(),
            ),
            ("grant_types_supported", &["authorization_code", "implicit"]),
            ("subject_types_supported", &["public", "pairwise"]),
            ("id_token_signing_alg_values_supported", &["RS256"]),
            ("request_object_signing_alg_values_supported", &["RS256"]),
            ("scopes_supported", &["openid"]),
            ("claims_supported", &["sub", "name", "email"]),
        ] {
            lists(&document, member, values);
        }
        assert!(document["userinfo_endpoint"].is_string());
        for member in ["ui_locales_supported", "claims_locales_supported"] {
            for locale in document[member].as_array().unwrap() {
                let locale = locale.as_str().unwrap();
                let is_tag = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric());
                assert!(locale.split('-').all(is_tag), "{member}: {locale}");
            }
        }
        let keys = get(&party, &party.endpoint("jwks_uri")).await.json();
        let keys = keys["keys"].as_array().unwrap();
        let kids: BTreeSet<&str> = keys
            .iter()
            .map(|key| key["kid"].as_str().unwrap())
            .collect();
        assert_eq!(kids.len(), keys.len(), "each its own kid");
        for key in keys {
            for member in PRIVATE {
                assert!(key.get(member).is_none(), "{member} of a key is told");
            }
        }
    }
}
