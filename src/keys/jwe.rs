//! JSON Web Encryption in compact form (RFC 7516 §7.1): encrypts to a client's public key,
//! and decrypts what was encrypted to one of ours. It knows nothing about the content.
//! Encryption proves nothing about the sender.

mod agreement;
mod content;

use aws_lc_rs::agreement::PrivateKey as AgreementKey;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap as _};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey, PublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::jwe::agreement::{KeyInfo, Point, shared_key};
use super::jwe::content::{Hidden, key_length};
use super::jwk::PublicJwk;
use super::signature;
use crate::fault::Fault;
use crate::oidc::client::SigningAlgorithm;
use crate::oidc::encryption::{
    ContentEncryption, Curve, Encryption, KeyManagementAlgorithm, choose_key,
};
use crate::random::Random;

/// The curve of our own keys.
const OUR_CURVE: Curve = Curve::P256;

/// The bytes that AES key wrap adds to a key (RFC 3394 §2.2.1).
const WRAPPING: usize = 8;

/// The longest accepted header, in bytes; one with a key and a `kid` is far shorter.
const LONGEST_HEADER: usize = 2048;

/// The content to encrypt.
#[derive(Clone, Copy, Debug)]
pub enum Plain<'p> {
    /// A signed JWT, which makes the result a nested JWT (RFC 7519 §5.2).
    Jwt(&'p str),
    /// Claims without a signature.
    Claims(&'p [u8]),
}

/// Encrypts to the fitting key of `jwks`. Returns `None` if there is none, or it is
/// invalid.
///
/// # Errors
/// `Fault` if the crypto library fails.
pub fn encrypt_to(
    jwks: &Value,
    encryption: Encryption,
    plain: Plain<'_>,
    random: &Random,
) -> Result<Option<String>, Fault> {
    let Some(jwk) = choose_key(jwks, encryption.alg) else {
        return Ok(None);
    };
    let Some(sent) = SentKey::to(jwk, encryption, random) else {
        return Ok(None);
    };
    let kid = jwk.get("kid").and_then(Value::as_str);
    let written = write(sent, kid, encryption, plain, random);
    written
        .map(Some)
        .ok_or_else(|| refused("a JWE was not written"))
}

/// A content key, as it is sent to one recipient (RFC 7516 §5.1, steps 1 to 8).
struct SentKey {
    key: Zeroizing<Vec<u8>>,
    /// The encrypted key; empty if the key was agreed on.
    encrypted: Vec<u8>,
    /// The ephemeral public key with which it was agreed on.
    epk: Option<Map<String, Value>>,
}

impl SentKey {
    /// Makes a key for the owner of `jwk`. Returns `None` if that is no key, for example a
    /// point beside its curve: it is the recipient's mistake, and none of ours.
    fn to(jwk: &Map<String, Value>, encryption: Encryption, random: &Random) -> Option<Self> {
        match encryption.alg {
            KeyManagementAlgorithm::RsaOaep256 => Self::by_rsa(jwk, encryption.enc, random),
            _ => Self::by_agreement(jwk, encryption, random),
        }
    }

    fn by_rsa(jwk: &Map<String, Value>, enc: ContentEncryption, random: &Random) -> Option<Self> {
        let number = |name: &str| {
            let text = jwk.get(name).and_then(Value::as_str)?;
            URL_SAFE_NO_PAD.decode(text).ok()
        };
        let components = PublicKeyComponents {
            n: number("n")?,
            e: number("e")?,
        };
        let recipient: PublicEncryptingKey = components.try_into().ok()?;
        let recipient = OaepPublicEncryptingKey::new(recipient).ok()?;
        let key = fresh_key(enc, random);
        let mut room = vec![0; recipient.ciphertext_size()];
        let encrypted = recipient.encrypt(&OAEP_SHA256_MGF1SHA256, &key, &mut room, None);
        Some(Self {
            encrypted: encrypted.ok()?.to_vec(),
            key,
            epk: None,
        })
    }

    fn by_agreement(
        jwk: &Map<String, Value>,
        Encryption { alg, enc }: Encryption,
        random: &Random,
    ) -> Option<Self> {
        let point = Point::from_jwk(jwk)?;
        let ephemeral = AgreementKey::generate(agreement::algorithm(point.curve)).ok()?;
        let epk = Point::of(&ephemeral, point.curve)?.to_jwk();
        let agreed = shared_key(&ephemeral, &point, &info(alg, enc, &[], &[]))?;
        let (key, encrypted) = match wrapping(alg) {
            None => (agreed, Vec::new()),
            Some(cipher) => {
                let key = fresh_key(enc, random);
                let mut room = vec![0; key.len() + WRAPPING];
                let wrapped = AesKek::new(cipher, &agreed).ok()?.wrap(&key, &mut room);
                let wrapped = wrapped.ok()?.to_vec();
                (key, wrapped)
            }
        };
        Some(Self {
            key,
            encrypted,
            epk: Some(epk),
        })
    }
}

fn write(
    sent: SentKey,
    kid: Option<&str>,
    Encryption { alg, enc }: Encryption,
    plain: Plain<'_>,
    random: &Random,
) -> Option<String> {
    let mut header = Map::new();
    let mut put = |name: &str, value: Value| header.insert(name.to_owned(), value);
    put("alg", Value::from(alg.as_str()));
    put("enc", Value::from(enc.as_str()));
    if let Some(kid) = kid {
        put("kid", Value::from(kid));
    }
    let plain = match plain {
        Plain::Jwt(token) => {
            // RFC 7519 §5.2: marks a nested JWT.
            put("cty", Value::from("JWT"));
            token.as_bytes()
        }
        Plain::Claims(claims) => claims,
    };
    if let Some(epk) = sent.epk {
        put("epk", Value::Object(epk));
    }
    let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).ok()?);
    let iv = content::fresh_iv(enc, random);
    let hidden = content::encrypt(enc, &sent.key, iv, header.as_bytes(), plain)?;
    let mut token = header;
    for part in [&sent.encrypted, &hidden.iv, &hidden.ciphertext, &hidden.tag] {
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(part, &mut token);
    }
    Some(token)
}

