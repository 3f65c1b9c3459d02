//! Codes sent to people who have an account, to prove that it is them: which one
//! is due, and what came of an attempt. For whoever keeps the state of them; how
//! they travel, and how many may, is decided in `http::one_time_code`.

use serde::{Deserialize, Serialize};

use super::email_address::EmailAddress;
use super::phone_number::MobileNumber;
use super::verification_code::{Attempt, CodeRule, IssuedCode, Sending, VerificationCode};
use crate::clock::Timestamp;

/// Where a code goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A mailbox.
    Mailbox(EmailAddress),
    /// A phone, by SMS.
    Phone(MobileNumber),
}

impl Destination {
    /// What makes it this one and no other.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Mailbox(address) => format!("mailbox:{}", address.key()),
            Self::Phone(number) => format!("phone:{}", number.e164()),
        }
    }

    /// As much of it as its owner needs to know it, and nobody else can use.
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

/// The codes sent for one thing, in one place. Of the codes themselves nothing
/// is kept: they are derived anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCodes {
    /// The last one, while it is good for anything.
    last: Option<IssuedCode>,
    /// How many different ones were made.
    made: u32,
}

impl SentCodes {
    /// Asks for a code: notes it as sent, if one is due.
    pub fn ask(&mut self, rule: &CodeRule, now: Timestamp) -> Sending {
        let sending = self.due(rule, now);
        if let Sending::Send(code) = &sending {
            self.made = self.made.max(code.serial);
            self.last = Some(code.clone());
        }
        sending
    }

    /// What would come of asking now.
    #[must_use]
    pub fn due(&self, rule: &CodeRule, now: Timestamp) -> Sending {
        IssuedCode::ask(self.last.as_ref(), self.made, rule, now)
    }

    /// The code that was sent last.
    #[must_use]
    pub const fn last(&self) -> Option<&IssuedCode> {
        self.last.as_ref()
    }

    /// Tries what was typed against the code sent last, which `right` derives. A
    /// code that was right is used up.
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

    const RULE: CodeRule = CodeRule {
        lifetime: Duration::from_secs(600),
        resend_wait: Duration::from_secs(60),
        wrong_per_code: 5,
    };

    fn code(digits: &str) -> VerificationCode {
        VerificationCode::read(digits).unwrap()
    }

    #[test]
    fn a_right_code_is_good_once() {
        let mut codes = SentCodes::default();
        let attempt = |codes: &mut SentCodes, typed: &str| {
            codes.attempt(&code(typed), |_| code("001164"), &RULE, Timestamp(10))
        };
        assert_eq!(attempt(&mut codes, "001164"), Attempt::Expired);
        assert!(matches!(codes.ask(&RULE, Timestamp(0)), Sending::Send(_)));
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
        assert_eq!(serial(codes.ask(&RULE, Timestamp(0))), 1);
        assert_eq!(serial(codes.ask(&RULE, Timestamp(1))), 0);
        codes.attempt(&code("000000"), |_| code("000000"), &RULE, Timestamp(2));
        assert_eq!(serial(codes.ask(&RULE, Timestamp(3))), 2);
    }

    #[test]
    fn a_destination_shows_its_owner_enough_and_others_too_little() {
        let mailbox = Destination::Mailbox(EmailAddress::read("hanako@example.jp").unwrap());
        assert_eq!(mailbox.masked(), "h***@example.jp");
        let phone = Destination::Phone(MobileNumber::read("090-1234-5678").unwrap());
        assert_eq!(phone.masked(), "***-****-5678");
    }
}
