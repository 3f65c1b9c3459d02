//! Codes made of letters, that people read in one place and type in at another.

/// The letters (RFC 8628 §6.1): no vowels, so that they spell no word, and no digit
/// that a letter could be taken for.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A byte below this stands for each letter equally often.
const FAIR: u8 = 240;

/// So many letters of random bytes; none if they happen not to suffice.
#[must_use]
pub fn draw(bytes: &[u8], length: usize) -> Option<String> {
    let letters: String = bytes
        .iter()
        .filter(|byte| **byte < FAIR)
        .filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()))
        .take(length)
        .map(|letter| char::from(*letter))
        .collect();
    (letters.len() == length).then_some(letters)
}

/// What a person typed: either case, full-width, with whatever stands between the
/// letters.
#[must_use]
pub fn typed_letters(typed: &str) -> String {
    typed
        .chars()
        .map(half_width)
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Whether the text is such a code.
#[must_use]
pub fn is_code(letters: &str, length: usize) -> bool {
    letters.len() == length && letters.bytes().all(|b| LETTERS.contains(&b))
}

/// Full-width letters are 0xFEE0 above the plain ones.
fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        // What a Japanese keyboard gives for a hyphen is a letter to Unicode.
        'ー' | 'ｰ' => '-',
        other => other,
    }
}
