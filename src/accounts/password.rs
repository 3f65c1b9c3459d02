//! The policy for new passwords: it checks a password and provides the advice shown on ⑦.
//! The default is the seed's own rule; `modern` follows NIST SP 800-63B-4 and OWASP ASVS 5.
//! How a password is hashed and compared is left to `passwords.rs`.

mod known;

use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::Score;

use super::account::Account;

crate::wire_words! {
    /// A policy for new passwords. Existing passwords are not checked against it.
    pub enum PasswordPolicy {
        /// The rule of ⑦ in the seed: 8–20 half-width letters, digits and seven symbols.
        Seed2020 = "seed-2020",
        /// 8–128 characters, any printable character, no composition rule.
        Modern = "modern",
    }
}

/// Data about the owner of a password that others may know too, so that it must not serve
/// as the password.
#[derive(Clone, Default)]
pub struct Owner {
    /// The e-mail address.
    pub email: String,
    /// The phone numbers, as typed or stored.
    pub phones: Vec<String>,
    /// The birthdate, `YYYY-MM-DD`.
    pub birthdate: Option<String>,
    /// The names, for the check of how guessable the password is.
    pub names: Vec<String>,
}

impl Owner {
    /// Returns the data of an account's owner.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let profile = &account.profile;
        let told = |fields: &[&Option<String>]| {
            fields.iter().filter_map(|field| (*field).clone()).collect()
        };
        Self {
            email: account.email.to_ascii_lowercase(),
            phones: told(&[&account.mobile_phone, &profile.home_phone]),
            birthdate: profile.birthdate.clone(),
            names: told(&[
                &profile.family_name,
                &profile.given_name,
                &profile.family_name_kana,
                &profile.given_name_kana,
            ]),
        }
    }
}

/// The symbols that the seed allows, in its order.
pub const SEED_SYMBOLS: &str = "-*_!#$%";

/// A password that contains personal data is refused if it has at most this many further
/// characters.
const FEW: usize = 3;

impl std::fmt::Debug for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Owner(..)")
    }
}

impl PasswordPolicy {
    /// Returns the minimum and the maximum number of characters.
    #[must_use]
    pub const fn length(self) -> (usize, usize) {
        match self {
            Self::Seed2020 => (8, 20),
            Self::Modern => (8, 128),
        }
    }

