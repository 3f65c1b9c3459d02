//! Encrypts and authenticates the content of a JWE under a content encryption key (RFC 7518
//! §5). How that key reaches the recipient is left to `jwe`.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::{constant_time, hmac};

use crate::oidc::encryption::ContentEncryption;
use crate::random::Random;

/// The length of the AES-GCM tag, in bytes (RFC 7518 §5.3).
const GCM_TAG: usize = 16;

/// The encrypted parts of a JWE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hidden {
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

/// Returns the key length of a cipher, in bytes.
pub(super) const fn key_length(enc: ContentEncryption) -> usize {
    match enc {
        ContentEncryption::A128Gcm => 16,
        ContentEncryption::A256Gcm | ContentEncryption::A128CbcHs256 => 32,
        ContentEncryption::A256CbcHs512 => 64,
    }
}

/// Returns a new initialization vector.
pub(super) fn fresh_iv(enc: ContentEncryption, random: &Random) -> Vec<u8> {
    match enc {
        ContentEncryption::A128Gcm | ContentEncryption::A256Gcm => {
            random.bytes::<NONCE_LEN>().to_vec()
        }
        ContentEncryption::A128CbcHs256 | ContentEncryption::A256CbcHs512 => {
            random.bytes::<16>().to_vec()
        }
    }
}

/// Encrypts `plain`; `None` if the key or the vector has a wrong length.
pub(super) fn encrypt(
    enc: ContentEncryption,
    key: &[u8],
    iv: Vec<u8>,
    aad: &[u8],
    plain: &[u8],
) -> Option<Hidden> {
    if key.len() != key_length(enc) {
        return None;
    }
    let mut ciphertext = plain.to_vec();
    let tag = match Cipher::of(enc) {
        Cipher::Gcm(algorithm) => {
            let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
            let nonce = Nonce::try_assume_unique_for_key(&iv).ok()?;
            let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut ciphertext);
            tag.ok()?.as_ref().to_vec()
        }
        Cipher::Cbc(algorithm, mac) => {
            let (mac_key, key) = key.split_at(key.len() / 2);
            let key = UnboundCipherKey::new(algorithm, key).ok()?;
            let context = EncryptionContext::Iv128(iv.as_slice().try_into().ok()?);
            PaddedBlockEncryptingKey::cbc_pkcs7(key)
                .ok()?
                .less_safe_encrypt(&mut ciphertext, context)
                .ok()?;
            half_mac(mac, mac_key, aad, &iv, &ciphertext)
        }
    };
    Some(Hidden {
        iv,
        ciphertext,
        tag,
    })
}

/// Decrypts; `None` if any part was changed.
pub(super) fn decrypt(
    enc: ContentEncryption,
    key: &[u8],
    aad: &[u8],
    hidden: &Hidden,
) -> Option<Vec<u8>> {
    if key.len() != key_length(enc) {
        return None;
    }
    let mut plain = hidden.ciphertext.clone();
    let length = match Cipher::of(enc) {
        Cipher::Gcm(algorithm) => {
            // RFC 7518 §5.3: a truncated tag is not accepted.
            if hidden.tag.len() != GCM_TAG {
                return None;
            }
            plain.extend_from_slice(&hidden.tag);
            let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
            let nonce = Nonce::try_assume_unique_for_key(&hidden.iv).ok()?;
            let opened = key.open_in_place(nonce, Aad::from(aad), &mut plain);
            opened.ok()?.len()
        }
        Cipher::Cbc(algorithm, mac) => {
            let (mac_key, key) = key.split_at(key.len() / 2);
            let tag = half_mac(mac, mac_key, aad, &hidden.iv, &hidden.ciphertext);
            // RFC 7518 §5.2.2.2: the tag is verified before anything is decrypted, so that
            // the padding reveals nothing.
            constant_time::verify_slices_are_equal(&tag, &hidden.tag).ok()?;
            let key = UnboundCipherKey::new(algorithm, key).ok()?;
            let context = DecryptionContext::Iv128(hidden.iv.as_slice().try_into().ok()?);
            let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?;
            key.decrypt(&mut plain, context).ok()?.len()
        }
    };
    plain.truncate(length);
    Some(plain)
}

