//! SHA-256 as text: for random secrets at rest, which need no salt and no work factor, for
//! wordings that people agreed to, and for the consent ledger.

use aws_lc_rs::{constant_time, digest};

/// Returns the SHA-256 of `bytes` as 64 hex digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// Whether `hash` is the SHA-256 of `text`, in hex; compared in constant time.
#[must_use]
pub fn is_sha256_of(hash: &str, text: &str) -> bool {
    let given = sha256_hex(text.as_bytes());
    constant_time::verify_slices_are_equal(hash.as_bytes(), given.as_bytes()).is_ok()
}

/// Returns `bytes` as hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        for nibble in [byte >> 4, byte & 0xf] {
            hex.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_standards_example() {
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
