//! Verifies what a client signed with its own key (`private_key_jwt`, RFC 7523) or with its
//! secret, against what it registered. Which claims are required, including `exp`, `aud`
//! and `iss`, is decided in `oidc/`.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use crate::oidc::client::SigningAlgorithm;

/// Returns the claims of `token` if a key of `jwks` signed it with one of the `allowed`
/// algorithms.
///
/// A `kid` must name the key; without one, every key that fits the algorithm is tried.
/// Secret keys (`oct`) never verify, and a token with a critical extension (`crit`) is
/// refused.
#[must_use]
pub fn verify_with_jwks(
    token: &str,
    jwks: &Value,
    allowed: &[Algorithm],
) -> Option<Map<String, Value>> {
    let header = decode_header(token).ok()?;
    if !allowed.contains(&header.alg) || header.crit.is_some() {
        return None;
    }
    let jwks: JwkSet = serde_json::from_value(jwks.clone()).ok()?;
    let validation = signature_only(header.alg);
    let mut candidates = jwks.keys.iter().filter(|key| fits(key, &header));
    candidates.find_map(|key| {
        let key = DecodingKey::from_jwk(key).ok()?;
        let verified = decode(token, &key, &validation).ok()?;
        Some(verified.claims)
    })
}

/// Returns the claims of `token` if it is signed with `secret`, which is text, by one of
/// the `allowed` algorithms (OpenID Connect Core §10.1). Algorithms of key pairs are
/// refused.
#[must_use]
pub fn verify_with_secret(
    token: &str,
    secret: &str,
    allowed: &[Algorithm],
) -> Option<Map<String, Value>> {
    let header = decode_header(token).ok()?;
    let is_mac = header.alg == Algorithm::HS256 && allowed.contains(&header.alg);
    if !is_mac || header.crit.is_some() {
        return None;
    }
    let key = DecodingKey::from_secret(secret.as_bytes());
    let verified = decode(token, &key, &signature_only(header.alg)).ok()?;
    Some(verified.claims)
}

