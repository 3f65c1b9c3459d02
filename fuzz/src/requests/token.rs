//! Token requests and logout requests.

use common_id::oidc::authorization_request::HintedBy;
use common_id::oidc::client::{Client, GrantType};
use common_id::oidc::code_record::CodeRecord;
use common_id::oidc::grant::Grant;
use common_id::oidc::logout::{self, Destination, RawLogoutRequest, SessionNamed};
use common_id::oidc::scope::Scope;
use common_id::oidc::token_request::{self, RawTokenRequest, TokenRequest};
use common_id::oidc::{pkce, rule};
use serde_json::json;

use super::form;
use crate::clients::CLIENTS;
use crate::{ISSUER, NOW, choose, judge_error};

/// `CLIENT BODY`: a token request, and the redemption of a code.
pub(super) fn token_request_of(data: &[u8]) {
    let Some((client, body)) = choose(data, CLIENTS.len()) else {
        return;
    };
    let client = &CLIENTS[client];
    let Ok(parameters) = form(body) else {
        return;
    };
    let raw = RawTokenRequest(parameters);
    match token_request::check(&raw, client) {
        Ok(TokenRequest::AuthorizationCode(exchange)) => {
            assert!(client.grant_types.contains(&GrantType::AuthorizationCode));
            assert_eq!(raw.get("code"), Some(exchange.code.as_str()));
            assert!(
                exchange
                    .code_verifier
                    .as_deref()
                    .is_none_or(pkce::is_verifier)
            );
            let record = record(client);
            let redeemed = record.check(&exchange, client, ISSUER, NOW);
            let matches = exchange.redirect_uri.as_ref() == Some(&record.redirect_uri)
                && exchange.code_verifier.as_deref() == Some(VERIFIER);
            assert_eq!(redeemed.is_ok(), matches);
            let other = &CLIENTS[usize::from(client.client_id == CLIENTS[0].client_id)];
            assert!(record.check(&exchange, other, ISSUER, NOW).is_err());
        }
        Ok(TokenRequest::RefreshToken { token, scope }) => {
            assert_eq!(raw.get("refresh_token"), Some(token.as_str()));
            let granted = Scope::of(["openid", "email"]);
            if let Ok(narrowed) = token_request::narrowed(&granted, scope.as_ref()) {
                assert!(granted.covers(&narrowed) && !narrowed.is_empty());
            }
        }
        Ok(TokenRequest::ClientCredentials { scope }) => {
            assert!(!client.is_public() && client.scope.covers(&scope));
            assert!(!scope.contains("openid") && !scope.contains("offline_access"));
        }
        Ok(TokenRequest::DeviceCode { code }) => {
            assert!(client.grant_types.contains(&GrantType::DeviceCode));
            assert_eq!(raw.get("device_code"), Some(code.as_str()));
        }
        Err(error) => judge_error(&error),
    }
}

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A code of the client, with a redirect URI and a challenge that must both be met.
fn record(client: &Client) -> CodeRecord {
    let grant: Grant = serde_json::from_value(json!({
        "grant_id": "0123456789012345678901",
        "issuer": ISSUER,
        "client_id": client.client_id,
        "account_id": "an-account",
        "scope": "openid",
        "nonce": null,
        "auth_time": NOW,
        "amr": "pwd",
        "acr": "https://id.toyota.jp/acr/password",
    }))
    .expect("a grant");
    CodeRecord {
        grant,
        redirect_uri: "https://service.example/callback".to_owned(),
        redirect_uri_given: true,
        code_challenge: Some(pkce::challenge_of(VERIFIER)),
        issued_at: NOW,
        customer_numbers: Vec::new(),
    }
}

/// `CLIENT QUERY`: a logout request.
pub(super) fn logout_request_of(data: &[u8]) {
    let Some((client, query)) = choose(data, CLIENTS.len()) else {
        return;
    };
    let client = &CLIENTS[client];
    let Ok(parameters) = form(query) else {
        return;
    };
    let raw = RawLogoutRequest(parameters);
    let session = SessionNamed {
        sids: ["a-sid", "an-older-sid"],
        subject: "an-account",
    };
    for hint in [HintedBy::Nothing, HintedBy::Forgery] {
        if let Err(error) = logout::client_named(&raw, &hint) {
            judge_error(&error);
        }
        for known in [None, Some(client)] {
            match logout::decide(&raw, &hint, known, Some(session)) {
                Ok(decided) => {
                    assert!(
                        matches!(decided, logout::Logout::Ask(_)),
                        "nobody was asked"
                    );
                    if let Destination::Client(uri) = decided.destination() {
                        assert!(uri.bytes().all(|b| b.is_ascii_graphic()), "{uri:?}");
                        let own = &client.post_logout_redirect_uris;
                        assert!(own.iter().any(|own| uri.starts_with(own.as_str())));
                    }
                }
                Err(error) => {
                    judge_error(&error);
                    assert_eq!(
                        error.rule.map(|rule| rule.name),
                        Some(rule::LOGOUT_URI.name)
                    );
                }
            }
        }
    }
}
