//! Clients that differ in what a request of theirs may contain.

use std::sync::LazyLock;

use common_id::oidc::client::Client;
use serde_json::{Value, json};

/// The clients, by the digit with which an input names them.
pub static CLIENTS: LazyLock<[Client; 4]> = LazyLock::new(|| {
    [
        client(json!({
            "client_id": "web",
            "redirect_uris": ["https://service.example/callback", "https://service.example/other?x=1"],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials", "implicit"],
            "response_types": [
                "code", "id_token", "id_token token", "code id_token", "code token", "code id_token token",
            ],
            "scope": "openid profile email phone address offline_access dealers own",
            "may_prefill": true,
        })),
        client(json!({
            "client_id": "app",
            "token_endpoint_auth_method": "none",
            "redirect_uris": ["http://127.0.0.1/callback", "http://[::1]:7000/callback?x=1", "com.example.app:/cb"],
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        })),
        client(json!({
            "client_id": "partner",
            "party": "third",
            "subject_type": "pairwise",
            "require_pushed_authorization_requests": true,
            "default_max_age": 300,
            "default_acr_values": ["https://id.toyota.jp/acr/password"],
            "request_uris": ["https://partner.example/request.jwt"],
        })),
        client(json!({
            "client_id": "strict",
            "require_signed_request_object": true,
            "request_object_signing_alg": "ES256",
            "may_omit_pkce": true,
            "scope": "openid",
            "authorization_details_types": [],
        })),
    ]
});

/// A first-party web client's registration, with `changes` laid over it.
fn client(changes: Value) -> Client {
    let mut registration = json!({
        "client_name": {"": "テストのサービス", "en": "A service of the tests"},
        "brands": ["toyota", "lexus"],
        "party": "first",
        "redirect_uris": ["https://service.example/callback"],
        "post_logout_redirect_uris": ["https://service.example/goodbye", "https://service.example/bye?x=1"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid profile email phone address offline_access dealers",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
        "authorization_details_types": ["dealer_link"],
    });
    let members = registration.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("an object").clone());
    serde_json::from_value(registration).expect("a registration")
}
