//! Names of persons. Kanji are never normalised: Unicode normalisation would replace
//! characters that people insist on (U+FA19 神, IVS variants). Furigana are stored in
//! full-width katakana.

use unicode_normalization::UnicodeNormalization as _;

/// The longest name, in characters.
const MAX_NAME: usize = 50;

/// Reads a family or given name. It is kept as typed, without surrounding spaces.
///
/// # Errors
/// The error code: `name-too-long` or `name-characters`.
pub fn read_name(typed: &str) -> Result<String, &'static str> {
    let name = typed.trim();
    if name.chars().count() > MAX_NAME {
        return Err("name-too-long");
    }
    if name.chars().any(is_unfit) {
        return Err("name-characters");
    }
    Ok(name.to_owned())
}

/// Reads furigana typed as hiragana, katakana or half-width kana.
///
/// # Errors
/// The error code: `kana-too-long` or `kana-characters`.
pub fn read_kana(typed: &str) -> Result<String, &'static str> {
    let folded = typed.trim().nfkc().map(katakana);
    // A hyphen after a kana stands for the long vowel mark.
    let mut kana = String::new();
    for c in folded {
        let long = super::phone_number::is_dash(c) && kana.ends_with(is_katakana);
        kana.push(if long { 'ー' } else { c });
    }
    if kana.chars().count() > MAX_NAME {
        return Err("kana-too-long");
    }
    let lawful = |c: char| is_katakana(c) || matches!(c, '・' | ' ');
    if !kana.chars().all(lawful) {
        return Err("kana-characters");
    }
    Ok(kana)
}

/// Whether no name or address contains `c`, and it could make a text look like another or
/// break a mail: control characters, bidirectional controls, private-use characters and
/// broken ones.
pub(super) fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}'
            | '\u{200B}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E000}'..='\u{F8FF}'
            | '\u{F0000}'..='\u{10FFFF}')
}

fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        other => other,
    }
}

fn is_katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヺ' | 'ー' | 'ヽ' | 'ヾ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kanji_stay_exactly_as_typed() {
        for name in [
            "神\u{FA19}",
            "\u{FA10}",
            "髙",
            "\u{FA11}",
            "\u{20BB7}野",
            "葛\u{E0100}",
            "か\u{3099}",
        ] {
            assert_eq!(read_name(&format!("　{name} ")).as_deref(), Ok(name));
        }
        assert_eq!(read_name("オンプレU-T-1").as_deref(), Ok("オンプレU-T-1"));
    }

    #[test]
    fn characters_that_deceive_are_no_name() {
        for name in [
            "a\u{202E}b",
            "a\nb",
            "a\u{0}",
            "\u{E000}",
            "\u{FFFD}",
            "a\u{200B}",
        ] {
            assert_eq!(read_name(name), Err("name-characters"), "{name:?}");
        }
        assert_eq!(read_name(&"あ".repeat(51)), Err("name-too-long"));
    }

    #[test]
    fn furigana_become_full_width_katakana() {
        for (typed, kana) in [
            ("とよだ", "トヨダ"),
            ("トヨダ", "トヨダ"),
            ("ﾄﾖﾀﾞ ", "トヨダ"),
            ("ｳﾞｧﾝ", "ヴァン"),
            ("ゔぁん", "ヴァン"),
            ("コーヒー", "コーヒー"),
            ("ｺｰﾋｰ", "コーヒー"),
            ("コ-ヒ－", "コーヒー"),
            ("マリア・ルイザ　ホセ", "マリア・ルイザ ホセ"),
            ("か\u{3099}", "ガ"),
        ] {
            assert_eq!(read_kana(typed).as_deref(), Ok(kana), "{typed}");
        }
    }

    #[test]
    fn what_is_no_furigana_is_told_by_its_code() {
        for typed in ["豊田", "Toyota", "トヨタ1", "-トヨタ", "ト\nヨ"] {
            assert_eq!(read_kana(typed), Err("kana-characters"), "{typed}");
        }
        assert_eq!(read_kana(&"ア".repeat(51)), Err("kana-too-long"));
    }
}