    /// Returns the catalogue keys of the advice on ⑦; each takes `advice_arguments`.
    #[must_use]
    pub const fn advice(self) -> &'static [&'static str] {
        match self {
            Self::Seed2020 => &[
                "details-password-rule-length",
                "details-password-rule-characters",
                "details-password-rule-both",
                "details-password-rule-advice",
            ],
            Self::Modern => &[
                "details-password-rule-length",
                "details-password-rule-passphrase",
                "details-password-rule-unguessable",
            ],
        }
    }

    /// Returns the catalogue key of the note below the advice, if there is one.
    #[must_use]
    pub const fn note(self) -> Option<&'static str> {
        match self {
            Self::Seed2020 => Some("details-password-rule-symbols"),
            Self::Modern => None,
        }
    }

    /// Returns the arguments of the advice and of the error messages.
    #[must_use]
    pub fn advice_arguments(self) -> [(&'static str, String); 3] {
        let (min, max) = self.length();
        let symbols = SEED_SYMBOLS.chars().map(|symbol| format!("「{symbol}」"));
        let symbols = symbols.collect::<Vec<_>>().join("、");
        [
            ("min", min.to_string()),
            ("max", max.to_string()),
            ("symbols", symbols),
        ]
    }

    /// Checks a new password of `owner`.
    ///
    /// # Errors
    /// The error codes of all rules that the password breaks.
    pub fn check(self, password: &str, owner: &Owner) -> Result<(), Vec<&'static str>> {
        if password.is_empty() {
            return Err(vec!["password-missing"]);
        }
        let (min, max) = self.length();
        let mut wrong = Vec::new();
        let length = password.chars().count();
        if length < min {
            wrong.push("password-too-short");
        }
        if length > max {
            wrong.push("password-too-long");
        }
        match self {
            Self::Seed2020 => check_composition(password, &mut wrong),
            Self::Modern if password.chars().any(char::is_control) => {
                wrong.push("password-characters");
            }
            Self::Modern => {}
        }
        if wrong.is_empty() {
            wrong.extend(personal(password, owner));
        }
        if wrong.is_empty() && (known::is_known(password) || is_common(password, owner)) {
            wrong.push("password-common");
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// Returns the text that is hashed and compared: the typed text in NFC, because some
/// keyboards send が as one character and others as two. This must never change, or stored
/// hashes no longer match. ASCII stays as it is.
#[must_use]
pub fn canonical(typed: &str) -> String {
    typed.nfc().collect()
}

/// Whether full-width letters or digits were typed, as Japanese keyboards do by default.
/// The page tells the person; the text is not converted.
#[must_use]
pub fn is_full_width(typed: &str) -> bool {
    typed.contains(|c: char| matches!(c, '\u{FF01}'..='\u{FF5E}'))
}

/// Whether every letter is a capital, as with Caps Lock on. The page tells the person if
/// the password is wrong; the text is not converted.
#[must_use]
pub fn is_all_capitals(typed: &str) -> bool {
    let mut letters = typed.chars().filter(|c| c.is_alphabetic()).peekable();
    letters.peek().is_some() && letters.all(char::is_uppercase)
}

fn check_composition(password: &str, wrong: &mut Vec<&'static str>) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || SEED_SYMBOLS.contains(c);
    if is_full_width(password) {
        wrong.push("password-full-width");
    } else if !password.chars().all(allowed) {
        wrong.push("password-characters");
    }
    if !password.contains(|c: char| c.is_ascii_alphabetic()) {
        wrong.push("password-needs-letter");
    }
    if !password.contains(|c: char| c.is_ascii_digit()) {
        wrong.push("password-needs-digit");
    }
}

/// Returns the error code of the personal data that makes up the password but for a few
/// characters, if any.
fn personal(password: &str, owner: &Owner) -> Option<&'static str> {
    let password = letters_and_digits(password);
    let is_mostly = |datum: &str| {
        let datum = letters_and_digits(datum);
        datum.chars().count() > FEW
            && password.contains(&datum)
            && password.chars().count() - datum.chars().count() <= FEW
    };
    if is_mostly(&owner.email) || is_mostly(local_part(&owner.email)) {
        return Some("password-is-email");
    }
    let is_phone = |phone: &String| {
        let digits = letters_and_digits(phone);
        let national = digits.strip_prefix("81").map(|rest| format!("0{rest}"));
        let national = national.unwrap_or(digits);
        let without_prefix = national.chars().skip(3).collect::<String>();
        is_mostly(phone) || is_mostly(&national) || is_mostly(&without_prefix)
    };
    if owner.phones.iter().any(is_phone) {
        return Some("password-is-phone");
    }
    let date = owner.birthdate.as_ref()?;
    let digits = letters_and_digits(date);
    let (year, day) = digits.split_at_checked(4)?;
    let is_date = is_mostly(&digits) || is_mostly(&format!("{day}{year}"));
    is_date.then_some("password-is-birthdate")
}

fn local_part(email: &str) -> &str {
    email.rsplit_once('@').map_or(email, |(local, _)| local)
}

/// Returns the letters and digits only, in lower case and half-width.
fn letters_and_digits(text: &str) -> String {
    text.nfkc()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether an attacker who knows the owner's data and lists of leaked passwords needs fewer
/// than a million guesses.
fn is_common(password: &str, owner: &Owner) -> bool {
    let mut words = vec![owner.email.as_str(), local_part(&owner.email)];
    words.extend(known::OURS);
    words.extend(owner.names.iter().map(String::as_str));
    words.extend(owner.phones.iter().map(String::as_str));
    words.retain(|word| !word.is_empty());
    zxcvbn::zxcvbn(password, &words).score() <= Score::One
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taro() -> Owner {
        Owner {
            email: "f.enrirtest2019@gmail.com".to_owned(),
            phones: vec!["+819012345678".to_owned(), "0261-23-4567".to_owned()],
            birthdate: Some("1995-12-25".to_owned()),
            names: vec!["長野".to_owned(), "太郎".to_owned()],
        }
    }

    fn seed(password: &str) -> Result<(), Vec<&'static str>> {
        PasswordPolicy::Seed2020.check(password, &taro())
    }

    #[test]
    fn the_seeds_rule_takes_what_its_text_says() {
        for password in ["kZ7wQp2x", "tR4-*_!#$%vB9kLmNq2w", "8bridge-pond-Lamp"] {
            assert_eq!(seed(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn the_seeds_rule_refuses_what_its_text_forbids() {
        for (password, codes) in [
            ("", &["password-missing"][..]),
            ("kZ7wQp2", &["password-too-short"]),
            ("tR4-*_!#$%vB9kLmNq2wX", &["password-too-long"]),
            ("kZwQpxyqrv", &["password-needs-digit"]),
            ("8364920175", &["password-needs-letter"]),
            ("kZ7wQp2x&", &["password-characters"]),
            ("kZ7w Qp2x", &["password-characters"]),
            ("kZ7wQp2xあ", &["password-characters"]),
            (
                "ｋＺ７ｗＱｐ２ｘ",
                &[
                    "password-full-width",
                    "password-needs-letter",
                    "password-needs-digit",
                ],
            ),
            (
                "-*_!",
                &[
                    "password-too-short",
                    "password-needs-letter",
                    "password-needs-digit",
                ],
            ),
        ] {
            assert_eq!(seed(password), Err(codes.to_vec()), "{password}");
        }
    }

    #[test]
    fn ones_own_data_is_no_password() {
        for (password, code) in [
            ("f-enrirtest2019", "password-is-email"),
            ("Fenrirtest2019!", "password-is-email"),
            ("a09012345678", "password-is-phone"),
            ("12345678x", "password-is-phone"),
            ("tel0261234567", "password-is-phone"),
            ("t19951225", "password-is-birthdate"),
            ("x12251995", "password-is-birthdate"),
        ] {
            assert_eq!(seed(password), Err(vec![code]), "{password}");
        }
    }

    #[test]
    fn the_commonest_passwords_are_refused_by_both_rules() {
        for password in [
            "password1",
            "abcd1234",
            "qwerty123",
            "toyota2020",
            "1q2w3e4r",
            "toyota-2025",
            "prius2015",
            "sakurahana2024",
        ] {
            assert_eq!(seed(password), Err(vec!["password-common"]), "{password}");
            let modern = PasswordPolicy::Modern.check(password, &taro());
            assert_eq!(modern, Err(vec!["password-common"]), "{password}");
        }
    }

    #[test]
    fn the_modern_rule_takes_anything_printable_up_to_128() {
        let modern = |password: &str| PasswordPolicy::Modern.check(password, &taro());
        assert_eq!(modern("correct horse battery staple"), Ok(()));
        assert_eq!(modern("いろはにほへとちりぬるを"), Ok(()));
        assert_eq!(modern("abc\u{7}defghijk"), Err(vec!["password-characters"]));
        let long = "Kp7-".repeat(33);
        assert_eq!(modern(&long), Err(vec!["password-too-long"]));
    }

    #[test]
    fn one_password_typed_on_two_keyboards_is_one_text() {
        assert_eq!(canonical("か\u{3099}"), canonical("が"));
        assert_eq!(canonical("kZ7wQp2x!"), "kZ7wQp2x!");
    }

    #[test]
    fn capitals_alone_look_like_caps_lock() {
        for (typed, all_capitals) in [
            ("SUNNY-DAY7", true),
            ("A1", true),
            ("Sunny-day7", false),
            ("12345678", false),
            ("", false),
        ] {
            assert_eq!(is_all_capitals(typed), all_capitals, "{typed}");
        }
    }

    #[test]
    fn the_advice_says_the_numbers_that_the_check_uses() {
        let arguments = PasswordPolicy::Seed2020.advice_arguments();
        assert_eq!(arguments[0].1, "8");
        assert_eq!(arguments[1].1, "20");
        assert_eq!(
            arguments[2].1,
            "「-」、「*」、「_」、「!」、「#」、「$」、「%」"
        );
    }
}
