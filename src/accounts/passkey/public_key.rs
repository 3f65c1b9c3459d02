//! The public key of a credential: reads a `COSE_Key` (RFC 9052 §7, RFC 9053) of one of the
//! requested algorithms, and verifies signatures with it.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};

use super::cbor::{self, Item};

/// The requested algorithms by their COSE numbers, the preferred one first: EdDSA with
/// Ed25519, ES256, RS256 (§5.8.5 and the IANA registry).
pub const ALGORITHMS: [i64; 3] = [ED_DSA, ES256, RS256];

const ED_DSA: i64 = -8;
const ES256: i64 = -7;
const RS256: i64 = -257;

// The labels of a key's parameters: RFC 9052 §7.1, RFC 9053 §7, and RFC 8230 §4 for RSA.
const KTY: i64 = 1;
const ALG: i64 = 3;
const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const N: i64 = -1;
const E: i64 = -2;

/// The values of those parameters: key types and curves.
const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;
const P256: i64 = 1;
const CURVE_ED25519: i64 = 6;

/// The accepted lengths of RSA moduli, in bytes: 2048 to 8192 bits, which is what the
/// library can verify.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// The longest accepted RSA exponent, in bytes.
const RSA_EXPONENT_BYTES: usize = 4;

/// A public key that can verify signatures.
#[derive(Debug)]
pub struct PublicKey(Kind);

#[derive(Debug)]
enum Kind {
    Parsed(ParsedPublicKey),
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

impl PublicKey {
    /// Reads a `COSE_Key`; `None` if it is not of a requested algorithm.
    #[must_use]
    pub fn read(cose: &[u8]) -> Option<Self> {
        let key = cbor::read_all(cose)?;
        match (integer(&key, KTY)?, integer(&key, ALG)?) {
            (OKP, ED_DSA) => ed25519(&key),
            (EC2, ES256) => p256(&key),
            (RSA, RS256) => rsa(&key),
            _ => None,
        }
        .map(Self)
    }

    /// Whether this key signed `message`. An ECDSA signature is in DER (§6.5.5).
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Kind::Parsed(key) => key.verify_sig(message, signature).is_ok(),
            Kind::Rsa(key) => key
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

fn ed25519(key: &Item<'_>) -> Option<Kind> {
    let x = bytes(key, X)?;
    if integer(key, CRV)? != CURVE_ED25519 || x.len() != 32 {
        return None;
    }
    ParsedPublicKey::new(&ED25519, x).ok().map(Kind::Parsed)
}

/// §5.8.5: the point must not be compressed.
fn p256(key: &Item<'_>) -> Option<Kind> {
    let (x, y) = (bytes(key, X)?, bytes(key, Y)?);
    if integer(key, CRV)? != P256 || x.len() != 32 || y.len() != 32 {
        return None;
    }
    let point = [&[4], x, y].concat();
    let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
    parsed.ok().map(Kind::Parsed)
}

fn rsa(key: &Item<'_>) -> Option<Kind> {
    let (n, e) = (bytes(key, N)?, bytes(key, E)?);
    let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    let lawful = RSA_BYTES.contains(&n.len())
        && n.first().is_some_and(|first| *first != 0)
        && odd(n)
        && (1..=RSA_EXPONENT_BYTES).contains(&e.len())
        && odd(e);
    lawful.then(|| {
        Kind::Rsa(RsaPublicKeyComponents {
            n: n.to_vec(),
            e: e.to_vec(),
        })
    })
}

fn integer(key: &Item<'_>, label: i64) -> Option<i64> {
    match key.get(&Item::Integer(label))? {
        Item::Integer(number) => Some(*number),
        _ => None,
    }
}

fn bytes<'a>(key: &Item<'a>, label: i64) -> Option<&'a [u8]> {
    match key.get(&Item::Integer(label))? {
        Item::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}
