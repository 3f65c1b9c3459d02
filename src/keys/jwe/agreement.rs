//! Key agreement with elliptic curves (RFC 7518 §4.6): one side uses a registered or
//! published key, the other an ephemeral key made for this message.

use aws_lc_rs::agreement::{
    Algorithm, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey, UnparsedPublicKey, X25519, agree,
};
use aws_lc_rs::digest::{self, SHA256_OUTPUT_LEN};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::oidc::encryption::Curve;

/// The use of the derived key, which is part of the derivation (RFC 7518 §4.6.2).
pub(super) struct KeyInfo<'i> {
    /// The name of the algorithm that uses the key.
    pub(super) algorithm: &'i str,
    /// The length of the derived key, in bytes.
    pub(super) length: usize,
    /// The information about the sender (`apu`).
    pub(super) apu: &'i [u8],
    /// The information about the recipient (`apv`).
    pub(super) apv: &'i [u8],
}

/// The other side's public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) curve: Curve,
    /// The uncompressed point (SEC 1 §2.3.3); for X25519 the single coordinate.
    pub(super) bytes: Vec<u8>,
}

impl Point {
    /// Reads the public key of a JWK. Whether the point is on its curve is checked when it
    /// is used.
    pub(super) fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let curve: Curve = text("crv")?.parse().ok()?;
        let coordinate = |name: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text(name)?).ok()?;
            (bytes.len() == coordinate_length(curve)).then_some(bytes)
        };
        let bytes = match (curve, text("kty")?) {
            (Curve::X25519, "OKP") => coordinate("x")?,
            (Curve::P256 | Curve::P384 | Curve::P521, "EC") => {
                [vec![4], coordinate("x")?, coordinate("y")?].concat()
            }
            _ => return None,
        };
        Some(Self { curve, bytes })
    }

    /// Returns the key as a JWK (RFC 7518 §6.2.1, RFC 8037 §2).
    pub(super) fn to_jwk(&self) -> Map<String, Value> {
        let encode = |bytes: &[u8]| Value::from(URL_SAFE_NO_PAD.encode(bytes));
        let mut jwk = Map::new();
        let mut put = |name: &str, value: Value| jwk.insert(name.to_owned(), value);
        put("crv", Value::from(self.curve.as_str()));
        match self.bytes.split_first() {
            Some((4, both)) if self.curve != Curve::X25519 => {
                let (x, y) = both.split_at(both.len() / 2);
                put("kty", Value::from("EC"));
                put("x", encode(x));
                put("y", encode(y));
            }
            _ => {
                put("kty", Value::from("OKP"));
                put("x", encode(&self.bytes));
            }
        }
        jwk
    }

    /// Returns the public half of a private key.
    pub(super) fn of(private: &PrivateKey, curve: Curve) -> Option<Self> {
        let public = private.compute_public_key().ok()?;
        Some(Self {
            curve,
            bytes: public.as_ref().to_vec(),
        })
    }
}

pub(super) const fn algorithm(curve: Curve) -> &'static Algorithm {
    match curve {
        Curve::P256 => &ECDH_P256,
        Curve::P384 => &ECDH_P384,
        Curve::P521 => &ECDH_P521,
        Curve::X25519 => &X25519,
    }
}

const fn coordinate_length(curve: Curve) -> usize {
    match curve {
        Curve::P256 | Curve::X25519 => 32,
        Curve::P384 => 48,
        Curve::P521 => 66,
    }
}

/// Returns the key that `private` and `other` share; `None` if `other` is not a point of
/// that curve.
pub(super) fn shared_key(
    private: &PrivateKey,
    other: &Point,
    info: &KeyInfo<'_>,
) -> Option<Zeroizing<Vec<u8>>> {
    let public = UnparsedPublicKey::new(algorithm(other.curve), other.bytes.as_slice());
    agree(private, public, (), |secret| Ok(concat_kdf(secret, info))).ok()
}

/// Derives a key with the Concat KDF of NIST SP 800-56A §5.8.1 and SHA-256, with the input
/// of RFC 7518 §4.6.2.
fn concat_kdf(secret: &[u8], info: &KeyInfo<'_>) -> Zeroizing<Vec<u8>> {
    let long = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    let mut key = Zeroizing::new(Vec::with_capacity(info.length + SHA256_OUTPUT_LEN));
    let mut round: u32 = 0;
    while key.len() < info.length {
        round += 1;
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&round.to_be_bytes());
        context.update(secret);
        for part in [info.algorithm.as_bytes(), info.apu, info.apv] {
            context.update(&long(part.len()));
            context.update(part);
        }
        context.update(&long(info.length * 8));
        key.extend_from_slice(context.finish().as_ref());
    }
    key.truncate(info.length);
    key
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn decoded(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn the_key_agreed_on_is_that_of_rfc_7518_appendix_c() {
        let alice = decoded("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo");
        let alice = PrivateKey::from_private_key(&ECDH_P256, &alice).unwrap();
        let bob = json!({
            "kty": "EC", "crv": "P-256",
            "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
            "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
        });
        let bob = Point::from_jwk(bob.as_object().unwrap()).unwrap();
        let info = KeyInfo {
            algorithm: "A128GCM",
            length: 16,
            apu: b"Alice",
            apv: b"Bob",
        };
        let key = shared_key(&alice, &bob, &info).unwrap();
        assert_eq!(*key, decoded("VqqN6vgjbSBcIijNcacQGg"));
    }

    #[test]
    fn both_sides_agree_on_every_curve_and_a_point_reads_as_it_was_written() {
        for &curve in Curve::ALL {
            let pair = || PrivateKey::generate(algorithm(curve)).unwrap();
            let (one, other) = (pair(), pair());
            let info = KeyInfo {
                algorithm: "A256CBC-HS512",
                length: 64,
                apu: b"",
                apv: b"",
            };
            let read = |private| {
                let point = Point::of(private, curve).unwrap();
                let read = Point::from_jwk(&point.to_jwk()).unwrap();
                assert_eq!(read, point);
                read
            };
            let key = shared_key(&one, &read(&other), &info).unwrap();
            assert_eq!(key.len(), 64);
            assert_eq!(key, shared_key(&other, &read(&one), &info).unwrap());
        }
    }

    #[test]
    fn what_is_no_point_of_the_curve_gives_no_key() {
        let private = PrivateKey::generate(&ECDH_P256).unwrap();
        let info = KeyInfo {
            algorithm: "A128GCM",
            length: 16,
            apu: b"",
            apv: b"",
        };
        let good = Point::of(&private, Curve::P256).unwrap();
        let mut off = good.clone();
        off.bytes[40] ^= 1;
        assert!(shared_key(&private, &off, &info).is_none());
        let other = PrivateKey::generate(&ECDH_P384).unwrap();
        let other = Point::of(&other, Curve::P384).unwrap();
        assert!(shared_key(&private, &other, &info).is_none());
        let zero = Point {
            curve: Curve::X25519,
            bytes: vec![0; 32],
        };
        let private = PrivateKey::generate(&X25519).unwrap();
        assert!(shared_key(&private, &zero, &info).is_none());

        let jwk = good.to_jwk();
        for (member, value) in [
            ("crv", json!("P-384")),
            ("crv", json!("X25519")),
            ("kty", json!("OKP")),
            ("x", json!("AAAA")),
            ("y", json!(7)),
            ("y", json!("=")),
        ] {
            let mut jwk = jwk.clone();
            jwk.insert(member.to_owned(), value);
            assert_eq!(Point::from_jwk(&jwk), None, "{jwk:?}");
        }
    }
}
