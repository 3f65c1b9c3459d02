//! What an access token says (RFC 9068 §2.2).

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

/// The `typ` of an access token's header (RFC 9068 §2.1): no other token of
/// ours can be taken for one.
pub const TYPE: &str = "at+jwt";

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccessTokenClaims {
    /// The brand.
    pub iss: String,
    /// The person as this client knows them; the client itself, where there is none.
    pub sub: String,
    /// Whom it is meant for: [`audience`].
    pub aud: Vec<String>,
    /// To whom it was given.
    pub client_id: ClientId,
    /// When it was made.
    pub iat: Timestamp,
    /// When it ends.
    pub exp: Timestamp,
    /// Its own name.
    pub jti: String,
    /// What it may do.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// When the person authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<Timestamp>,
    /// How strongly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// Authorization details granted (RFC 9396 §9.1).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<AuthorizationDetail>,
    /// What `claims` asked of the UserInfo endpoint, which remembers nothing itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_claims: Option<BTreeMap<String, Option<ClaimRequest>>>,
    /// In which scripts, likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims_locales: Vec<NameScript>,
}

/// An access token that was signed, with what its client must know to use it (RFC 6749
/// §5.1).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct IssuedAccessToken {
    /// The token.
    #[serde(rename = "access_token")]
    pub text: String,
    /// How it is to be presented.
    pub token_type: TokenType,
    /// How long it lives, in seconds.
    pub expires_in: u64,
}

/// Without the token.
impl fmt::Debug for IssuedAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedAccessToken")
            .field("token_type", &self.token_type)
            .finish_non_exhaustive()
    }
}

impl AccessTokenClaims {
    /// The type of a token with these claims. A claim that binds it to a key (`cnf`, which
    /// a grant brings) would decide; no token is bound yet.
    #[must_use]
    pub const fn token_type(&self) -> TokenType {
        TokenType::Bearer
    }
}

/// `aud`: the issuer, for its UserInfo endpoint, and the client's own servers.
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