/// Returns the algorithm as the library names it.
#[must_use]
pub const fn algorithm(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Rs256 => Algorithm::RS256,
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::Ps256 => Algorithm::PS256,
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

/// Whether the key may verify a token with this header (RFC 7515 §6, RFC 7517 §4.2–4.5).
fn fits(key: &Jwk, header: &Header) -> bool {
    let named = header
        .kid
        .as_ref()
        .is_none_or(|kid| key.common.key_id.as_ref() == Some(kid));
    let signs = matches!(
        key.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let for_this = key
        .common
        .key_algorithm
        .is_none_or(|named| named.to_string().parse() == Ok(header.alg));
    named && signs && for_this && is_of_kind(key, header.alg)
}

fn is_of_kind(key: &Jwk, algorithm: Algorithm) -> bool {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match &key.algorithm {
        AlgorithmParameters::RSA(_) => {
            matches!(algorithm, RS256 | RS384 | RS512 | PS256 | PS384 | PS512)
        }
        AlgorithmParameters::EllipticCurve(params) => matches!(
            (&params.curve, algorithm),
            (EllipticCurve::P256, ES256) | (EllipticCurve::P384, ES384)
        ),
        AlgorithmParameters::OctetKeyPair(params) => {
            matches!((&params.curve, algorithm), (EllipticCurve::Ed25519, EdDSA))
        }
        _ => false,
    }
}

fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::keys::signature::{self, KeyPair};

    const ALLOWED: [Algorithm; 4] = [
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::ES256,
        Algorithm::EdDSA,
    ];

    /// Returns a client's key pair, and the public half as the client registers it.
    fn key(algorithm: SigningAlgorithm) -> (KeyPair, Value) {
        let private = signature::generate(algorithm).unwrap();
        let pair = KeyPair::parse(algorithm, &private).unwrap();
        let jwk = serde_json::to_value(pair.jwk().unwrap()).unwrap();
        (pair, jwk)
    }

    fn with(jwk: &Value, members: &Value) -> Value {
        let mut jwk = jwk.clone();
        let members = members.as_object().unwrap().clone();
        jwk.as_object_mut().unwrap().extend(members);
        jwk
    }

    fn signed(pair: &KeyPair, header: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        // Expired, and for another audience: neither is checked here.
        let claims = json!({ "iss": "client", "exp": 1, "aud": "elsewhere" });
        let mut token = format!("{}.{}", encode(header), encode(&claims));
        pair.sign(&mut token).unwrap();
        token
    }

    fn verifies(token: &str, keys: &[Value]) -> bool {
        let claims = verify_with_jwks(token, &json!({ "keys": keys }), &ALLOWED);
        claims.is_some_and(|claims| claims["iss"] == "client")
    }

    #[test]
    fn a_registered_key_verifies_with_or_without_its_name() {
        for &algorithm in SigningAlgorithm::ALL {
            let (pair, jwk) = key(algorithm);
            let (_, other) = key(algorithm);
            let keys = [
                with(&other, &json!({ "kid": "a" })),
                with(&jwk, &json!({ "kid": "b" })),
            ];
            let header = |kid: &str| json!({ "alg": algorithm.as_str(), "kid": kid });
            assert!(verifies(&signed(&pair, &header("b")), &keys), "{algorithm}");
            assert!(verifies(
                &signed(&pair, &json!({ "alg": algorithm.as_str() })),
                &keys
            ));
            assert!(!verifies(&signed(&pair, &header("a")), &keys));
            assert!(!verifies(&signed(&pair, &header("c")), &keys));
            assert!(!verifies(&signed(&pair, &header("b")), &keys[..1]));
        }
    }

    #[test]
    fn a_key_for_something_else_does_not_verify() {
        let (pair, jwk) = key(SigningAlgorithm::Es256);
        let token = signed(&pair, &json!({ "alg": "ES256" }));
        assert!(verifies(
            &token,
            &[with(&jwk, &json!({ "use": "sig", "alg": "ES256" }))]
        ));
        assert!(!verifies(&token, &[with(&jwk, &json!({ "use": "enc" }))]));
        assert!(!verifies(
            &token,
            &[with(&jwk, &json!({ "alg": "ECDH-ES" }))]
        ));
        assert!(!verifies(&token, &[with(&jwk, &json!({ "crv": "P-384" }))]));
    }

    #[test]
    fn an_rsa_key_does_not_verify_the_other_padding() {
        let (pair, jwk) = key(SigningAlgorithm::Rs256);
        assert!(!verifies(
            &signed(&pair, &json!({ "alg": "PS256" })),
            &[jwk]
        ));
    }

    #[test]
    fn an_algorithm_that_is_not_allowed_and_an_unknown_extension_are_refused() {
        let (pair, jwk) = key(SigningAlgorithm::Es256);
        let token = signed(&pair, &json!({ "alg": "ES256" }));
        let jwks = json!({ "keys": [jwk] });
        assert!(verify_with_jwks(&token, &jwks, &[Algorithm::RS256]).is_none());
        let crit = signed(&pair, &json!({ "alg": "ES256", "crit": ["exp"], "exp": 1 }));
        assert!(verify_with_jwks(&crit, &jwks, &ALLOWED).is_none());
        let none = signed(&pair, &json!({ "alg": "none" }));
        assert!(verify_with_jwks(&none, &jwks, &ALLOWED).is_none());
    }

    #[test]
    fn a_public_key_is_no_secret_to_verify_an_hmac_with() {
        let secret = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode([1; 32]) });
        let key = jsonwebtoken::EncodingKey::from_secret(&[1; 32]);
        let header = Header::new(Algorithm::HS256);
        let token = jsonwebtoken::encode(&header, &json!({ "iss": "client" }), &key).unwrap();
        let allowed = [Algorithm::HS256];
        let jwks = json!({ "keys": [secret] });
        assert!(verify_with_jwks(&token, &jwks, &allowed).is_none());
    }

    #[test]
    fn keys_for_encryption_beside_it_do_not_hinder_a_key() {
        let (pair, jwk) = key(SigningAlgorithm::Ps256);
        let coordinate = URL_SAFE_NO_PAD.encode([1; 32]);
        let keys = [
            json!({"kty": "OKP", "crv": "X25519", "x": coordinate, "use": "enc"}),
            json!({"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA", "alg": "ECDH-ES+A256KW"}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "enc", "alg": "RSA-OAEP-256"}),
            json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}),
            jwk,
        ];
        assert!(verifies(&signed(&pair, &json!({ "alg": "PS256" })), &keys));
    }

    fn with_secret(token: &str, secret: &str) -> bool {
        verify_with_secret(token, secret, &[Algorithm::HS256]).is_some()
    }

    fn signed_with(secret: &str, header: &Header) -> String {
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(header, &json!({ "iss": "client" }), &key).unwrap()
    }

    #[test]
    fn a_secret_verifies_what_was_signed_with_it_by_the_algorithm_allowed() {
        let token = signed_with("secret", &Header::new(Algorithm::HS256));
        assert!(with_secret(&token, "secret"));
        assert!(!with_secret(&token, "Secret"));
        assert!(!with_secret(&token, ""));
        assert!(verify_with_secret(&token, "secret", &[]).is_none());
        let longer = signed_with("secret", &Header::new(Algorithm::HS512));
        assert!(!with_secret(&longer, "secret"));
        assert!(verify_with_secret(&longer, "secret", &[Algorithm::HS512]).is_none());
        let mut crit = Header::new(Algorithm::HS256);
        crit.crit = Some(vec!["b64".to_owned()]);
        assert!(!with_secret(&signed_with("secret", &crit), "secret"));
        let (pair, _) = key(SigningAlgorithm::Es256);
        let by_a_key = signed(&pair, &json!({ "alg": "ES256" }));
        assert!(verify_with_secret(&by_a_key, "secret", &ALLOWED).is_none());
    }

    proptest! {
        #[test]
        fn a_changed_assertion_proves_nothing_and_no_text_panics(
            place in any::<prop::sample::Index>(),
            to in "[A-Za-z0-9_.=-]",
            text in "\\PC{0,60}",
        ) {
            let (pair, jwk) = key(SigningAlgorithm::EdDsa);
            let by_key = signed(&pair, &json!({ "alg": "EdDSA" }));
            let by_secret = signed_with("secret", &Header::new(Algorithm::HS256));
            let keys = [jwk];
            let proves = |token: &str| verifies(token, &keys) || with_secret(token, "secret");
            for token in [by_key, by_secret] {
                let mut changed = token.clone();
                let at = place.index(token.len());
                changed.replace_range(at..=at, &to);
                prop_assert_eq!(proves(&changed), changed == token);
            }
            prop_assert!(!proves(&text));
            let thrice = [text.as_str(); 3].join(".");
            prop_assert!(!proves(&thrice));
        }
    }

    #[test]
    fn what_is_no_jwks_or_no_token_verifies_nothing() {
        let (pair, jwk) = key(SigningAlgorithm::EdDsa);
        let token = signed(&pair, &json!({ "alg": "EdDSA" }));
        for jwks in [json!(null), json!([]), json!({ "keys": 1 }), jwk] {
            assert!(verify_with_jwks(&token, &jwks, &ALLOWED).is_none());
        }
        for token in ["", ".", "..", "a.b.c", "é.é.é"] {
            assert!(!verifies(token, &[]));
        }
    }
}
