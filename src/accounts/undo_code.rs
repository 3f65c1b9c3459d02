//! The code by which whoever has the old mailbox undoes a change of address. It
//! comes by mail and is typed in or pasted: carriers reject mail with URLs. Sixteen
//! letters are 69 bits, so that it needs no other secret beside it, and its hash
//! tells nothing.

use std::fmt;

use super::letter_code;

/// How many letters there are in one.
const LENGTH: usize = 16;

/// How many stand together.
const GROUP: usize = 4;

/// Such a code.
#[derive(Clone, PartialEq, Eq)]
pub struct UndoCode(String);

impl UndoCode {
    /// A code of random bytes; none if they happen not to suffice.
    #[must_use]
    pub fn of_random(bytes: &[u8]) -> Option<Self> {
        letter_code::draw(bytes, LENGTH).map(Self)
    }

    /// Reads what a person typed.
    ///
    /// # Errors
    /// With the code of what is wrong.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let letters = letter_code::typed_letters(typed);
        if letters.is_empty() {
            return Err("undo-code-missing");
        }
        let lawful = letter_code::is_code(&letters, LENGTH);
        lawful.then_some(Self(letters)).ok_or("undo-code-unknown")
    }

    /// The letters alone, to be hashed.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.0
    }

    /// `BCDF-GHJK-LMNP-QRST`: as it stands in a mail.
    #[must_use]
    pub fn grouped(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        let groups: Vec<String> = letters.chunks(GROUP).map(String::from_iter).collect();
        groups.join("-")
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
