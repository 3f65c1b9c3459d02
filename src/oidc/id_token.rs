//! What an ID token says (OpenID Connect Core §2, §3.1.3.6). It tells the client
//! who logged in and how; of the person only what was asked of it.

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
    /// The brand.
    pub iss: String,
    /// The person, as this client knows them.
    pub sub: String,
    /// The client; the only audience, so that `azp` says nothing more.
    pub aud: ClientId,
    /// When it was made.
    pub iat: Timestamp,
    /// When it is no longer to be believed.
    pub exp: Timestamp,
    /// When the person authenticated.
    pub auth_time: Timestamp,
    /// From the authorization request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// How strongly the person authenticated.
    pub acr: String,
    /// By what (RFC 8176).
    pub amr: Vec<String>,
    /// The browser session, for logging out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Binds the access token that came with it: [`half_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// Binds the code that came with it (§3.3.2.11), likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<String>,
    /// Binds the client's `state` (FAPI 1.0 Part 2 §5.1.1), likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s_hash: Option<String>,
    /// What was asked for of the person: [`super::claims::for_id_token`].
    #[serde(flatten)]
    pub requested: Map<String, Value>,
}

/// The left half of a token's hash, by the ID token's algorithm (§3.1.3.6).
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
