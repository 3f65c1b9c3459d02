//! The names under which a client may not register itself where everybody may: our own, and
//! those of the services that the operator registered. Names are compared as people see
//! them: without capitals, spaces and signs, and with letters that look alike made equal.

use unicode_normalization::UnicodeNormalization as _;

/// Words that people take for ours in any name.
const OURS: [&str; 12] = [
    "toyota",
    "トヨタ",
    "lexus",
    "レクサス",
    "公式",
    "official",
    "共通ID",
    "Common ID",
    "my route",
    "T-Connect",
    "TCスマホナビ",
    "整備手帳",
];

/// How long a registered name must be to be refused within another one, in letters of one
/// byte, and in others.
const WITHIN: (usize, usize) = (6, 3);

/// Reserved names, as they are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReservedNames {
    /// Refused anywhere in a name.
    within: Vec<String>,
    /// Refused as the whole name.
    whole: Vec<String>,
}

impl ReservedNames {
    /// Makes the list from the names of the brands and of the operator's services.
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut reserved = Self {
            within: OURS.into_iter().map(seen).collect(),
            whole: Vec::new(),
        };
        for name in names.map(seen).filter(|name| !name.is_empty()) {
            let least = if name.is_ascii() { WITHIN.0 } else { WITHIN.1 };
            if name.chars().count() >= least {
                reserved.within.push(name);
            } else {
                reserved.whole.push(name);
            }
        }
        reserved
    }

    /// Whether people could take `name` for one of these.
    #[must_use]
    pub fn include(&self, name: &str) -> bool {
        let name = seen(name);
        self.within.iter().any(|ours| name.contains(ours.as_str())) || self.whole.contains(&name)
    }
}

/// Returns a name as people see it.
fn seen(name: &str) -> String {
    let composed: String = name.nfkc().collect();
    let lower = composed.to_lowercase();
    let plain = lower.chars().map(without_accent).map(look_alike);
    plain.filter(|c| c.is_alphanumeric()).collect()
}

/// Returns the Latin letter of an accented one; other scripts need their marks.
fn without_accent(c: char) -> char {
    let mut decomposed = std::iter::once(c).nfd();
    decomposed
        .next()
        .filter(char::is_ascii_alphanumeric)
        .unwrap_or(c)
}

/// Returns one of the letters that look like `c`.
fn look_alike(c: char) -> char {
    match c {
        '0' | 'о' | 'ο' => 'o',
        '1' | 'i' | 'і' | 'ι' | 'ı' | 'ӏ' => 'l',
        '3' | 'е' | 'ε' => 'e',
        '4' | 'а' | 'α' => 'a',
        '5' | 'ѕ' | 'ꜱ' => 's',
        'т' | 'τ' => 't',
        'у' | 'υ' | 'γ' => 'y',
        'х' | 'χ' | '×' => 'x',
        'с' => 'c',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'ո' | 'п' => 'n',
        'р' | 'ρ' => 'p',
        'ᴜ' | 'ս' => 'u',
        'ʟ' => 'l',
        '卜' => 'ト',
        '夕' => 'タ',
        'ㇾ' => 'レ',
        'ュ' => 'ユ',
        // Hiragana, as katakana.
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_names_are_known_however_they_are_written() {
        let reserved = ReservedNames::new(["購入サポート", "Web"].into_iter());
        for name in [
            "TOYOTA 公式サイト",
            "ＴＯＹＯＴＡ",
            "T O Y O T A",
            "T0Y0TA Login",
            "Τоуοtа",
            "Tóyota",
            "トヨタ",
            "ﾄﾖﾀ",
            "卜ヨタ",
            "とよた自動車",
            "Le×us",
            "Iexus",
            "共通ＩＤ",
            "My-Route",
            "Official page",
            "整備 手帳",
            "購入サポート課",
            "web",
        ] {
            assert!(reserved.include(name), "{name}");
        }
        for name in ["ドライブ手帳", "Webster", "豊田商店", "Lex", "通知"] {
            assert!(!reserved.include(name), "{name}");
        }
    }
}
