//! Edits that a fuzzer makes to a genuine text: small enough that a signature or a seal
//! must notice them, and chosen by the fuzzer's bytes.

/// The length from which a text does not grow any more: repeated doubling would fill the
/// memory.
const LONGEST: usize = 16 * 1024;

/// Makes the edits that `script` describes, four bytes each: what, where (two), with what.
#[must_use]
pub fn edited(genuine: &[u8], script: &[u8]) -> Vec<u8> {
    let mut bytes = genuine.to_vec();
    let (edits, _) = script.as_chunks::<4>();
    for [what, high, low, value] in edits {
        let place = usize::from(u16::from_be_bytes([*high, *low]));
        let length = bytes.len().max(1);
        let place = place % length;
        match what % 8 {
            0 if place < bytes.len() => bytes[place] = *value,
            1 if place < bytes.len() => bytes[place] ^= 1 << (value % 8),
            2 => bytes.insert(place, *value),
            3 => drop(bytes.drain(place..(place + usize::from(*value)).min(bytes.len()))),
            4 => bytes.truncate(place),
            5 if bytes.len() < LONGEST => bytes.extend_from_within(place..),
            6 => bytes.rotate_left(place),
            // The characters of tokens, so that an edit is more often well formed.
            7 if place < bytes.len() => {
                let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
                bytes[place] = letters[usize::from(*value) % letters.len()];
            }
            _ => {}
        }
    }
    bytes
}
