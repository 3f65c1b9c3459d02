//! The six digits that prove a mailbox or a phone. A code rests nowhere: it is
//! derived anew from a keyed hash each time it is needed, so the same one can be
//! sent again. This module says when a code is good and when another is due;
//! how many may be sent to one address is counted elsewhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::phone_number::half_width_digit;
use crate::clock::Timestamp;

/// With less than this left a code is not sent again: a new one is.
const WORTH_RESENDING: Duration = Duration::from_secs(120);

const DIGITS: usize = 6;

/// Six digits; leading zeros count.
#[derive(Clone)]
pub struct VerificationCode([u8; DIGITS]);

/// One code given out. What it is follows from `serial`, by `derive`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCode {
    /// Which code of this interaction it is, from 1; part of what it is derived from.
    pub serial: u32,
    /// When it was sent first.
    pub issued_at: Timestamp,
    /// When it was sent last.
    pub sent_at: Timestamp,
    /// When it is no longer good.
    pub expires_at: Timestamp,
    /// Wrong attempts so far.
    pub wrong: u32,
}

/// The rules that configuration sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRule {
    /// How long a code is good.
    pub lifetime: Duration,
    /// The shortest time between two sendings.
    pub resend_wait: Duration,
    /// Wrong attempts at one code.
    pub wrong_per_code: u32,
}

/// What to do when a code is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Nothing: one was sent a moment ago. Come back in so long.
    Wait(Duration),
    /// Send this one: the same as before, or a new one.
    Send(IssuedCode),
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The code is right: the address is proven.
    Right,
    /// It is wrong; so many attempts are left.
    Wrong(u32),
    /// Its time is over: another is to be sent.
    Expired,
    /// It was tried too often: another is to be sent.
    TooMany,
}

impl VerificationCode {
    /// The code that a keyed hash stands for. (Of 2⁶⁴ numbers a million leaves
    /// a bias that nobody can measure.)
    #[must_use]
    pub fn derive(mac: &[u8; 32]) -> Self {
        let head = mac.first_chunk().copied().unwrap_or_default();
        let mut number = u64::from_be_bytes(head);
        let mut digits = [b'0'; DIGITS];
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
        }
        Self(digits)
    }

    /// Reads what a person typed or pasted: full-width digits, spaces and
    /// hyphens between them, or a sentence with the code in it.
    ///
    /// # Errors
    /// With the code of what is wrong.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let folded: String = typed.trim().chars().map(half_width_digit).collect();
        if folded.is_empty() {
            return Err("code-missing");
        }
        let is_gap = |c: char| c.is_whitespace() || super::phone_number::is_dash(c);
        let joined: String = folded.chars().filter(|c| !is_gap(*c)).collect();
        if let Some(code) = Self::of_digits(&joined) {
            return Ok(code);
        }
        let runs = folded.split(|c: char| !c.is_ascii_digit());
        match runs
            .filter_map(Self::of_digits)
            .collect::<Vec<_>>()
            .as_slice()
        {
            [code] => Ok(code.clone()),
            _ => Err("code-format"),
        }
    }

    fn of_digits(digits: &str) -> Option<Self> {
        let digits: [u8; DIGITS] = digits.as_bytes().try_into().ok()?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then_some(Self(digits))
    }

    /// The digits, to be put into a message.
    #[must_use]
    pub fn digits(&self) -> String {
        self.0.iter().map(|digit| char::from(*digit)).collect()
    }

    /// Compares in constant time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(&other.0);
        pairs.fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
    }
}

impl std::fmt::Debug for VerificationCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerificationCode(..)")
    }
}

impl IssuedCode {
    /// What to do when a code is asked for after `last`, of which `serials`
    /// were made in this interaction.
    #[must_use]
    pub fn ask(last: Option<&Self>, serials: u32, rule: &CodeRule, now: Timestamp) -> Sending {
        if let Some(last) = last {
            let free = last.sent_at.after(rule.resend_wait);
            if now < free {
                return Sending::Wait(free.since(now));
            }
            // Mails overtake each other: as long as it is good, there is one code.
            if last.expires_at.since(now) >= WORTH_RESENDING && last.wrong < rule.wrong_per_code {
                return Sending::Send(Self {
                    sent_at: now,
                    ..last.clone()
                });
            }
        }
        Sending::Send(Self {
            serial: serials.saturating_add(1),
            issued_at: now,
            sent_at: now,
            expires_at: now.after(rule.lifetime),
            wrong: 0,
        })
    }

    /// Tries `typed` against the code this one stands for, and counts it if wrong.
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
    /// The error to show beside the field; none if the code is right.
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
        VerificationCode::derive(&mac)
    }

    fn issued(at: i64) -> IssuedCode {
        match IssuedCode::ask(None, 0, &RULE, Timestamp(at)) {
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
            assert!(
                VerificationCode::read(typed).unwrap().is(&code(1164)),
                "{typed}"
            );
        }
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
            assert_eq!(VerificationCode::read(typed).unwrap_err(), wrong, "{typed}");
        }
    }

    #[test]
    fn a_code_asked_for_again_is_the_same_while_two_minutes_remain() {
        let first = issued(1_000);
        let ask = |at| IssuedCode::ask(Some(&first), 1, &RULE, Timestamp(at));
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
        let Sending::Send(new) = IssuedCode::ask(Some(&issued), 1, &RULE, now) else {
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
