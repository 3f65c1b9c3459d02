//! An e-mail address: the login ID of an account. It is kept as typed except for what a
//! Japanese keyboard adds by accident, and compared without regard to ASCII case. Mobile
//! carriers gave out local parts that RFC 5321 forbids (`a..b`, `.a`, `a.`); they are
//! accepted. Only the verification code proves that mail arrives there.

use serde::{Deserialize, Serialize};

/// The longest address, in octets (RFC 5321 §4.5.3.1.3, less the brackets).
pub const MAX_LENGTH: usize = 254;
const MAX_LOCAL_PART: usize = 64;

/// A valid address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    typed: String,
    key: String,
}

crate::wire_words! {
    /// The mobile carriers whose mail filters are explained on ⑤ and ⑥.
    pub enum Carrier {
        /// NTT Docomo.
        Docomo = "docomo",
        /// KDDI.
        Au = "au",
        /// SoftBank.
        Softbank = "softbank",
        /// Y!mobile.
        Ymobile = "ymobile",
    }
}

const CARRIERS: [(&str, Carrier); 8] = [
    ("docomo.ne.jp", Carrier::Docomo),
    ("au.com", Carrier::Au),
    ("ezweb.ne.jp", Carrier::Au),
    ("softbank.ne.jp", Carrier::Softbank),
    ("i.softbank.jp", Carrier::Softbank),
    ("vodafone.ne.jp", Carrier::Softbank),
    ("ymobile.ne.jp", Carrier::Ymobile),
    ("yahoo.ne.jp", Carrier::Ymobile),
];

/// Well-known domains that a mistyped domain is compared with. The last lines are real
/// domains that look like others; they are listed so that they are not taken for mistakes.
const COMMON_DOMAINS: [&str; 25] = [
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "au.com",
    "softbank.ne.jp",
    "i.softbank.jp",
    "ymobile.ne.jp",
    "yahoo.co.jp",
    "gmail.com",
    "icloud.com",
    "outlook.jp",
    "outlook.com",
    "hotmail.co.jp",
    "hotmail.com",
    "nifty.com",
    "biglobe.ne.jp",
    "so-net.ne.jp",
    "vodafone.ne.jp",
    "uqmobile.jp",
    "rakumail.jp",
    "yahoo.ne.jp",
    "yahoo.com",
    "ymail.com",
    "fmail.com",
    "email.com",
    "mail.com",
];

/// Domains with a right name and a wrong ending, each with the domain that is meant.
const WRONG_ENDINGS: [(&str, &str); 12] = [
    ("docomo.co.jp", "docomo.ne.jp"),
    ("docomo.com", "docomo.ne.jp"),
    ("docomo.jp", "docomo.ne.jp"),
    ("ezweb.co.jp", "ezweb.ne.jp"),
    ("ezweb.jp", "ezweb.ne.jp"),
    ("gmail.co.jp", "gmail.com"),
    ("gmail.jp", "gmail.com"),
    ("gmail.ne.jp", "gmail.com"),
    ("icloud.co.jp", "icloud.com"),
    ("icloud.jp", "icloud.com"),
    ("yahoo.jp", "yahoo.co.jp"),
    ("ymobile.jp", "ymobile.ne.jp"),
];