fn fresh_key(enc: ContentEncryption, random: &Random) -> Zeroizing<Vec<u8>> {
    let bytes = Zeroizing::new(random.bytes::<64>());
    Zeroizing::new(bytes.iter().copied().take(key_length(enc)).collect())
}

/// Returns the cipher with which the agreed key wraps the content key; `None` if the agreed
/// key is the content key itself (RFC 7518 §4.6).
const fn wrapping(
    alg: KeyManagementAlgorithm,
) -> Option<&'static aws_lc_rs::key_wrap::AesBlockCipher> {
    match alg {
        KeyManagementAlgorithm::RsaOaep256 | KeyManagementAlgorithm::EcdhEs => None,
        KeyManagementAlgorithm::EcdhEsA128Kw => Some(&AES_128),
        KeyManagementAlgorithm::EcdhEsA256Kw => Some(&AES_256),
    }
}

/// Returns the input of the key derivation (RFC 7518 §4.6.2): the key is for the content
/// cipher, or else for the wrapping.
const fn info<'i>(
    alg: KeyManagementAlgorithm,
    enc: ContentEncryption,
    apu: &'i [u8],
    apv: &'i [u8],
) -> KeyInfo<'i> {
    let (algorithm, length) = match alg {
        KeyManagementAlgorithm::RsaOaep256 | KeyManagementAlgorithm::EcdhEs => {
            (enc.as_str(), key_length(enc))
        }
        KeyManagementAlgorithm::EcdhEsA128Kw => (alg.as_str(), 16),
        KeyManagementAlgorithm::EcdhEsA256Kw => (alg.as_str(), 32),
    };
    KeyInfo {
        algorithm,
        length,
        apu,
        apv,
    }
}

/// A received JWE, split into its parts.
pub(super) struct Received<'t> {
    header: Header,
    /// The encoded header as it was sent; the tag authenticates it.
    protected: &'t str,
    encrypted_key: Vec<u8>,
    hidden: Hidden,
}

/// The header members that are understood (RFC 7516 §4.1). None of them may occur twice.
#[derive(Deserialize)]
struct Header {
    alg: KeyManagementAlgorithm,
    enc: ContentEncryption,
    kid: Option<String>,
    epk: Option<Map<String, Value>>,
    apu: Option<String>,
    apv: Option<String>,
    /// Critical extensions; none is supported.
    crit: Option<Value>,
    /// Compression, with which a small message could grow to any size; not supported.
    zip: Option<Value>,
}

impl<'t> Received<'t> {
    /// Splits a JWE into its parts; `None` if it is invalid or uses an unsupported feature.
    pub(super) fn parse(token: &'t str) -> Option<Self> {
        let mut parts = token.split('.');
        let protected = parts.next()?;
        let mut decoded = || URL_SAFE_NO_PAD.decode(parts.next()?).ok();
        let (encrypted_key, iv, ciphertext, tag) = (decoded()?, decoded()?, decoded()?, decoded()?);
        if parts.next().is_some() || protected.len() > LONGEST_HEADER {
            return None;
        }
        let header = URL_SAFE_NO_PAD.decode(protected).ok()?;
        let header: Header = serde_json::from_slice(&header).ok()?;
        if header.crit.is_some() || header.zip.is_some() {
            return None;
        }
        Some(Self {
            header,
            protected,
            encrypted_key,
            hidden: Hidden {
                iv,
                ciphertext,
                tag,
            },
        })
    }

    pub(super) const fn alg(&self) -> KeyManagementAlgorithm {
        self.header.alg
    }

