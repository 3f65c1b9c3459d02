//! The code of six or eight digits that verifies an e-mail address or a phone. The code is
//! not stored: it is derived from a keyed hash each time it is needed, so that the same code
//! can be sent again. This module decides whether a typed code is right and when a new code is
//! issued; how many may be sent to one address is left to `one_time_codes::limits`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::phone_number::half_width_digit;
use crate::clock::Timestamp;

/// A code that expires sooner than this is not sent again; a new one is issued instead.
const WORTH_RESENDING: Duration = Duration::from_secs(120);

/// How many digits a code has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeLength {
    /// The codes of the seed.
    Six,
    /// Codes that alone take an account over.
    Eight,
}

impl CodeLength {
    /// Returns the number of digits.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::Six => 6,
            Self::Eight => 8,
        }
    }
}

/// The digits, with leading zeros.
#[derive(Clone)]
pub struct VerificationCode(Vec<u8>);

/// The number of a new code: 31 random bits, never 0. A node before 2026-12 numbers the codes
/// of a place from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial(u32);

impl Serial {
    /// Makes the number from random bytes.
    #[must_use]
    pub fn of_random(bytes: [u8; 4]) -> Self {
        Self((u32::from_be_bytes(bytes) >> 1).max(1))
    }
}

/// An issued code, without its digits: they are derived from `serial` by `derive`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCode {
    /// The number of the code, part of the input of the keyed hash. It is random, so that a
    /// place that was lost and came back has other codes than before.
    pub serial: u32,
    /// When the code was first sent.
    pub issued_at: Timestamp,
    /// When the code was last sent.
    pub sent_at: Timestamp,
    /// When the code expires.
    pub expires_at: Timestamp,
    /// The number of wrong attempts so far.
    pub wrong: u32,
}

/// The limits for codes, set by the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRule {
    /// How long a code is valid.
    pub lifetime: Duration,
    /// The minimum time between two messages.
    pub resend_wait: Duration,
    /// How many wrong attempts one code allows.
    pub wrong_per_code: u32,
}

/// The answer when a code is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Send nothing: a code was sent recently. The next may be sent after this time.
    Wait(Duration),
    /// Send this code: the previous one again, or a new one.
    Send(IssuedCode),
}

/// The result of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The code is right: the address or phone is verified.
    Right,
    /// The code is wrong; so many attempts are left.
    Wrong(u32),
    /// The code expired; a new one must be sent.
    Expired,
    /// Too many wrong attempts were made; a new code must be sent.
    TooMany,
}

impl VerificationCode {
    /// Derives the code from a keyed hash. The bias of reducing 2⁶⁴ numbers to a hundred
    /// million is too small to matter.
    #[must_use]
    pub fn derive(mac: &[u8; 32], length: CodeLength) -> Self {
        let head = mac.first_chunk().copied().unwrap_or_default();
        let mut number = u64::from_be_bytes(head);
        let mut digits = vec![b'0'; length.digits()];
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
        }
        Self(digits)
    }

    /// Reads a code as typed or pasted: full-width digits, spaces and hyphens between them,
    /// or a sentence that contains the code.
    ///
    /// # Errors
    /// The error code: `code-missing` or `code-format`.
    pub fn read(typed: &str, length: CodeLength) -> Result<Self, &'static str> {
        let folded: String = typed.trim().chars().map(half_width_digit).collect();
        if folded.is_empty() {
            return Err("code-missing");
        }
        let is_gap = |c: char| c.is_whitespace() || super::phone_number::is_dash(c);
        let joined: String = folded.chars().filter(|c| !is_gap(*c)).collect();
        let of_digits = |digits: &str| Self::of_digits(digits, length);
        if let Some(code) = of_digits(&joined) {
            return Ok(code);
        }
        let runs = folded.split(|c: char| !c.is_ascii_digit());
        if let [code] = runs.filter_map(of_digits).collect::<Vec<_>>().as_slice() {
            return Ok(code.clone());
        }
        // A code in groups, within a sentence.
        let runs = folded.split(|c: char| !(c.is_ascii_digit() || is_gap(c)));
        let without_gaps = |run: &str| of_digits(&run.replace(is_gap, ""));
        match runs.filter_map(without_gaps).collect::<Vec<_>>().as_slice() {
            [code] => Ok(code.clone()),
            _ => Err(match length {
                CodeLength::Six => "code-format",
                CodeLength::Eight => "long-code-format",
            }),
        }
    }

    fn of_digits(digits: &str, length: CodeLength) -> Option<Self> {
        let is_code =
            digits.len() == length.digits() && digits.bytes().all(|digit| digit.is_ascii_digit());
        is_code.then(|| Self(digits.as_bytes().to_vec()))
    }

    /// Returns the digits, for a message.
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.iter().map(|digit| char::from(*digit)).collect()
    }

    /// Compares in constant time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        let differing = pairs.fold(0, |differing, (a, b)| differing | (a ^ b));
        self.0.len() == other.0.len() && differing == 0
    }
}

impl std::fmt::Debug for VerificationCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerificationCode(..)")
    }
}

impl IssuedCode {
    /// Decides what to send when a code is asked for. `last` is the code sent last;
    /// `serial` is the number that a new code gets.
    #[must_use]
    pub fn ask(last: Option<&Self>, serial: Serial, rule: &CodeRule, now: Timestamp) -> Sending {
        if let Some(last) = last {
            let free = last.sent_at.after(rule.resend_wait);
            if now < free {
                return Sending::Wait(free.since(now));
            }
            // Mails may arrive out of order, so there is only one code as long as it is
            // valid.
            if last.expires_at.since(now) >= WORTH_RESENDING && last.wrong < rule.wrong_per_code {
                return Sending::Send(Self {
                    sent_at: now,
                    ..last.clone()
                });
            }
        }
        Sending::Send(Self {
            serial: serial.0,
            issued_at: now,
            sent_at: now,
            expires_at: now.after(rule.lifetime),
            wrong: 0,
        })
    }