impl EmailAddress {
    /// Reads an address as typed.
    ///
    /// # Errors
    /// The error code: `email-missing`, `email-not-ascii`, `email-too-long`,
    /// `email-incomplete`, `email-characters` or `email-domain`.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let typed = fold(typed);
        if typed.is_empty() {
            return Err("email-missing");
        }
        if !typed.is_ascii() {
            return Err("email-not-ascii");
        }
        if typed.len() > MAX_LENGTH {
            return Err("email-too-long");
        }
        let (local, domain) = typed.rsplit_once('@').ok_or("email-incomplete")?;
        if local.is_empty() || domain.is_empty() {
            return Err("email-incomplete");
        }
        if local.len() > MAX_LOCAL_PART {
            return Err("email-too-long");
        }
        if !local.bytes().all(is_atom_or_dot) {
            return Err("email-characters");
        }
        if !is_domain(domain) {
            return Err("email-domain");
        }
        let key = typed.to_ascii_lowercase();
        Ok(Self { typed, key })
    }

    /// Returns the address as typed, which is shown and to which mail is sent.
    #[must_use]
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Returns the key by which addresses are compared: the address in lower-case ASCII.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the domain in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.key.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Returns the address for an SMTP envelope or header. A local part that is not a
    /// dot-atom is quoted (RFC 5321 §4.1.2), as the relays of the carriers require.
    #[must_use]
    pub fn for_smtp(&self) -> String {
        let (local, domain) = self.typed.rsplit_once('@').unwrap_or((&self.typed, ""));
        if local.split('.').any(str::is_empty) {
            format!("\"{local}\"@{domain}")
        } else {
            self.typed.clone()
        }
    }

    /// Returns the mobile carrier whose mail filter may reject the mail, if any.
    #[must_use]
    pub fn carrier(&self) -> Option<Carrier> {
        let domain = self.domain();
        let at = |known: &str| {
            // Old SoftBank and au addresses have a region or a sub-brand before the domain.
            domain == known || domain.ends_with(&format!(".{known}"))
        };
        CARRIERS
            .iter()
            .find(|(known, _)| at(known))
            .map(|(_, carrier)| *carrier)
    }

    /// Whether the domain belongs to a well-known mail provider or carrier.
    #[must_use]
    pub fn is_of_a_known_provider(&self) -> bool {
        COMMON_DOMAINS.contains(&self.domain()) || self.carrier().is_some()
    }

    /// Returns the address that was perhaps meant: the same with a well-known domain that
    /// differs by one typing mistake. The page asks the person; it never replaces the
    /// address.
    #[must_use]
    pub fn suggestion(&self) -> Option<String> {
        if self.is_of_a_known_provider() {
            return None;
        }
        let domain = self.domain();
        let ending = WRONG_ENDINGS
            .iter()
            .find_map(|(wrong, meant)| (*wrong == domain).then_some(*meant));
        let meant = ending.or_else(|| {
            COMMON_DOMAINS
                .into_iter()
                .find(|known| is_slip_of(domain, known))
        })?;
        let (local, _) = self.typed.rsplit_once('@')?;
        Some(format!("{local}@{meant}"))
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = &'static str;
    fn try_from(typed: String) -> Result<Self, &'static str> {
        Self::read(&typed)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.typed
    }
}

/// Removes surrounding spaces (Japanese input methods often leave a U+3000) and converts
/// full-width ASCII to half-width.
fn fold(typed: &str) -> String {
    let half_width = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '。' | '｡' => '.',
        other => other,
    };
    typed.trim().chars().map(half_width).collect()
}

/// RFC 5322 §3.2.3 atext, and dots at any position.
fn is_atom_or_dot(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte)
}

/// Whether `domain` is a domain name (RFC 1035 §2.3.1, as used in practice) whose top level
/// is not a number.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top_level = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.split('.').all(label)
        && top_level.len() >= 2
        && top_level.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether `typed` is probably a mistyped `known`. A short domain resembles many others, so
/// its first label must be typed exactly.
fn is_slip_of(typed: &str, known: &str) -> bool {
    let name = |domain: &str| domain.split('.').next().map(str::to_owned);
    let is_short = known.len() < 8;
    (!is_short || name(typed) == name(known)) && is_one_slip_away(typed, known)
}

