//! Verification codes sent to users who have an account: whether a code may be sent now,
//! and whether a typed code is right. How codes are sent, and how many, is left to
//! `one_time_codes`.

use serde::{Deserialize, Serialize};

use super::email_address::EmailAddress;
use super::phone_number::MobileNumber;
use super::verification_code::{Attempt, CodeRule, IssuedCode, Sending, Serial, VerificationCode};
use crate::clock::Timestamp;

/// Where a code is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// An e-mail address.
    Mailbox(EmailAddress),
    /// A mobile phone, by SMS.
    Phone(MobileNumber),
}

impl Destination {
    /// Returns a text that identifies this destination.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Mailbox(address) => format!("mailbox:{}", address.key()),
            Self::Phone(number) => format!("phone:{}", number.e164()),
        }
    }

    /// Returns the destination with most of it masked: its owner recognises it, and others
    /// cannot use it.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Mailbox(address) => {
                let (local, domain) = address
                    .typed()
                    .rsplit_once('@')
                    .unwrap_or((address.typed(), ""));
                let first: String = local.chars().take(1).collect();
                format!("{first}***@{domain}")
            }
            Self::Phone(number) => {
                let digits = number.e164();
                let (_, last) = digits.split_at(digits.len().saturating_sub(4));
                format!("***-****-{last}")
            }
        }
    }
}

/// The codes sent for one purpose in one interaction or session. The codes themselves are
/// not stored; they are derived again when needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCodes {
    /// The code sent last; `None` before the first, and once it was entered correctly.
    last: Option<IssuedCode>,
    /// How many different codes were issued.
    made: u32,
}

impl SentCodes {
    /// Asks for a code, and records it as sent if one may be sent now. A new code gets the
    /// number `serial`.
    pub fn ask(&mut self, serial: Serial, rule: &CodeRule, now: Timestamp) -> Sending {
        let sending = IssuedCode::ask(self.last.as_ref(), serial, rule, now);
        if let Sending::Send(code) = &sending {
            let again = self
                .last
                .as_ref()
                .is_some_and(|sent| sent.serial == code.serial);
            self.made = self.made.saturating_add(u32::from(!again));
            self.last = Some(code.clone());
        }
        sending
    }

    /// Whether a code may be sent now.
    #[must_use]
    pub fn is_due(&self, serial: Serial, rule: &CodeRule, now: Timestamp) -> bool {
        let sending = IssuedCode::ask(self.last.as_ref(), serial, rule, now);
        matches!(sending, Sending::Send(_))
    }

    /// Returns the code that was sent last.
    #[must_use]
    pub const fn last(&self) -> Option<&IssuedCode> {
        self.last.as_ref()
    }

    /// Compares the typed code with the code sent last, which `right` derives. A right code
    /// can be used once.
    pub fn attempt(
        &mut self,
        typed: &VerificationCode,
        right: impl Fn(&IssuedCode) -> VerificationCode,
        rule: &CodeRule,
        now: Timestamp,
    ) -> Attempt {
        let Some(last) = &mut self.last else {
            return Attempt::Expired;
        };
        let right = right(last);
        let attempt = last.attempt(typed, &right, rule, now);
        if attempt == Attempt::Right {
            self.last = None;
        }
        attempt
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::accounts::verification_code::CodeLength;

    const RULE: CodeRule = CodeRule {
        lifetime: Duration::from_secs(600),
        resend_wait: Duration::from_secs(60),
        wrong_per_code: 5,
    };

    fn numbered(number: u32) -> Serial {
        Serial::of_random((number << 1).to_be_bytes())
    }

    fn code(digits: &str) -> VerificationCode {
        VerificationCode::read(digits, CodeLength::Six).unwrap()
    }

    #[test]
    fn a_right_code_is_good_once() {
        let mut codes = SentCodes::default();
        let attempt = |codes: &mut SentCodes, typed: &str| {
            codes.attempt(&code(typed), |_| code("001164"), &RULE, Timestamp(10))
        };
        assert_eq!(attempt(&mut codes, "001164"), Attempt::Expired);
        let asked = codes.ask(numbered(1), &RULE, Timestamp(0));
        assert!(matches!(asked, Sending::Send(_)));
        assert_eq!(attempt(&mut codes, "001165"), Attempt::Wrong(4));
        assert_eq!(attempt(&mut codes, "001164"), Attempt::Right);
        assert_eq!(attempt(&mut codes, "001164"), Attempt::Expired);
    }

    #[test]
    fn the_next_code_is_another_one_even_after_one_was_used() {
        let mut codes = SentCodes::default();
        let serial = |sending: Sending| match sending {
            Sending::Send(code) => code.serial,
            Sending::Wait(_) => 0,
        };
        let ask = |codes: &mut SentCodes, number, now| {
            serial(codes.ask(numbered(number), &RULE, Timestamp(now)))
        };
        assert_eq!(ask(&mut codes, 7, 0), 7);
        assert_eq!(ask(&mut codes, 8, 1), 0);
        codes.attempt(&code("000000"), |_| code("000000"), &RULE, Timestamp(2));
        assert_eq!(ask(&mut codes, 5, 3), 5);
        assert_eq!(codes.made, 2);
    }

    #[test]
    fn a_destination_shows_its_owner_enough_and_others_too_little() {
        let mailbox = Destination::Mailbox(EmailAddress::read("hanako@example.jp").unwrap());
        assert_eq!(mailbox.masked(), "h***@example.jp");
        let phone = Destination::Phone(MobileNumber::read("090-1234-5678").unwrap());
        assert_eq!(phone.masked(), "***-****-5678");
    }
}
