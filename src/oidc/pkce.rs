//! Proof Key for Code Exchange (RFC 7636). Only `S256` is supported: a `plain` challenge is
//! the verifier itself and passes through the browser.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

crate::wire_words! {
    /// A value of `code_challenge_method` (RFC 7636 §4.3).
    pub enum CodeChallengeMethod {
        /// `BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))`.
        S256 = "S256",
    }
}

/// Whether `text` has the form of an S256 challenge: SHA-256 in base64url, 43 characters.
#[must_use]
pub fn is_challenge(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Whether `text` has the form of a code verifier (RFC 7636 §4.1).
#[must_use]
pub fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// Whether `challenge` was computed from `verifier` (RFC 7636 §4.6), in constant time.
#[must_use]
pub fn verifies(challenge: &str, verifier: &str) -> bool {
    verify_slices_are_equal(challenge_of(verifier).as_bytes(), challenge.as_bytes()).is_ok()
}

/// Returns the S256 challenge of a verifier.
#[must_use]
pub fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636, Appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_verifies() {
        assert_eq!(challenge_of(VERIFIER), CHALLENGE);
        assert!(is_challenge(CHALLENGE) && is_verifier(VERIFIER));
        assert!(verifies(CHALLENGE, VERIFIER));
    }

    #[test]
    fn another_verifier_does_not() {
        assert!(!verifies(CHALLENGE, CHALLENGE));
        assert!(!verifies(CHALLENGE, &VERIFIER[..42]));
        assert!(!verifies("", ""));
        assert!(!verifies(&CHALLENGE[..42], VERIFIER));
    }

    #[test]
    fn length_and_characters_are_those_of_the_rfc() {
        assert!(!is_challenge(&CHALLENGE[1..]));
        assert!(!is_challenge(&format!("{CHALLENGE}=")));
        assert!(!is_challenge(&CHALLENGE.replace('-', "+")));
        assert!(!is_challenge(&"あ".repeat(43)));
        assert!(!is_verifier(&"a".repeat(42)));
        assert!(is_verifier(&"a.~_-".repeat(10)));
        assert!(is_verifier(&"a".repeat(128)));
        assert!(!is_verifier(&"a".repeat(129)));
        assert!(!is_verifier(&"a ".repeat(30)));
    }
}
