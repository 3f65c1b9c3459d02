//! Password hashes that were imported from other systems: bcrypt, and PBKDF2 as a PHC
//! string. They are only verified; the next successful login replaces them by argon2id.

use std::num::NonZeroU32;

use argon2::password_hash::phc::PasswordHash;
use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use bcrypt::HashParts;

/// The highest accepted cost of a stored hash: about a second.
const MOST_BCRYPT_COST: u32 = 14;
const MOST_ITERATIONS: u32 = 2_000_000;

/// The shortest accepted hash, in bytes: below 128 bits a wrong password could match.
const SHORTEST_HASH: usize = 16;

pub(super) fn is_understood(hash: &str) -> bool {
    Stored::parse(hash).is_some()
}

/// Compares in constant time. A hash that cannot be parsed matches nothing.
pub(super) fn matches(password: &[u8], hash: &str) -> bool {
    Stored::parse(hash).is_some_and(|stored| stored.matches(password))
}

enum Stored<'a> {
    Bcrypt(&'a str),
    Pbkdf2(Pbkdf2),
}

struct Pbkdf2 {
    algorithm: pbkdf2::Algorithm,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl<'a> Stored<'a> {
    fn parse(hash: &'a str) -> Option<Self> {
        // `2x` is PHP's broken variant, in which different passwords share a hash.
        if ["$2a$", "$2b$", "$2y$"]
            .iter()
            .any(|scheme| hash.starts_with(scheme))
        {
            let parts: HashParts = hash.parse().ok()?;
            return (parts.get_cost() <= MOST_BCRYPT_COST).then_some(Self::Bcrypt(hash));
        }
        Pbkdf2::parse(hash).map(Self::Pbkdf2)
    }

    fn matches(&self, password: &[u8]) -> bool {
        match self {
            // bcrypt truncates at 72 bytes, as it did when the hash was made.
            Self::Bcrypt(hash) => bcrypt::verify(password, hash).unwrap_or(false),
            Self::Pbkdf2(stored) => pbkdf2::verify(
                stored.algorithm,
                stored.iterations,
                &stored.salt,
                password,
                &stored.hash,
            )
            .is_ok(),
        }
    }
}

impl Pbkdf2 {
    /// Parses `$pbkdf2-sha256$i=600000,l=32$<salt>$<hash>`.
    fn parse(text: &str) -> Option<Self> {
        let phc = PasswordHash::new(text).ok()?;
        let algorithm = match phc.algorithm.as_str() {
            "pbkdf2-sha256" => PBKDF2_HMAC_SHA256,
            "pbkdf2-sha512" => PBKDF2_HMAC_SHA512,
            _ => return None,
        };
        let iterations = NonZeroU32::new(phc.params.get_decimal("i")?)?;
        let hash = phc.hash?.as_bytes().to_vec();
        let length = phc.params.get_decimal("l").map(usize::try_from);
        let whole = length.is_none_or(|length| length == Ok(hash.len()));
        let bearable = iterations.get() <= MOST_ITERATIONS;
        (whole && bearable && hash.len() >= SHORTEST_HASH).then_some(Self {
            algorithm,
            iterations,
            salt: phc.salt?.to_vec(),
            hash,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcrypt_hashes_of_other_libraries_match() {
        let known = [
            // crypt_blowfish 1.3, wrapper.c.
            (
                "U*U",
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            ),
            (
                "U*U*",
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
            ),
            (
                "",
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
            ),
            // libxcrypt 4.4.
            (
                "Toyota-2020",
                "$2b$05$abcdefghijklmnopqrstuuq.ox6v90nBDsgiTORVzWIu0zbviNBs.",
            ),
            (
                "Toyota-2020",
                "$2y$05$abcdefghijklmnopqrstuuq.ox6v90nBDsgiTORVzWIu0zbviNBs.",
            ),
        ];
        for (password, hash) in known {
            assert!(matches(password.as_bytes(), hash), "{hash}");
            assert!(!matches(b"another", hash), "{hash}");
        }
    }

    #[test]
    fn pbkdf2_hashes_of_other_libraries_match() {
        // Python 3.11, hashlib.pbkdf2_hmac.
        let known = [
            "$pbkdf2-sha256$i=10000,l=32$c29kaXVtIGNobG9yaWRlIQ$iGbnJowDqI0qVGgY0BWM+JMh+t6kHG6IztKK6L90bkQ",
            "$pbkdf2-sha512$i=10000,l=64$c29kaXVtIGNobG9yaWRlIQ$h7XJR9TG9f188b5zzvAUBWEyhgwF6ldlQYixwzPKgvzF4XfDf87wRMIFEYKxnl8B8fOsQH+EBnl1MN8qm7n87A",
        ];
        for hash in known {
            assert!(matches(b"Toyota-2020", hash), "{hash}");
            assert!(!matches(b"Toyota-2021", hash), "{hash}");
        }
    }

    #[test]
    fn a_hash_of_absurd_cost_or_unknown_make_is_not_understood() {
        let salt = "c29kaXVtIGNobG9yaWRlIQ";
        let hash = "iGbnJowDqI0qVGgY0BWM+JMh+t6kHG6IztKK6L90bkQ";
        assert!(is_understood(&format!(
            "$pbkdf2-sha256$i=10000${salt}${hash}"
        )));
        for refused in [
            format!("$pbkdf2-sha256$i=20000000,l=32${salt}${hash}"),
            format!("$pbkdf2-sha256$i=0,l=32${salt}${hash}"),
            format!("$pbkdf2-sha256$i=10000,l=64${salt}${hash}"),
            format!("$pbkdf2-sha256$l=32${salt}${hash}"),
            format!("$pbkdf2-sha1$i=10000,l=32${salt}${hash}"),
            format!("$pbkdf2-sha256$i=10000${salt}$iGbnJowDqI0qVG"),
            "$2b$31$abcdefghijklmnopqrstuuq.ox6v90nBDsgiTORVzWIu0zbviNBs.".to_owned(),
            "$2x$05$abcdefghijklmnopqrstuuq.ox6v90nBDsgiTORVzWIu0zbviNBs.".to_owned(),
            "$2b$05$short".to_owned(),
            String::new(),
        ] {
            assert!(!is_understood(&refused), "{refused}");
            assert!(!matches(b"Toyota-2020", &refused), "{refused}");
        }
    }
}
