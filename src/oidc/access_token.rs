//! The claims of an access token (RFC 9068 §2.2) and the type that they give it. Signing
//! and verifying tokens is done elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::authorization_details::AuthorizationDetail;
use super::authorization_request::ClaimRequest;
use super::client::{Client, ClientId};
use super::name_script::NameScript;
use super::scope::Scope;
use super::token_type::TokenType;
use crate::clock::Timestamp;

/// The `typ` header of an access token (RFC 9068 §2.1). It keeps our other tokens from
/// being accepted as access tokens.
pub const TYPE: &str = "at+jwt";

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccessTokenClaims {
    /// The issuer of the brand.
    pub iss: String,
    /// The user's `sub` for this client; the client itself if the token is for no user.
    pub sub: String,
    /// The servers that may accept the token: [`audience`].
    pub aud: Vec<String>,
    /// The client to which the token was issued.
    pub client_id: ClientId,
    /// When the token was issued.
    pub iat: Timestamp,
    /// When the token expires.
    pub exp: Timestamp,
    /// Identifies the token.
    pub jti: String,
    /// The scope granted.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// When the user authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    /// How strongly the user authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The authorization details granted (RFC 9396 §9.1).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<AuthorizationDetail>,
    /// The claims requested from UserInfo by the `claims` parameter. They are in the token
    /// because the UserInfo endpoint stores nothing itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_claims: Option<BTreeMap<String, Option<ClaimRequest>>>,
    /// The scripts requested by `claims_locales`, for the same reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims_locales: Vec<NameScript>,
}

/// A signed access token and what its client must be told to use it (RFC 6749 §5.1).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct IssuedAccessToken {
    /// The signed token.
    #[serde(rename = "access_token")]
    pub text: String,
    /// How the token must be presented.
    pub token_type: TokenType,
    /// Lifetime of the token, in seconds.
    pub expires_in: u64,
}

/// Omits the token.
impl fmt::Debug for IssuedAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedAccessToken")
            .field("token_type", &self.token_type)
            .finish_non_exhaustive()
    }
}

impl AccessTokenClaims {
    /// Returns the type of a token with these claims. A claim that binds the token to a key
    /// (`cnf`, taken from the grant) would decide it; no token is bound yet.
    #[must_use]
    pub const fn token_type(&self) -> TokenType {
        TokenType::Bearer
    }
}

/// Returns `aud`: the issuer, for its UserInfo endpoint, and the client's own servers.
#[must_use]
pub fn audience(issuer: &str, client: &Client) -> Vec<String> {
    std::iter::once(issuer.to_owned())
        .chain(client.audience.iter().cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::client::sample;

    #[test]
    fn a_token_says_what_rfc_9068_asks_and_no_more() {
        let client = Client {
            audience: vec!["https://api.example".to_owned()],
            ..sample()
        };
        let claims = AccessTokenClaims {
            iss: "https://id.example".to_owned(),
            sub: "maintenance".to_owned(),
            aud: audience("https://id.example", &client),
            client_id: client.client_id,
            iat: Timestamp(10),
            exp: Timestamp(20),
            jti: "j".to_owned(),
            scope: Scope::default(),
            auth_time: None,
            acr: None,
            authorization_details: Vec::new(),
            userinfo_claims: None,
            claims_locales: Vec::new(),
        };
        assert_eq!(
            serde_json::to_value(&claims).unwrap(),
            json!({
                "iss": "https://id.example", "sub": "maintenance", "aud": ["https://id.example", "https://api.example"],
                "client_id": "maintenance", "iat": 10, "exp": 20, "jti": "j",
            })
        );
        let of_a_person = AccessTokenClaims {
            scope: "openid profile".parse().unwrap(),
            auth_time: Some(Timestamp(5)),
            authorization_details: vec![AuthorizationDetail::linked("20100")],
            userinfo_claims: Some(BTreeMap::from([("name".to_owned(), None)])),
            claims_locales: vec![NameScript::Kana],
            ..claims
        };
        let written = serde_json::to_value(of_a_person).unwrap();
        assert_eq!(written["scope"], "openid profile");
        assert_eq!(
            written["authorization_details"],
            json!([{"type": "dealer_link", "identifier": "20100"}])
        );
        assert_eq!(written["userinfo_claims"], json!({"name": null}));
        assert_eq!(written["claims_locales"], json!(["ja-Kana-JP"]));
    }
}