enum Cipher {
    Gcm(&'static aws_lc_rs::aead::Algorithm),
    Cbc(&'static aws_lc_rs::cipher::Algorithm, hmac::Algorithm),
}

impl Cipher {
    const fn of(enc: ContentEncryption) -> Self {
        match enc {
            ContentEncryption::A128Gcm => Self::Gcm(&AES_128_GCM),
            ContentEncryption::A256Gcm => Self::Gcm(&AES_256_GCM),
            ContentEncryption::A128CbcHs256 => Self::Cbc(&AES_128, hmac::HMAC_SHA256),
            ContentEncryption::A256CbcHs512 => Self::Cbc(&AES_256, hmac::HMAC_SHA512),
        }
    }
}

/// Returns the left half of the MAC over all parts and the length, in bits, of the first
/// (RFC 7518 §5.2.2.1).
fn half_mac(
    algorithm: hmac::Algorithm,
    key: &[u8],
    aad: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(algorithm, key));
    for part in [aad, iv, ciphertext] {
        context.update(part);
    }
    context.update(&(aad.len() as u64 * 8).to_be_bytes());
    let mut tag = context.sign().as_ref().to_vec();
    tag.truncate(tag.len() / 2);
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text
            .bytes()
            .filter(u8::is_ascii_hexdigit)
            .map(|digit| (digit as char).to_digit(16).unwrap() as u8)
            .collect();
        digits
            .chunks(2)
            .map(|pair| pair[0] * 16 + pair[1])
            .collect()
    }

    /// RFC 7518 Appendix B: the second of Kerckhoffs's six principles.
    const PLAIN: &str = "41 20 63 69 70 68 65 72 20 73 79 73 74 65 6d 20 6d 75 73 74 20 6e 6f 74 20 62 65 20 72 65 71 75 \
        69 72 65 64 20 74 6f 20 62 65 20 73 65 63 72 65 74 2c 20 61 6e 64 20 69 74 20 6d 75 73 74 20 62 \
        65 20 61 62 6c 65 20 74 6f 20 66 61 6c 6c 20 69 6e 74 6f 20 74 68 65 20 68 61 6e 64 73 20 6f 66 \
        20 74 68 65 20 65 6e 65 6d 79 20 77 69 74 68 6f 75 74 20 69 6e 63 6f 6e 76 65 6e 69 65 6e 63 65";
    const IV: &str = "1a f3 8c 2d c2 b9 6f fd d8 66 94 09 23 41 bc 04";
    const AAD: &str = "54 68 65 20 73 65 63 6f 6e 64 20 70 72 69 6e 63 69 70 6c 65 20 6f 66 20 41 75 67 75 73 74 65 20 \
        4b 65 72 63 6b 68 6f 66 66 73";

    #[test]
    fn aes_in_cbc_with_hmac_gives_the_tags_of_rfc_7518() {
        // RFC 7518 Appendix B.1 and B.3.
        for (enc, beginning, tag) in [
            (
                ContentEncryption::A128CbcHs256,
                "c8 0e df a3 2d df 39 d5 ef 00 c0 b4 68 83 42 79",
                "65 2c 3f a3 6b 0a 7c 5b 32 19 fa b3 a3 0b c1 c4",
            ),
            (
                ContentEncryption::A256CbcHs512,
                "4a ff aa ad b7 8c 31 c5 da 4b 1b 59 0d 10 ff bd",
                "4d d3 b4 c0 88 a7 f4 5c 21 68 39 64 5b 20 12 bf 2e 62 69 a8 c5 6a 81 6d bc 1b 26 77 61 95 5b c5",
            ),
        ] {
            let key: Vec<u8> = (0..key_length(enc)).map(|byte| byte as u8).collect();
            let (aad, plain) = (hex(AAD), hex(PLAIN));
            let hidden = encrypt(enc, &key, hex(IV), &aad, &plain).unwrap();
            assert_eq!(hidden.ciphertext[..16], hex(beginning), "{enc}");
            assert_eq!(hidden.tag, hex(tag), "{enc}");
            assert_eq!(decrypt(enc, &key, &aad, &hidden).unwrap(), plain);
        }
    }

    #[test]
    fn a_change_of_any_part_is_noticed() {
        for &enc in ContentEncryption::ALL {
            let key = vec![7; key_length(enc)];
            let iv = fresh_iv(enc, &Random::seeded(1));
            let hidden = encrypt(enc, &key, iv, b"header", b"secret").unwrap();
            assert_eq!(decrypt(enc, &key, b"header", &hidden).unwrap(), b"secret");
            assert_eq!(decrypt(enc, &key, b"Header", &hidden), None);
            assert_eq!(decrypt(enc, &key[1..], b"header", &hidden), None);
            let mut other = key.clone();
            other[0] ^= 1;
            assert_eq!(decrypt(enc, &other, b"header", &hidden), None);
            let changes: [fn(&mut Hidden) -> &mut Vec<u8>; 3] =
                [|h| &mut h.iv, |h| &mut h.ciphertext, |h| &mut h.tag];
            for part in changes {
                let mut flipped = hidden.clone();
                part(&mut flipped)[0] ^= 1;
                assert_eq!(decrypt(enc, &key, b"header", &flipped), None, "{enc}");
                let mut shorter = hidden.clone();
                part(&mut shorter).pop();
                assert_eq!(decrypt(enc, &key, b"header", &shorter), None, "{enc}");
                let mut none = hidden.clone();
                part(&mut none).clear();
                assert_eq!(decrypt(enc, &key, b"header", &none), None, "{enc}");
            }
        }
    }
}
