//! `/.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`.

use reqwest::header;
use serde_json::{Value, json};

use crate::support::browser::http_client;
use crate::support::provider::Provider;

const ENCRYPTION_ALG: [&str; 4] = [
    "RSA-OAEP-256",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A256KW",
];

const ENCRYPTION_ENC: [&str; 4] = ["A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM"];

#[tokio::test]
async fn each_brand_is_an_issuer_of_its_own() {
    let provider = Provider::start().await;
    for brand in ["toyota", "lexus"] {
        let issuer = provider.issuer_of(brand);
        let url = format!("{issuer}/.well-known/openid-configuration");
        let answer = http_client().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
        let document: Value = answer.json().await.unwrap();
        assert_eq!(document["issuer"], issuer);
        for (member, value) in document.as_object().unwrap() {
            if member.ends_with("_endpoint") || member == "jwks_uri" {
                let address = value.as_str().unwrap();
                assert!(
                    address.starts_with(&format!("{issuer}/")),
                    "{member}: {address}"
                );
            }
        }
    }
}

#[tokio::test]
async fn both_documents_say_the_same() {
    let provider = Provider::start().await;
    let mut texts = Vec::new();
    for name in ["openid-configuration", "oauth-authorization-server"] {
        let url = provider.url(&format!("/.well-known/{name}"));
        texts.push(
            http_client()
                .get(url)
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap(),
        );
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn the_document_lists_what_is_there_and_nothing_else() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let document = &service.metadata;
    for (member, value) in [
        (
            "response_types_supported",
            json!([
                "code",
                "id_token",
                "id_token token",
                "code id_token",
                "code token",
                "code id_token token"
            ]),
        ),
        ("code_challenge_methods_supported", json!(["S256"])),
        (
            "authorization_details_types_supported",
            json!(["dealer_link"]),
        ),
        (
            "response_modes_supported",
            json!(["query", "fragment", "form_post"]),
        ),
        (
            "authorization_response_iss_parameter_supported",
            json!(true),
        ),
        ("request_parameter_supported", json!(true)),
        ("request_uri_parameter_supported", json!(true)),
        ("require_request_uri_registration", json!(true)),
        // `none` is not listed, so the conformance suite sends no unsigned request objects.
        (
            "request_object_signing_alg_values_supported",
            json!(["RS256", "ES256", "PS256", "EdDSA"]),
        ),
        ("claims_parameter_supported", json!(true)),
    ] {
        assert_eq!(document[member], value, "{member}");
    }
    for (member, values) in [
        (
            "grant_types_supported",
            [
                "authorization_code",
                "implicit",
                "refresh_token",
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code",
            ]
            .as_slice(),
        ),
        (
            "token_endpoint_auth_methods_supported",
            &[
                "client_secret_basic",
                "client_secret_post",
                "client_secret_jwt",
                "private_key_jwt",
                "none",
            ],
        ),
        (
            "id_token_signing_alg_values_supported",
            &["RS256", "ES256", "PS256", "EdDSA"],
        ),
        (
            "prompt_values_supported",
            &["none", "login", "consent", "select_account", "create"],
        ),
        ("subject_types_supported", &["public", "pairwise"]),
        (
            "userinfo_signing_alg_values_supported",
            &["RS256", "ES256", "PS256", "EdDSA"],
        ),
        ("id_token_encryption_alg_values_supported", &ENCRYPTION_ALG),
        ("id_token_encryption_enc_values_supported", &ENCRYPTION_ENC),
        ("userinfo_encryption_alg_values_supported", &ENCRYPTION_ALG),
        (
            "request_object_encryption_alg_values_supported",
            &ENCRYPTION_ALG,
        ),
        (
            "request_object_encryption_enc_values_supported",
            &ENCRYPTION_ENC,
        ),
        ("userinfo_encryption_enc_values_supported", &ENCRYPTION_ENC),
        (
            "token_endpoint_auth_signing_alg_values_supported",
            &["RS256", "ES256", "PS256", "EdDSA", "HS256"],
        ),
        (
            "scopes_supported",
            &[
                "openid",
                "profile",
                "email",
                "phone",
                "address",
                "offline_access",
            ],
        ),
    ] {
        let listed = document[member]
            .as_array()
            .unwrap_or_else(|| panic!("no {member}"));
        for value in values {
            assert!(listed.contains(&json!(value)), "{member} lacks {value}");
        }
    }
    for logout in ["backchannel_logout", "frontchannel_logout"] {
        for member in ["supported", "session_supported"] {
            assert_eq!(document[format!("{logout}_{member}")], true);
        }
    }
    assert_eq!(document.get("registration_endpoint"), None);
}

#[tokio::test]
async fn a_host_that_is_no_brand_is_told_so() {
    let provider = Provider::start().await;
    for host in ["id.evil.localhost", "toyota.localhost", "localhost"] {
        let url = provider.url("/.well-known/openid-configuration");
        let request = http_client().get(url).header(header::HOST, host);
        assert_eq!(request.send().await.unwrap().status(), 421, "{host}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_may_read_the_document() {
    let provider = Provider::start().await;
    let url = provider.url("/.well-known/openid-configuration");
    let request = http_client()
        .get(url)
        .header(header::ORIGIN, "https://spa.example");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert_eq!(
        answer
            .headers()
            .get(header::ACCESS_CONTROL_ALLOW_CREDENTIALS),
        None
    );
}
