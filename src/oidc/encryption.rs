//! The algorithms of JSON Web Encryption (RFC 7518 §4–5) with which tokens are encrypted,
//! and the choice of the recipient's key.

use serde_json::{Map, Value};

crate::wire_words! {
    /// Key management algorithm of a JWE (`alg`). RSA1_5 is not supported: its padding lets
    /// an attacker who can make many attempts decrypt what is not meant for them.
    pub enum KeyManagementAlgorithm {
        /// RSAES OAEP with SHA-256.
        RsaOaep256 = "RSA-OAEP-256",
        /// Elliptic curve key agreement; the agreed key is used directly.
        EcdhEs = "ECDH-ES",
        /// The same; the agreed key wraps another key of 128 bits.
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        /// The same; the agreed key wraps another key of 256 bits.
        EcdhEsA256Kw = "ECDH-ES+A256KW",
    }
}

crate::wire_words! {
    /// Content encryption algorithm of a JWE (`enc`).
    pub enum ContentEncryption {
        /// AES-128 in CBC with HMAC SHA-256; the default.
        A128CbcHs256 = "A128CBC-HS256",
        /// AES-256 in CBC with HMAC SHA-512.
        A256CbcHs512 = "A256CBC-HS512",
        /// AES-128 in GCM.
        A128Gcm = "A128GCM",
        /// AES-256 in GCM.
        A256Gcm = "A256GCM",
    }
}

crate::wire_words! {
    /// The curves for key agreement (RFC 7518 §6.2.1.1, RFC 8037 §2).
    pub enum Curve {
        /// NIST P-256.
        P256 = "P-256",
        /// NIST P-384.
        P384 = "P-384",
        /// NIST P-521.
        P521 = "P-521",
        /// Curve25519.
        X25519 = "X25519",
    }
}

/// How tokens for a client are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// Key management algorithm.
    pub alg: KeyManagementAlgorithm,
    /// Content encryption algorithm (`enc`, RFC 7516 §4.1.2).
    pub enc: ContentEncryption,
}

impl Encryption {
    /// Returns the encryption that a client registered: none without `alg`, and AES-128 in
    /// CBC with HMAC SHA-256 without `enc` (Dynamic Client Registration 1.0 §2).
    #[must_use]
    pub fn registered(
        alg: Option<KeyManagementAlgorithm>,
        enc: Option<ContentEncryption>,
    ) -> Option<Self> {
        Some(Self {
            alg: alg?,
            enc: enc.unwrap_or(ContentEncryption::A128CbcHs256),
        })
    }
}

/// Returns the key of a JWK Set with which to encrypt. A key marked for this algorithm is
/// preferred to an unmarked one, and a key for signatures is never used (RFC 7517
/// §4.2–4.4).
#[must_use]
pub fn choose_key(jwks: &Value, alg: KeyManagementAlgorithm) -> Option<&Map<String, Value>> {
    let keys = jwks.get("keys")?.as_array()?;
    keys.iter()
        .filter_map(Value::as_object)
        .filter_map(|key| Some((fitness(key, alg)?, key)))
        // Of equally suitable keys the first is used: `max_by_key` would return the last.
        .rev()
        .max_by_key(|(fitness, _)| *fitness)
        .map(|(_, key)| key)
}

/// Returns how well a key suits `alg`; `None` if it cannot be used.
fn fitness(key: &Map<String, Value>, alg: KeyManagementAlgorithm) -> Option<u8> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let is_of_kind = match (alg, text("kty")?) {
        (KeyManagementAlgorithm::RsaOaep256, kty) => kty == "RSA",
        (_, "EC") => text("crv")?.starts_with("P-"),
        (_, "OKP") => text("crv")? == Curve::X25519.as_str(),
        _ => false,
    };
    let is_curve = text("crv").is_none_or(|crv| crv.parse::<Curve>().is_ok());
    let operations = key.get("key_ops").and_then(Value::as_array);
    let may = operations.is_none_or(|all| {
        let usual = ["encrypt", "wrapKey", "deriveKey", "deriveBits"];
        all.iter()
            .filter_map(Value::as_str)
            .any(|one| usual.contains(&one))
    });
    if !is_of_kind || !is_curve || !may {
        return None;
    }
    let named = match text("alg") {
        None => 0,
        Some(named) if named == alg.as_str() => 1,
        Some(_) => return None,
    };
    let meant = match text("use") {
        None => 0,
        Some("enc") => 2,
        Some(_) => return None,
    };
    Some(named + meant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chosen(keys: &Value, alg: KeyManagementAlgorithm) -> Option<String> {
        let jwks = json!({ "keys": keys });
        let key = choose_key(&jwks, alg)?;
        Some(key["kid"].as_str().unwrap().to_owned())
    }

    #[test]
    fn the_key_that_is_meant_for_it_comes_first_and_one_for_signatures_never() {
        use KeyManagementAlgorithm::{EcdhEs, EcdhEsA256Kw, RsaOaep256};
        let keys = json!([
            {"kty": "RSA", "kid": "signs", "use": "sig"},
            {"kty": "RSA", "kid": "signs too", "alg": "RS256"},
            {"kty": "RSA", "kid": "other", "use": "enc", "alg": "RSA-OAEP"},
            {"kty": "RSA", "kid": "any"},
            {"kty": "RSA", "kid": "meant", "use": "enc"},
            {"kty": "RSA", "kid": "meant as well", "use": "enc"},
            {"kty": "EC", "crv": "P-256", "kid": "named", "alg": "ECDH-ES"},
            {"kty": "OKP", "crv": "Ed25519", "kid": "edwards", "use": "enc"},
            {"kty": "OKP", "crv": "X25519", "kid": "montgomery", "use": "enc"},
            {"kty": "EC", "crv": "P-384", "kid": "exactly", "use": "enc", "alg": "ECDH-ES"},
            {"kty": "oct", "kid": "symmetric"},
        ]);
        assert_eq!(chosen(&keys, RsaOaep256).as_deref(), Some("meant"));
        assert_eq!(chosen(&keys, EcdhEs).as_deref(), Some("exactly"));
        assert_eq!(chosen(&keys, EcdhEsA256Kw).as_deref(), Some("montgomery"));
    }

    #[test]
    fn where_nothing_fits_nothing_is_chosen() {
        for keys in [
            json!([]),
            json!([{"kty": "EC", "crv": "P-256", "kid": "a", "use": "sig"}]),
            json!([{"kty": "EC", "crv": "P-256", "kid": "a", "alg": "ES256"}]),
            json!([{"kty": "EC", "crv": "P-256K", "kid": "a", "use": "enc"}]),
            json!([{"kty": "EC", "crv": "P-256", "kid": "a", "key_ops": ["verify"]}]),
            json!([{"kty": "EC", "kid": "a", "use": "enc"}]),
            json!([{"kid": "a"}, 7, null]),
        ] {
            for &alg in KeyManagementAlgorithm::ALL {
                assert_eq!(chosen(&keys, alg), None, "{keys}");
            }
        }
        assert!(choose_key(&json!("keys"), KeyManagementAlgorithm::EcdhEs).is_none());
    }

    #[test]
    fn a_cipher_that_is_not_named_is_the_default_and_without_alg_there_is_none() {
        let alg = KeyManagementAlgorithm::EcdhEs;
        let encryption = Encryption::registered(Some(alg), None).unwrap();
        assert_eq!(encryption.enc, ContentEncryption::A128CbcHs256);
        let gcm = ContentEncryption::A256Gcm;
        assert_eq!(Encryption::registered(None, Some(gcm)), None);
    }
}