    pub(super) const fn encryption(&self) -> Encryption {
        Encryption {
            alg: self.header.alg,
            enc: self.header.enc,
        }
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Decrypts it. Returns `None`, without a reason, if it was not encrypted to this key
    /// or was changed since.
    pub(super) fn open(&self, key: &PrivateKey, random: &Random) -> Option<Vec<u8>> {
        // RFC 7516 §11.5: a key that cannot be decrypted is replaced by a random one, so
        // that it behaves like a wrong key.
        let content_key = self
            .content_key(key)
            .unwrap_or_else(|| fresh_key(self.header.enc, random));
        let aad = self.protected.as_bytes();
        content::decrypt(self.header.enc, &content_key, aad, &self.hidden)
    }

    fn content_key(&self, key: &PrivateKey) -> Option<Zeroizing<Vec<u8>>> {
        let key = match (key, wrapping(self.header.alg)) {
            (PrivateKey::Rsa(key), _) => self.by_rsa(key)?,
            (PrivateKey::Agreement(key), wrapping) => {
                let agreed = self.agreed(key)?;
                match wrapping {
                    // RFC 7516 §5.2, step 10: the encrypted key must be empty.
                    None if self.encrypted_key.is_empty() => agreed,
                    None => return None,
                    Some(cipher) => {
                        let mut room = Zeroizing::new(vec![0; self.encrypted_key.len()]);
                        let kek = AesKek::new(cipher, &agreed).ok()?;
                        let key = kek.unwrap(&self.encrypted_key, &mut room).ok()?;
                        Zeroizing::new(key.to_vec())
                    }
                }
            }
        };
        (key.len() == key_length(self.header.enc)).then_some(key)
    }

    fn by_rsa(&self, key: &OaepPrivateDecryptingKey) -> Option<Zeroizing<Vec<u8>>> {
        if self.header.alg != KeyManagementAlgorithm::RsaOaep256 {
            return None;
        }
        let mut room = Zeroizing::new(vec![0; key.min_output_size()]);
        let decrypted = key.decrypt(
            &OAEP_SHA256_MGF1SHA256,
            &self.encrypted_key,
            &mut room,
            None,
        );
        Some(Zeroizing::new(decrypted.ok()?.to_vec()))
    }

    fn agreed(&self, key: &AgreementKey) -> Option<Zeroizing<Vec<u8>>> {
        let header = &self.header;
        if header.alg == KeyManagementAlgorithm::RsaOaep256 {
            return None;
        }
        let party = |text: &Option<String>| match text {
            None => Some(Vec::new()),
            Some(text) => URL_SAFE_NO_PAD.decode(text).ok(),
        };
        let (apu, apv) = (party(&header.apu)?, party(&header.apv)?);
        let point = Point::from_jwk(header.epk.as_ref()?)?;
        shared_key(key, &point, &info(header.alg, header.enc, &apu, &apv))
    }
}

/// One of our private keys, to which others encrypt.
pub(super) enum PrivateKey {
    Rsa(OaepPrivateDecryptingKey),
    Agreement(AgreementKey),
}

/// Creates a private key, as PKCS#8. RSA takes some 100 ms, so it must not run on an async
/// thread.
pub(super) fn generate(alg: KeyManagementAlgorithm) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let pkcs8: Pkcs8V1Der<'_> = match alg {
        KeyManagementAlgorithm::RsaOaep256 => {
            let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(refused)?;
            key.as_der().map_err(refused)?
        }
        _ => {
            let key = AgreementKey::generate(agreement::algorithm(OUR_CURVE)).map_err(refused)?;
            key.as_der().map_err(refused)?
        }
    };
    Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
}

impl PrivateKey {
    pub(super) fn parse(alg: KeyManagementAlgorithm, pkcs8: &[u8]) -> Result<Self, Fault> {
        match alg {
            KeyManagementAlgorithm::RsaOaep256 => {
                let key = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(refused)?;
                let key = OaepPrivateDecryptingKey::new(key).map_err(refused)?;
                Ok(Self::Rsa(key))
            }
            _ => {
                let curve = agreement::algorithm(OUR_CURVE);
                let key = AgreementKey::from_private_key_der(curve, pkcs8).map_err(refused)?;
                Ok(Self::Agreement(key))
            }
        }
    }

    /// Returns the public half of the key in `pkcs8`.
    pub(super) fn jwk(alg: KeyManagementAlgorithm, pkcs8: &[u8]) -> Result<PublicJwk, Fault> {
        match Self::parse(alg, pkcs8)? {
            // The library does not reveal the modulus of a decryption key, but does of the
            // same key as a signing key.
            Self::Rsa(_) => signature::KeyPair::parse(SigningAlgorithm::Rs256, pkcs8)?.jwk(),
            Self::Agreement(key) => {
                let point = Point::of(&key, OUR_CURVE);
                let point = point.ok_or_else(|| refused("it has no public half"))?;
                Ok(PublicJwk::of_members(&point.to_jwk()))
            }
        }
    }
}

fn refused(why: impl std::fmt::Display) -> Fault {
    Fault::because(format!("an encryption key: {why}"))
}

#[cfg(test)]
mod tests;
