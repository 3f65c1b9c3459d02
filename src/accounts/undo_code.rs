//! The code by which the owner of the old mailbox undoes a change of the e-mail address. It
//! is sent by mail and is typed or pasted, because carriers reject mail with URLs. Its
//! sixteen letters are 69 bits, so that it needs no second secret and its hash reveals
//! nothing.

use std::fmt;

use super::letter_code;

/// The number of letters in a code.
const LENGTH: usize = 16;

/// A code that undoes a change of address.
#[derive(Clone, PartialEq, Eq)]
pub struct UndoCode(String);

impl UndoCode {
    /// Makes a code from random bytes. Returns `None` if too many of the bytes had to be
    /// skipped.
    #[must_use]
    pub fn of_random(bytes: &[u8]) -> Option<Self> {
        letter_code::draw(bytes, LENGTH).map(Self)
    }

    /// Reads a code as typed.
    ///
    /// # Errors
    /// The error code: `undo-code-missing` or `undo-code-unknown`.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let letters = letter_code::typed_letters(typed);
        if letters.is_empty() {
            return Err("undo-code-missing");
        }
        let lawful = letter_code::is_code(&letters, LENGTH);
        lawful.then_some(Self(letters)).ok_or("undo-code-unknown")
    }

    /// Returns the letters without hyphens, to be hashed.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.0
    }

    /// Returns `BCDF-GHJK-LMNP-QRST`, the form used in mails.
    #[must_use]
    pub fn grouped(&self) -> String {
        letter_code::in_groups(&self.0, "-")
    }
}

impl fmt::Debug for UndoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UndoCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let code = UndoCode::of_random(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        let code = code.unwrap();
        assert_eq!(code.grouped(), "BCDF-GHJK-LMNP-QRST");
        for typed in [
            "BCDF-GHJK-LMNP-QRST",
            " bcdf ghjk　lmnp qrst ",
            "ＢＣＤＦーｇｈｊｋーＬＭＮＰーＱＲＳＴ",
        ] {
            assert_eq!(UndoCode::read(typed).unwrap(), code, "{typed}");
        }
        for (typed, wrong) in [
            ("", "undo-code-missing"),
            ("---", "undo-code-missing"),
            ("BCDF-GHJK-LMNP-QRS", "undo-code-unknown"),
            ("ACDF-GHJK-LMNP-QRST", "undo-code-unknown"),
        ] {
            assert_eq!(UndoCode::read(typed), Err(wrong), "{typed}");
        }
        assert_eq!(UndoCode::of_random(&[255; 32]), None);
    }
}
