//! The public half of a key in the form that others read (RFC 7517), and its thumbprint
//! (RFC 7638). No type here can hold a private member.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

/// The members of a public key, ordered by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct PublicJwk(BTreeMap<&'static str, String>);

impl PublicJwk {
    /// Makes an RSA key of modulus and exponent, big-endian (RFC 7518 §6.3.1).
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Self {
        Self::of("RSA", [("n", encode(n)), ("e", encode(e))])
    }

    /// Makes a P-256 key of its coordinates, each of 32 bytes (RFC 7518 §6.2.1).
    pub(super) fn p256(x: &[u8; 32], y: &[u8; 32]) -> Self {
        let crv = ("crv", "P-256".to_owned());
        Self::of("EC", [crv, ("x", encode(x)), ("y", encode(y))])
    }

    /// Makes an Ed25519 key (RFC 8037 §2).
    pub(super) fn ed25519(x: &[u8]) -> Self {
        Self::of("OKP", [("crv", "Ed25519".to_owned()), ("x", encode(x))])
    }

    /// Makes a key of members, keeping only the public ones that are required.
    pub(super) fn of_members(members: &Map<String, Value>) -> Self {
        let known = ["crv", "e", "kty", "n", "x", "y"];
        let text = |name| Some((name, members.get(name)?.as_str()?.to_owned()));
        Self(known.into_iter().filter_map(text).collect())
    }

    fn of(kty: &str, members: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let kty = ("kty", kty.to_owned());
        Self(members.into_iter().chain([kty]).collect())
    }

    /// Returns the thumbprint: the hash of the required members (RFC 7638 §3), which are
    /// all members here.
    pub(super) fn thumbprint(&self) -> Result<String, serde_json::Error> {
        let canonical = serde_json::to_vec(self)?;
        let hash = digest::digest(&digest::SHA256, &canonical);
        Ok(encode(hash.as_ref()))
    }

    /// Adds `kid`, `alg` and `use`, as the JWK Set has them.
    pub(super) fn published(&self, kid: &str, key_use: &str, alg: &str) -> Self {
        let mut published = self.clone();
        for (name, value) in [("kid", kid), ("alg", alg), ("use", key_use)] {
            published.0.insert(name, value.to_owned());
        }
        published
    }
}

/// Returns the keys as in a JWK Set (RFC 7517 §5), without the brackets around them.
pub(super) fn listed<'k>(
    keys: impl Iterator<Item = &'k PublicJwk>,
) -> Result<Arc<str>, serde_json::Error> {
    let keys: Result<Vec<_>, _> = keys.map(serde_json::to_string).collect();
    Ok(Arc::from(keys?.join(",")))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_the_one_in_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_\
            BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_\
            FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI\
            4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let n = URL_SAFE_NO_PAD.decode(n).unwrap();
        let jwk = PublicJwk::rsa(&n, &[1, 0, 1]);
        assert_eq!(
            jwk.thumbprint().unwrap(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn the_thumbprint_of_an_ed25519_key_is_the_one_in_rfc_8037() {
        // RFC 8037, Appendix A.3.
        let x = URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap();
        let jwk = PublicJwk::ed25519(&x);
        assert_eq!(
            jwk.thumbprint().unwrap(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }
}
