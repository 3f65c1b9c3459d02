//! The claims of an ID token (OpenID Connect Core §2, §3.1.3.6): who logged in and how. It
//! contains claims about the user only if the client requested them for the ID token.

use aws_lc_rs::digest::{self, Algorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::client::{ClientId, SigningAlgorithm};
use crate::clock::Timestamp;

/// The claims of an ID token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IdTokenClaims {
    /// The issuer of the brand.
    pub iss: String,
    /// The user's `sub` for this client.
    pub sub: String,
    /// The client. It is the only audience, so `azp` is not needed.
    pub aud: ClientId,
    /// When the token was issued.
    pub iat: Timestamp,
    /// When the token expires.
    pub exp: Timestamp,
    /// When the user authenticated.
    pub auth_time: Timestamp,
    /// The `nonce` of the authorization request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// How strongly the user authenticated.
    pub acr: String,
    /// The authentication methods used (RFC 8176).
    pub amr: Vec<String>,
    /// The browser session, with which the client recognises a logout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Hash of the access token issued together with it: [`half_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// Hash of the code issued together with it (§3.3.2.11): [`half_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<String>,
    /// Hash of the client's `state` (FAPI 1.0 Part 2 §5.1.1): [`half_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s_hash: Option<String>,
    /// The requested claims about the user: [`super::claims::for_id_token`].
    #[serde(flatten)]
    pub requested: Map<String, Value>,
}

/// Returns the left half of a token's hash, with the hash function of the ID token's
/// algorithm (§3.1.3.6).
#[must_use]
pub fn half_hash(algorithm: SigningAlgorithm, token: &str) -> String {
    let hash = digest::digest(hash_of(algorithm), token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

fn hash_of(algorithm: SigningAlgorithm) -> &'static Algorithm {
    match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Es256 | SigningAlgorithm::Ps256 => {
            &digest::SHA256
        }
        // Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
        SigningAlgorithm::EdDsa => &digest::SHA512,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_half_hash_is_that_of_the_specifications_example() {
        // OpenID Connect Core, Appendix A.3.
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(
            half_hash(SigningAlgorithm::Rs256, token),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        assert_eq!(half_hash(SigningAlgorithm::EdDsa, token).len(), 43);
    }

    #[test]
    fn what_is_not_there_is_not_written() {
        let claims = IdTokenClaims {
            iss: "https://id.example".to_owned(),
            sub: "s".to_owned(),
            aud: ClientId("c".to_owned()),
            iat: Timestamp(10),
            exp: Timestamp(20),
            auth_time: Timestamp(5),
            nonce: None,
            acr: "0".to_owned(),
            amr: vec!["pwd".to_owned()],
            sid: None,
            at_hash: None,
            c_hash: None,
            s_hash: None,
            requested: Map::from_iter([("email".to_owned(), json!("a@example.jp"))]),
        };
        assert_eq!(
            serde_json::to_value(claims).unwrap(),
            json!({
                "iss": "https://id.example", "sub": "s", "aud": "c", "iat": 10, "exp": 20, "auth_time": 5,
                "acr": "0", "amr": ["pwd"], "email": "a@example.jp",
            })
        );
    }
}
