//! Decides which keys a client may register (RFC 7517, RFC 7518 §6, RFC 8037). One JWK Set
//! holds both the keys that verify the client's signatures and the keys for encryption.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::{Unlawful, refuse};
use crate::oidc::client::Client;
use crate::oidc::encryption::choose_key;

/// JWK members that only private and symmetric keys have.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Minimum length of an RSA modulus, in bytes (RFC 7518 §3.3).
const SHORTEST_RSA: usize = 256;

/// Checks a JWK Set; the error is the reason for which it is refused.
pub(super) fn check(jwks: &Value) -> Result<(), String> {
    let keys = jwks.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or("must be a JWK Set: an object with an array keys")?;
    if keys.is_empty() {
        return Err("holds no key".to_owned());
    }
    let mut kids = BTreeSet::new();
    for key in keys {
        let key = key.as_object().ok_or("a key is not an object")?;
        one(key)?;
        let kid = key.get("kid").and_then(Value::as_str);
        if (keys.len() > 1 && kid.is_none()) || !kids.insert(kid) {
            return Err("each of several keys needs a kid of its own".to_owned());
        }
    }
    Ok(())
}

/// Whether the JWK Set has a key that can verify the client's signatures. Keys for
/// encryption, and keys on curves without a signature algorithm, cannot.
pub(super) fn sign(jwks: &Value) -> bool {
    let keys = jwks.get("keys").and_then(Value::as_array);
    keys.into_iter().flatten().any(|key| {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let signs = match text("crv") {
            Some(crv) => ["P-256", "Ed25519"].contains(&crv),
            None => true,
        };
        signs && text("use").is_none_or(|meant| meant == "sig")
    })
}

/// Checks that the registered `jwks` has a key for each encryption algorithm of the client
/// (Dynamic Client Registration 1.0 §2). Keys at a `jwks_uri` are checked only when used.
pub(super) fn that_are_encrypted_to(client: &Client, wrong: &mut Vec<Unlawful>) {
    let Some(jwks) = &client.jwks else { return };
    for (field, alg) in [
        (
            "id_token_encrypted_response_alg",
            client.id_token_encrypted_response_alg,
        ),
        (
            "userinfo_encrypted_response_alg",
            client.userinfo_encrypted_response_alg,
        ),
    ] {
        let Some(alg) = alg else { continue };
        if choose_key(jwks, alg).is_none() {
            let reason =
                format!("no key in jwks can be encrypted to by {alg}: add one with use enc");
            refuse(wrong, field, reason);
        }
    }
}

fn one(key: &Map<String, Value>) -> Result<(), &'static str> {
    if PRIVATE.iter().any(|member| key.contains_key(*member)) {
        return Err("a key is private or symmetric: register public keys, and change this one");
    }
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let size = |name: &str| {
        let bytes = text(name).and_then(|value| URL_SAFE_NO_PAD.decode(value).ok());
        bytes.map_or(0, |bytes| bytes.len())
    };
    match (text("kty"), text("crv")) {
        (Some("RSA"), _) if size("n") < SHORTEST_RSA || size("e") == 0 => {
            Err("an RSA key must have at least 2048 bits")
        }
        (Some("RSA"), _) => Ok(()),
        (Some("EC"), Some("P-256")) if size("x") == 32 && size("y") == 32 => Ok(()),
        (Some("EC"), Some("P-384")) if size("x") == 48 && size("y") == 48 => Ok(()),
        (Some("EC"), Some("P-521")) if size("x") == 66 && size("y") == 66 => Ok(()),
        (Some("OKP"), Some("Ed25519" | "X25519")) if size("x") == 32 => Ok(()),
        _ => Err(
            "a key must be RSA, EC on P-256, P-384 or P-521, or OKP on Ed25519 or X25519, and whole",
        ),
    }
}
