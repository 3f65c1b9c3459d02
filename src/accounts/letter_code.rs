//! Codes made of letters, which people read on one device and type on another.

/// The letters of RFC 8628 §6.1: no vowels, so that a code spells no word, and no digits,
/// so that none is mistaken for a letter.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// The first byte value that is not used: below it, each letter is equally likely.
const FAIR: u8 = 240;

/// How many letters are written without a gap.
const GROUP: usize = 4;

/// Draws `length` letters from random bytes. Returns `None` if too many of the bytes had to
/// be skipped.
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

/// Reads typed letters: accepts either case and full-width letters, and drops separators
/// between them.
#[must_use]
pub fn typed_letters(typed: &str) -> String {
    typed
        .chars()
        .map(half_width)
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Returns the letters in groups, as people read and type them.
#[must_use]
pub fn in_groups(letters: &str, gap: &str) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(String::from_iter).collect();
    groups.join(gap)
}

/// Whether the text is a code of `length` letters.
#[must_use]
pub fn is_code(letters: &str, length: usize) -> bool {
    letters.len() == length && letters.bytes().all(|b| LETTERS.contains(&b))
}

/// Full-width letters are 0xFEE0 above the ASCII letters.
fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        // Unicode classifies these characters, which Japanese keyboards give for a hyphen,
        // as letters.
        'ー' | 'ｰ' => '-',
        other => other,
    }
}