/// Whether inserting, removing or replacing one letter, or swapping two neighbours, turns
/// `a` into `b`.
fn is_one_slip_away(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a == b || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let front = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(front..), b.get(front..));
    match (a, b) {
        (Some([_, a @ ..]), Some([_, b @ ..])) if a == b => true,
        (Some([x, y, a @ ..]), Some([z, w, b @ ..])) if (x, y) == (w, z) && a == b => true,
        (Some([_, a @ ..]), Some(b)) if a == b => true,
        (Some(a), Some([_, b @ ..])) if a == b => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(typed: &str) -> String {
        EmailAddress::read(typed).unwrap().key().to_owned()
    }

    #[test]
    fn an_address_keeps_its_case_and_is_compared_without() {
        let address = EmailAddress::read("mytoYota.20180626@gmail.com").unwrap();
        assert_eq!(address.typed(), "mytoYota.20180626@gmail.com");
        assert_eq!(address.key(), "mytoyota.20180626@gmail.com");
        assert_ne!(key("a.b+c@gmail.com"), key("ab@gmail.com"));
    }

    #[test]
    fn what_a_japanese_keyboard_adds_is_folded() {
        assert_eq!(key("　taro＠docomo．ne．jp　 "), "taro@docomo.ne.jp");
        assert_eq!(key("ｔａｒｏ@docomo。ne。jp"), "taro@docomo.ne.jp");
    }

    #[test]
    fn carrier_addresses_that_break_the_rfc_are_taken_and_quoted_for_smtp() {
        for typed in ["a..b@docomo.ne.jp", ".a@ezweb.ne.jp", "a.@docomo.ne.jp"] {
            let address = EmailAddress::read(typed).unwrap();
            assert_eq!(address.typed(), typed);
            assert!(address.for_smtp().starts_with('"'));
        }
        let plain = EmailAddress::read("a.b@docomo.ne.jp").unwrap();
        assert_eq!(plain.for_smtp(), "a.b@docomo.ne.jp");
    }

    #[test]
    fn what_is_no_address_is_told_by_its_code() {
        let long = format!("{}@example.jp", "a".repeat(65));
        let longer = format!("a@{}.jp", "abcdefghi.".repeat(26));
        for (typed, code) in [
            ("", "email-missing"),
            ("　", "email-missing"),
            ("taro", "email-incomplete"),
            ("@docomo.ne.jp", "email-incomplete"),
            ("taro@", "email-incomplete"),
            ("太郎@docomo.ne.jp", "email-not-ascii"),
            ("ta ro@docomo.ne.jp", "email-characters"),
            ("a@b@docomo.ne.jp", "email-characters"),
            ("\"a\"@docomo.ne.jp", "email-characters"),
            ("taro@docomo", "email-domain"),
            ("taro@127.0.0.1", "email-domain"),
            ("taro@docomo..jp", "email-domain"),
            ("taro@-docomo.jp", "email-domain"),
            ("taro@docomo.ne.jp\r\nBcc: x@y.jp", "email-characters"),
            (long.as_str(), "email-too-long"),
            (longer.as_str(), "email-too-long"),
        ] {
            assert_eq!(EmailAddress::read(typed), Err(code), "{typed}");
        }
    }

    #[test]
    fn a_slip_in_a_known_domain_gets_a_suggestion() {
        for (typed, meant) in [
            ("taro@docomo.ne.jo", Some("taro@docomo.ne.jp")),
            ("Taro@docmo.ne.jp", Some("Taro@docomo.ne.jp")),
            ("taro@gmial.com", Some("taro@gmail.com")),
            ("taro@gmaill.com", Some("taro@gmail.com")),
            ("taro@au.con", Some("taro@au.com")),
            ("taro@ao.com", None),
            ("taro@gmail.co.jp", Some("taro@gmail.com")),
            ("taro@docomo.jp", Some("taro@docomo.ne.jp")),
            ("taro@i.sofbank.jp", Some("taro@i.softbank.jp")),
            ("taro@iclould.com", Some("taro@icloud.com")),
            ("taro@outlok.jp", Some("taro@outlook.jp")),
            ("taro@yahoo.co.jp", None),
            ("taro@ymail.com", None),
            ("taro@t.vodafone.ne.jp", None),
            ("taro@example.jp", None),
        ] {
            let address = EmailAddress::read(typed).unwrap();
            assert_eq!(address.suggestion().as_deref(), meant, "{typed}");
        }
    }

    #[test]
    fn a_carrier_is_known_by_its_domain() {
        let carrier = |typed| EmailAddress::read(typed).unwrap().carrier();
        assert_eq!(carrier("a@DOCOMO.ne.jp"), Some(Carrier::Docomo));
        assert_eq!(carrier("a@au.com"), Some(Carrier::Au));
        assert_eq!(carrier("a@d.vodafone.ne.jp"), Some(Carrier::Softbank));
        assert_eq!(carrier("a@notau.com"), None);
    }
}
