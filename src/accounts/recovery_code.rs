//! Recovery codes: ten of them, each a second factor once, for a person who lost the device
//! that has the others. A code begins with its number, so that a typed one is compared with
//! one hash; its twelve letters are 51 bits and rest hashed as passwords do.

use std::fmt;

use super::letter_code;

/// The number of codes of an account.
pub const COUNT: u8 = 10;

/// The number of random bytes that a code is drawn from, with some to skip.
pub const RANDOM_BYTES: usize = 32;

/// The number of letters in a code.
const LENGTH: usize = 12;

/// A recovery code.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode {
    /// The number, 0 to 9.
    pub number: u8,
    letters: String,
}

impl RecoveryCode {
    /// Makes the code with that number from random bytes. Returns `None` if too many of the
    /// bytes had to be skipped.
    #[must_use]
    pub fn of_random(number: u8, bytes: &[u8; RANDOM_BYTES]) -> Option<Self> {
        let letters = letter_code::draw(bytes, LENGTH)?;
        Some(Self { number, letters })
    }

    /// Reads a code as typed.
    ///
    /// # Errors
    /// The error code: `recovery-code-missing` or `recovery-code-wrong`.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let typed = letter_code::typed_letters(typed);
        let mut chars = typed.chars();
        let Some(first) = chars.next() else {
            return Err("recovery-code-missing");
        };
        let number = first
            .to_digit(10)
            .and_then(|digit| u8::try_from(digit).ok());
        let letters = chars.as_str();
        match number.filter(|_| letter_code::is_code(letters, LENGTH)) {
            Some(number) => Ok(Self {
                number,
                letters: letters.to_owned(),
            }),
            None => Err("recovery-code-wrong"),
        }
    }

    /// Returns the letters, to be hashed.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.letters
    }

    /// Returns `3-BCDF-GHJK-LMNP`, the form in which the person keeps it.
    #[must_use]
    pub fn grouped(&self) -> String {
        let groups = letter_code::in_groups(&self.letters, "-");
        format!("{}-{groups}", self.number)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let bytes = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let code = RecoveryCode::of_random(3, &bytes).unwrap();
        assert_eq!(code.grouped(), "3-BCDF-GHJK-LMNP");
        for typed in [
            "3-BCDF-GHJK-LMNP",
            " 3 bcdfghjklmnp ",
            "３ーＢＣＤＦーｇｈｊｋーＬＭＮＰ",
        ] {
            assert_eq!(RecoveryCode::read(typed).unwrap(), code, "{typed}");
        }
        for (typed, wrong) in [
            ("", "recovery-code-missing"),
            ("--", "recovery-code-missing"),
            ("BCDF-GHJK-LMNP", "recovery-code-wrong"),
            ("3-BCDF-GHJK-LMN", "recovery-code-wrong"),
            ("3-ACDF-GHJK-LMNP", "recovery-code-wrong"),
            ("345678", "recovery-code-wrong"),
        ] {
            assert_eq!(RecoveryCode::read(typed), Err(wrong), "{typed}");
        }
        assert_eq!(RecoveryCode::of_random(3, &[255; RANDOM_BYTES]), None);
    }
}
