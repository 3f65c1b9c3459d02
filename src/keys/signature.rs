//! A key pair that is ready to sign: parsed once and kept
//! (`docs/decisions/0003-keys-parsed-once.md`). It handles algorithms and bytes; tokens are
//! left to `key_set`.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::jwk::PublicJwk;
use crate::fault::Fault;
use crate::oidc::client::SigningAlgorithm;

/// The longest signature, in bytes. RSA keys of 2048 bits need 256; this is enough for
/// 4096.
const LONGEST_SIGNATURE: usize = 512;

/// A key pair. An RSA key is used with one padding only, so that a signature under the
/// other padding is never accepted.
pub(super) enum KeyPair {
    Rsa(Box<rsa::KeyPair>, &'static dyn RsaEncoding),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Creates a private key, as PKCS#8. RSA takes some 100 ms, so it must not run on an async
/// thread.
pub(super) fn generate(algorithm: SigningAlgorithm) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let pkcs8 = match algorithm {
        SigningAlgorithm::Rs256 | SigningAlgorithm::Ps256 => {
            let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(refused)?;
            pair.as_der().map_err(refused)?.as_ref().to_vec()
        }
        SigningAlgorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
            let pkcs8 = pair.and_then(|pair| pair.to_pkcs8v1()).map_err(refused)?;
            pkcs8.as_ref().to_vec()
        }
        SigningAlgorithm::EdDsa => {
            let pair = Ed25519KeyPair::generate();
            let pkcs8 = pair.and_then(|pair| pair.to_pkcs8()).map_err(refused)?;
            pkcs8.as_ref().to_vec()
        }
    };
    Ok(Zeroizing::new(pkcs8))
}

impl KeyPair {
    pub(super) fn parse(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, Fault> {
        let rsa = || rsa::KeyPair::from_pkcs8(pkcs8).map(Box::new);
        match algorithm {
            SigningAlgorithm::Rs256 => rsa().map(|pair| Self::Rsa(pair, &RSA_PKCS1_SHA256)),
            SigningAlgorithm::Ps256 => rsa().map(|pair| Self::Rsa(pair, &RSA_PSS_SHA256)),
            SigningAlgorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::P256)
            }
            SigningAlgorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::Ed25519),
        }
        .map_err(refused)
    }

    /// Signs `token`, which holds the header and the claims, and appends the signature (RFC
    /// 7515 §7.1).
    #[expect(
        clippy::disallowed_types,
        reason = "aws-lc-rs asks for a generator in these signatures and ignores it"
    )]
    pub(super) fn sign(&self, token: &mut String) -> Result<(), Fault> {
        let unused = aws_lc_rs::rand::SystemRandom::new();
        let message = token.as_bytes();
        match self {
            Self::Rsa(pair, padding) => {
                let mut buffer = [0; LONGEST_SIGNATURE];
                let signature = buffer
                    .get_mut(..pair.public_modulus_len())
                    .ok_or_else(|| refused("the RSA key is too long"))?;
                pair.sign(*padding, &unused, message, signature)
                    .map_err(refused)?;
                append(signature, token);
            }
            Self::P256(pair) => {
                let signature = pair.sign(&unused, message).map_err(refused)?;
                append(signature.as_ref(), token);
            }
            Self::Ed25519(pair) => {
                let signature = pair.try_sign(message).map_err(refused)?;
                append(signature.as_ref(), token);
            }
        }
        Ok(())
    }

    /// Returns the parsed public key that verifies the signatures.
    pub(super) fn public(&self, algorithm: SigningAlgorithm) -> Result<ParsedPublicKey, Fault> {
        let bytes = match self {
            Self::Rsa(pair, _) => pair.public_key().as_ref(),
            Self::P256(pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        };
        match algorithm {
            SigningAlgorithm::Rs256 => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, bytes),
            SigningAlgorithm::Ps256 => ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, bytes),
            SigningAlgorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes),
            SigningAlgorithm::EdDsa => ParsedPublicKey::new(&ED25519, bytes),
        }
        .map_err(refused)
    }

    pub(super) fn jwk(&self) -> Result<PublicJwk, Fault> {
        match self {
            Self::Rsa(pair, _) => {
                let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
                Ok(PublicJwk::rsa(
                    n.big_endian_without_leading_zero(),
                    e.big_endian_without_leading_zero(),
                ))
            }
            Self::P256(pair) => {
                let (x, y) = coordinates(pair.public_key().as_ref())
                    .ok_or_else(|| refused("the P-256 key is no uncompressed point"))?;
                Ok(PublicJwk::p256(x, y))
            }
            Self::Ed25519(pair) => Ok(PublicJwk::ed25519(pair.public_key().as_ref())),
        }
    }
}

fn append(signature: &[u8], token: &mut String) {
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, token);
}

/// Splits an uncompressed point into its coordinates (SEC 1 §2.3.3: `04`, x, y).
fn coordinates(point: &[u8]) -> Option<(&[u8; 32], &[u8; 32])> {
    let (x, y) = point.strip_prefix(&[4])?.split_first_chunk()?;
    Some((x, y.try_into().ok()?))
}

fn refused(why: impl std::fmt::Display) -> Fault {
    Fault::because(format!("a signing key: {why}"))
}