    /// Compares `typed` with `right`, and counts a wrong attempt.
    pub fn attempt(
        &mut self,
        typed: &VerificationCode,
        right: &VerificationCode,
        rule: &CodeRule,
        now: Timestamp,
    ) -> Attempt {
        if now >= self.expires_at {
            return Attempt::Expired;
        }
        if self.wrong >= rule.wrong_per_code {
            return Attempt::TooMany;
        }
        if typed.is(right) {
            return Attempt::Right;
        }
        self.wrong += 1;
        match rule.wrong_per_code - self.wrong {
            0 => Attempt::TooMany,
            left => Attempt::Wrong(left),
        }
    }
}

impl Attempt {
    /// Returns the error code to show beside the field; `None` if the code is right.
    #[must_use]
    pub const fn error(self) -> Option<&'static str> {
        match self {
            Self::Right => None,
            Self::Wrong(_) => Some("code-wrong"),
            Self::Expired => Some("code-expired"),
            Self::TooMany => Some("code-too-many"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: CodeRule = CodeRule {
        lifetime: Duration::from_secs(600),
        resend_wait: Duration::from_secs(60),
        wrong_per_code: 5,
    };

    fn code(number: u64) -> VerificationCode {
        let mut mac = [0; 32];
        mac[..8].copy_from_slice(&number.to_be_bytes());
        VerificationCode::derive(&mac, CodeLength::Six)
    }

    fn read(typed: &str) -> Result<VerificationCode, &'static str> {
        VerificationCode::read(typed, CodeLength::Six)
    }

    fn issued(at: i64) -> IssuedCode {
        match IssuedCode::ask(None, Serial(1), &RULE, Timestamp(at)) {
            Sending::Send(issued) => issued,
            Sending::Wait(_) => panic!("the first code waits for nothing"),
        }
    }

    #[test]
    fn leading_zeros_are_digits_too() {
        assert_eq!(code(1164).digits(), "001164");
        assert_eq!(code(71_001_164).digits(), "001164");
    }

    #[test]
    fn a_code_is_read_however_it_was_typed_or_pasted() {
        for typed in [
            "001164",
            "００１１６４",
            " 001 164　",
            "001-164",
            "認証番号：001164",
            "認証番号：００１１６４\r\nお手続きの画面に",
            "【共通ID】認証番号: 001164（10分間有効）",
            "TOYOTA 認証番号：001164 @id.toyota.jp #001164"
                .split('@')
                .next()
                .unwrap(),
        ] {
            assert!(read(typed).unwrap().is(&code(1164)), "{typed}");
        }
    }

    #[test]
    fn a_long_code_is_read_as_one_and_is_no_short_code() {
        let long = VerificationCode::derive(&[0; 32], CodeLength::Eight);
        assert_eq!(long.digits(), "00000000");
        for typed in ["00000000", "0000-0000", "認証番号：００００ ００００"] {
            assert!(
                VerificationCode::read(typed, CodeLength::Eight)
                    .unwrap()
                    .is(&long)
            );
        }
        assert_eq!(read("00000000").unwrap_err(), "code-format");
        assert!(!long.is(&code(0)));
    }

    #[test]
    fn what_is_no_code_is_told_by_its_code() {
        for (typed, wrong) in [
            ("", "code-missing"),
            ("　", "code-missing"),
            ("01164", "code-format"),
            ("0011640", "code-format"),
            ("abcdef", "code-format"),
            ("001164 001165", "code-format"),
        ] {
            assert_eq!(read(typed).unwrap_err(), wrong, "{typed}");
        }
    }

    #[test]
    fn a_code_asked_for_again_is_the_same_while_two_minutes_remain() {
        let first = issued(1_000);
        let ask = |at| IssuedCode::ask(Some(&first), Serial(2), &RULE, Timestamp(at));
        assert_eq!(ask(1_059), Sending::Wait(Duration::from_secs(1)));
        let Sending::Send(again) = ask(1_480) else {
            panic!()
        };
        assert_eq!((again.serial, again.expires_at), (1, first.expires_at));
        assert_eq!(again.sent_at, Timestamp(1_480));
        let Sending::Send(new) = ask(1_481) else {
            panic!()
        };
        assert_eq!((new.serial, new.expires_at), (2, Timestamp(2_081)));
    }

    #[test]
    fn a_code_guessed_at_five_times_is_dead_and_a_new_one_is_sent() {
        let mut issued = issued(0);
        let now = Timestamp(100);
        for left in [4, 3, 2, 1] {
            let attempt = issued.attempt(&code(1), &code(2), &RULE, now);
            assert_eq!(attempt, Attempt::Wrong(left));
        }
        assert_eq!(
            issued.attempt(&code(1), &code(2), &RULE, now),
            Attempt::TooMany
        );
        assert_eq!(
            issued.attempt(&code(2), &code(2), &RULE, now),
            Attempt::TooMany
        );
        let Sending::Send(new) = IssuedCode::ask(Some(&issued), Serial(2), &RULE, now) else {
            panic!()
        };
        assert_eq!((new.serial, new.wrong), (2, 0));
    }

    #[test]
    fn a_code_is_good_until_its_last_second_and_no_longer() {
        let mut issued = issued(0);
        let attempt = issued.attempt(&code(2), &code(2), &RULE, Timestamp(599));
        assert_eq!(attempt, Attempt::Right);
        let attempt = issued.attempt(&code(2), &code(2), &RULE, Timestamp(600));
        assert_eq!(attempt, Attempt::Expired);
    }
}
