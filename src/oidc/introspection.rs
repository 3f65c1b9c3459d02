//! The response of the introspection endpoint (RFC 7662 §2.2): the claims of an active
//! token, and for every other token only that it is inactive.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::client::ClientId;
use super::scope::Scope;
use super::token_type::TokenType;
use crate::clock::Timestamp;

/// The claims of an access token that are disclosed (RFC 7662 §2.2, RFC 9068 §2.2, RFC 9396
/// §9.2).
const TOLD: [&str; 10] = [
    "iss",
    "sub",
    "aud",
    "client_id",
    "exp",
    "iat",
    "scope",
    "auth_time",
    "acr",
    "authorization_details",
];

/// An introspection response.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Introspection(Map<String, Value>);

impl Introspection {
    /// Builds the response for a token that is unknown, expired or revoked, or that the
    /// client may not introspect.
    #[must_use]
    pub fn inactive() -> Self {
        Self(members([("active", json!(false))]))
    }

    /// Builds the response for an active access token from its type and claims.
    #[must_use]
    pub fn of_access_token(token_type: TokenType, claims: Map<String, Value>) -> Self {
        let mut told = members([("active", json!(true)), ("token_type", json!(token_type))]);
        let claims = claims.into_iter();
        told.extend(claims.filter(|(name, _)| TOLD.contains(&name.as_str())));
        Self(told)
    }

    /// Builds the response for an active refresh token.
    #[must_use]
    pub fn of_refresh_token(
        issuer: &str,
        client_id: &ClientId,
        subject: &str,
        scope: &Scope,
        expires_at: Timestamp,
    ) -> Self {
        Self(members([
            ("active", json!(true)),
            ("iss", json!(issuer)),
            ("client_id", json!(client_id)),
            ("sub", json!(subject)),
            ("scope", json!(scope)),
            ("exp", json!(expires_at)),
        ]))
    }
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_told_of_a_token_that_is_not_good() {
        assert_eq!(
            serde_json::to_value(Introspection::inactive()).unwrap(),
            json!({"active": false})
        );
    }

    #[test]
    fn of_an_access_token_only_what_the_rfcs_name_is_told() {
        let claims = json!({
            "iss": "https://id.example", "sub": "s", "scope": "openid", "exp": 20, "jti": "sealed",
            "userinfo_claims": {"name": null}, "active": false,
        });
        assert_eq!(
            serde_json::to_value(Introspection::of_access_token(
                TokenType::Bearer,
                claims.as_object().unwrap().clone()
            ))
            .unwrap(),
            json!({
                "active": true, "token_type": "Bearer", "iss": "https://id.example", "sub": "s", "scope": "openid", "exp": 20,
            })
        );
    }

    #[test]
    fn a_refresh_token_is_told_without_a_type() {
        let told = Introspection::of_refresh_token(
            "https://id.example",
            &ClientId("c".to_owned()),
            "s",
            &"openid".parse().unwrap(),
            Timestamp(20),
        );
        assert_eq!(
            serde_json::to_value(told).unwrap(),
            json!({"active": true, "iss": "https://id.example", "client_id": "c", "sub": "s", "scope": "openid", "exp": 20})
        );
    }
}
