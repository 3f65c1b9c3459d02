//! Japanese phone numbers: mobile numbers, stored as E.164, and home numbers, stored as
//! digits. All common ways of typing them are accepted: full-width digits, the characters
//! that keyboards give for a hyphen, and +81.

use serde::{Deserialize, Serialize};

/// A mobile number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MobileNumber {
    /// Eleven digits as dialled within Japan: 090….
    national: String,
}

/// A home phone number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HomeNumber {
    national: String,
}

/// The use of the numbers with a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// Voice and SMS: can be a login ID.
    Mobile,
    /// IP telephony, where SMS may not arrive.
    Ip,
    /// Data connections of machines.
    Data,
}

/// The prefixes of numbers with eleven digits (Ministry of Internal Affairs, numbering
/// plan; 060 is for mobile phones since July 2026).
const PREFIXES: [(&str, Use); 6] = [
    ("090", Use::Mobile),
    ("080", Use::Mobile),
    ("070", Use::Mobile),
    ("060", Use::Mobile),
    ("050", Use::Ip),
    ("020", Use::Data),
];

/// Area codes of three digits, with the digits that may follow. 03 and 06 have two digits,
/// all other area codes four or more. Used for display only.
const THREE_DIGIT_AREAS: [(&str, &str); 45] = [
    ("011", "123456789"),
    ("017", "7"),
    ("018", "8"),
    ("019", "6"),
    ("022", "237"),
    ("023", "6"),
    ("024", "59"),
    ("025", "23"),
    ("026", "2"),
    ("027", "23"),
    ("028", "6"),
    ("029", "28"),
    ("042", "34567"),
    ("043", "234"),
    ("044", "23456789"),
    ("045", "23456789"),
    ("046", "28"),
    ("047", "34"),
    ("048", "23456789"),
    ("049", "2"),
    ("052", "23456789"),
    ("053", "45"),
    ("054", "26"),
    ("055", "29"),
    ("058", "23"),
    ("059", "23"),
    ("072", "236789"),
    ("073", "4"),
    ("075", "23456789"),
    ("076", "24"),
    ("077", "5"),
    ("078", "23456789"),
    ("079", "24"),
    ("082", "2589"),
    ("083", "29"),
    ("084", "9"),
    ("086", "2459"),
    ("087", "8"),
    ("088", "68"),
    ("089", "9"),
    ("092", "23456789"),
    ("093", "23456789"),
    ("095", "8"),
    ("096", "23"),
    ("098", "89"),
];

impl MobileNumber {
    /// Reads a number as typed.
    ///
    /// # Errors
    /// The error code: `mobile-phone-characters`, `mobile-phone-length`, `mobile-phone-ip`,
    /// `mobile-phone-data` or `mobile-phone-prefix`.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let national = national(typed).ok_or("mobile-phone-characters")?;
        match use_of(&national) {
            Some(Use::Mobile) if national.len() == 11 => Ok(Self { national }),
            Some(Use::Mobile) => Err("mobile-phone-length"),
            Some(Use::Ip) => Err("mobile-phone-ip"),
            Some(Use::Data) => Err("mobile-phone-data"),
            None => Err("mobile-phone-prefix"),
        }
    }

    /// Returns `+819012345678`: the form that is stored and that the `phone_number` claim
    /// has (OpenID Connect Core §5.1 recommends E.164).
    #[must_use]
    pub fn e164(&self) -> String {
        let rest = self.national.strip_prefix('0').unwrap_or(&self.national);
        format!("+81{rest}")
    }

    /// Returns `090-1234-5678`.
    #[must_use]
    pub fn display(&self) -> String {
        grouped(&self.national, 3, 4)
    }
}

impl HomeNumber {
    /// Reads a number as typed.
    ///
    /// # Errors
    /// The error code: `home-phone-characters`, `home-phone-mobile` or `home-phone-length`.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let national = national(typed).ok_or("home-phone-characters")?;
        let length = match use_of(&national) {
            Some(Use::Mobile | Use::Data) if national.len() == 11 => {
                return Err("home-phone-mobile");
            }
            Some(Use::Ip) => 11,
            _ => 10,
        };
        let area = national.starts_with('0') && !national.starts_with("00");
        if national.len() != length || !area {
            return Err("home-phone-length");
        }
        Ok(Self { national })
    }

    /// Returns the digits, which is the form that is stored.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.national
    }

    /// Returns the number with hyphens after the area code and the exchange.
    #[must_use]
    pub fn display(&self) -> String {
        let number = &self.national;
        let area = number.get(..3).unwrap_or_default();
        let fourth = number.get(3..4).unwrap_or_default();
        let three_digits = |(code, next): &(&str, &str)| *code == area && next.contains(fourth);
        if number.starts_with("03") || number.starts_with("06") {
            grouped(number, 2, 4)
        } else if area == "050" {
            grouped(number, 3, 4)
        } else if THREE_DIGIT_AREAS.iter().any(three_digits) || number.starts_with("0990") {
            grouped(number, 3, 3)
        } else if number.starts_with("0120") {
            grouped(number, 4, 3)
        } else {
            grouped(number, 4, 2)
        }
    }
}

