//! The successful response of the token endpoint (RFC 6749 §5.1, OpenID Connect Core
//! §3.1.3.3, RFC 9396 §7).

use std::fmt;

use serde::Serialize;

use super::access_token::IssuedAccessToken;
use super::authorization_details::AuthorizationDetail;
use super::scope::Scope;

/// A successful token response.
#[derive(Clone, PartialEq, Serialize)]
pub struct TokenResponse {
    /// The access token, with its type and lifetime.
    #[serde(flatten)]
    pub access_token: IssuedAccessToken,
    /// The refresh token, if one was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token, if one was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// The scope granted. It is always included, since it may be less than was requested.
    pub scope: Scope,
    /// The authorization details granted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details: Vec<AuthorizationDetail>,
}

/// Omits the tokens.
impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::token_type::TokenType;

    #[test]
    fn an_answer_says_what_was_granted_and_prints_no_token() {
        let answer = TokenResponse {
            access_token: IssuedAccessToken {
                text: "secret-1".to_owned(),
                token_type: TokenType::Bearer,
                expires_in: 300,
            },
            refresh_token: None,
            id_token: Some("secret-2".to_owned()),
            scope: "openid".parse().unwrap(),
            authorization_details: Vec::new(),
        };
        assert!(!format!("{answer:?}").contains("secret"));
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            json!({"access_token": "secret-1", "token_type": "Bearer", "expires_in": 300, "id_token": "secret-2", "scope": "openid"})
        );
    }
}