impl TryFrom<String> for MobileNumber {
    type Error = &'static str;
    fn try_from(stored: String) -> Result<Self, &'static str> {
        Self::read(&stored)
    }
}

impl From<MobileNumber> for String {
    fn from(number: MobileNumber) -> Self {
        number.e164()
    }
}

impl TryFrom<String> for HomeNumber {
    type Error = &'static str;
    fn try_from(stored: String) -> Result<Self, &'static str> {
        Self::read(&stored)
    }
}

impl From<HomeNumber> for String {
    fn from(number: HomeNumber) -> Self {
        number.national
    }
}

/// Converts a full-width digit to half-width; returns any other character unchanged.
pub(super) fn half_width_digit(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// Whether `c` is one of the characters that people type for a hyphen.
pub(super) const fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '－' | 'ー' | 'ｰ' | '─' | '﹣'
    )
}

/// Returns the digits as dialled within Japan; `None` if the text contains anything else.
fn national(typed: &str) -> Option<String> {
    let is_punctuation = |c: char| {
        c.is_whitespace() || is_dash(c) || matches!(c, '(' | ')' | '（' | '）' | '.' | '．')
    };
    let bare: String = typed
        .chars()
        .filter(|c| !is_punctuation(*c))
        .map(half_width_digit)
        .map(|c| if c == '＋' { '+' } else { c })
        .collect();
    let digits = match bare.strip_prefix("+81") {
        // Some people write the 0 that is dialled only within Japan: +81(0)90….
        Some(rest) => format!("0{}", rest.strip_prefix('0').unwrap_or(rest)),
        None => bare,
    };
    let only_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    only_digits.then_some(digits)
}

fn use_of(national: &str) -> Option<Use> {
    PREFIXES
        .iter()
        .find(|(prefix, _)| national.starts_with(prefix))
        .map(|(_, used)| *used)
}

/// Groups the digits in three; `first` and `second` are the lengths of the first two
/// groups.
fn grouped(digits: &str, first: usize, second: usize) -> String {
    let (a, rest) = digits.split_at_checked(first).unwrap_or((digits, ""));
    let (b, c) = rest.split_at_checked(second).unwrap_or((rest, ""));
    format!("{a}-{b}-{c}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_is_the_same_however_it_is_typed() {
        for typed in [
            "09012345678",
            "090-1234-5678",
            "０９０－１２３４－５６７８",
            "090ー1234ー5678",
            "090ｰ1234ｰ5678",
            "090−1234−5678",
            "090‐1234‑5678",
            "090–1234—5678",
            " 090 1234　5678 ",
            "(090)1234-5678",
            "+819012345678",
            "+81 90-1234-5678",
            "＋８１９０１２３４５６７８",
            "+81(0)90-1234-5678",
        ] {
            let number = MobileNumber::read(typed).unwrap();
            assert_eq!(number.e164(), "+819012345678", "{typed}");
            assert_eq!(number.display(), "090-1234-5678");
        }
    }

    #[test]
    fn every_mobile_prefix_is_taken_the_one_of_2026_too() {
        for prefix in ["060", "070", "080", "090"] {
            assert!(MobileNumber::read(&format!("{prefix}12345678")).is_ok());
        }
    }

    #[test]
    fn what_is_no_mobile_number_is_told_by_its_code() {
        for (typed, code) in [
            ("", "mobile-phone-characters"),
            ("090-abcd-5678", "mobile-phone-characters"),
            ("090 1234 567", "mobile-phone-length"),
            ("090123456789", "mobile-phone-length"),
            ("05012345678", "mobile-phone-ip"),
            ("02012345678", "mobile-phone-data"),
            ("0312345678", "mobile-phone-prefix"),
            ("+15551234567", "mobile-phone-characters"),
            ("90-1234-5678", "mobile-phone-prefix"),
        ] {
            assert_eq!(MobileNumber::read(typed), Err(code), "{typed}");
        }
    }

    #[test]
    fn a_home_number_is_shown_by_its_area_code() {
        for (typed, shown) in [
            ("0312345678", "03-1234-5678"),
            ("０６（６３４５）６７８９", "06-6345-6789"),
            ("0262123456", "026-212-3456"),
            ("0261234567", "0261-23-4567"),
            ("0521234567", "0521-23-4567"),
            ("0522345678", "052-234-5678"),
            ("+81 565 28 2121", "0565-28-2121"),
            ("05012345678", "050-1234-5678"),
            ("0120123456", "0120-123-456"),
        ] {
            assert_eq!(HomeNumber::read(typed).unwrap().display(), shown);
        }
    }

    #[test]
    fn what_is_no_home_number_is_told_by_its_code() {
        for (typed, code) in [
            ("090-1234-5678", "home-phone-mobile"),
            ("031234567", "home-phone-length"),
            ("03123456789", "home-phone-length"),
            ("0012345678", "home-phone-length"),
            ("1234567890", "home-phone-length"),
            ("なし", "home-phone-characters"),
        ] {
            assert_eq!(HomeNumber::read(typed), Err(code), "{typed}");
        }
    }
}
