//! The second factors by which a person can strengthen a login by password: which there
//! are, and which of them an account has. How strong the login then is, is decided in
//! `oidc::authentication_context`; each factor is asked for by a screen of its own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::email_address::EmailAddress;
use super::one_time_code::Destination;
use super::phone_number::MobileNumber;
use super::recovered::CodeChannel;
use crate::clock::Timestamp;

/// A second factor. Where a person has several, the first in this order is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecondFactor {
    /// The code of an authenticator app (RFC 6238).
    App,
    /// A code sent to the verified mobile number, or else to the verified e-mail address.
    SentCode,
    /// A recovery code, which is valid once.
    RecoveryCode,
}

/// What the owner of an account set up for a second step of a login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Enrolled {
    /// Whether there is an authenticator app.
    pub app: bool,
    /// When it was added.
    pub app_added_at: Option<Timestamp>,
    /// How many recovery codes are not used yet.
    pub recovery_codes: u32,
    /// Whether every login takes two steps.
    pub two_steps: bool,
}

impl SecondFactor {
    /// All there are, in the order of preference.
    pub const ALL: &'static [Self] = &[Self::App, Self::SentCode, Self::RecoveryCode];

    /// The second factors that the owner of an account has.
    #[must_use]
    pub fn available_to(account: &Account) -> BTreeSet<Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|factor| factor.is_available_to(account))
            .collect()
    }

    fn is_available_to(self, account: &Account) -> bool {
        match self {
            Self::App => account.enrolled.app,
            Self::SentCode => destination(account).is_some(),
            Self::RecoveryCode => account.enrolled.recovery_codes > 0,
        }
    }
}

/// Where an account's code is sent: to the mobile number if its owner verified it, else to
/// the e-mail address if that was verified, else to a number that a recovery left to be
/// confirmed. Never to the channel whose code set the password: that would prove the one
/// channel twice. None if there is no such channel.
#[must_use]
pub fn destination(account: &Account) -> Option<Destination> {
    let recovered = account.recovered;
    let may_be = |channel| recovered.by != Some(channel);
    let phone = || {
        let number = account.mobile_phone.as_deref()?;
        MobileNumber::read(number).ok().map(Destination::Phone)
    };
    let mailbox = || {
        let address = EmailAddress::read(&account.email).ok();
        address.map(Destination::Mailbox)
    };
    let proven = account.mobile_phone_verified && may_be(CodeChannel::Phone);
    let of_mail = account.email_verified && may_be(CodeChannel::Mailbox);
    let to_confirm = recovered.phone_to_confirm && may_be(CodeChannel::Phone);
    let first = proven.then(phone).flatten();
    let second = || of_mail.then(mailbox).flatten();
    let last = || to_confirm.then(phone).flatten();
    first.or_else(second).or_else(last)
}

/// The authentication methods (RFC 8176, space-separated) of a code that was sent there.
#[must_use]
pub const fn methods_of_code(to: &Destination) -> &'static str {
    match to {
        Destination::Phone(_) => "otp sms",
        Destination::Mailbox(_) => "otp",
    }
}

/// The authentication methods of an authenticator app's code and of a recovery code: both are
/// one-time passwords (RFC 8176 has no value of its own for the latter).
pub const METHODS_OF_ONE_TIME_PASSWORD: &str = "otp";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::account;
    use crate::accounts::recovered::Recovered;

    #[test]
    fn a_code_can_be_sent_to_what_its_owner_verified() {
        let number = || Some("+819012345678".to_owned());
        for (mobile_phone, mobile_phone_verified, email_verified, methods) in [
            (number(), true, true, Some("otp sms")),
            (number(), false, true, Some("otp")),
            (None, false, true, Some("otp")),
            (number(), false, false, None),
        ] {
            let account = Account {
                mobile_phone,
                mobile_phone_verified,
                email_verified,
                ..account::sample()
            };
            let to = destination(&account);
            assert_eq!(to.as_ref().map(methods_of_code), methods);
            let codes: BTreeSet<_> = methods
                .map(|_| SecondFactor::SentCode)
                .into_iter()
                .collect();
            assert_eq!(SecondFactor::available_to(&account), codes);
        }
    }

    #[test]
    fn no_code_goes_to_the_channel_that_set_the_password() {
        let (mailbox, phone) = (CodeChannel::Mailbox, CodeChannel::Phone);
        for (by, verified, to_confirm, email_verified, methods) in [
            (Some(mailbox), false, false, true, None),
            (Some(mailbox), true, false, true, Some("otp sms")),
            (Some(mailbox), false, true, true, Some("otp sms")),
            (Some(phone), true, false, true, Some("otp")),
            (Some(phone), true, false, false, None),
            // Whoever planted the number does not get the codes of a mailbox that counts.
            (None, false, true, true, Some("otp")),
        ] {
            let account = Account {
                mobile_phone: Some("+819012345678".to_owned()),
                mobile_phone_verified: verified,
                email_verified,
                recovered: Recovered {
                    by,
                    phone_to_confirm: to_confirm,
                },
                ..account::sample()
            };
            let to = destination(&account);
            assert_eq!(to.as_ref().map(methods_of_code), methods);
        }
    }

    #[test]
    fn an_app_and_recovery_codes_are_factors_of_who_set_them_up() {
        use SecondFactor::{App, RecoveryCode};
        for (app, recovery_codes, factors) in [
            (false, 0, &[][..]),
            (true, 0, &[App]),
            (true, 1, &[App, RecoveryCode]),
            (false, 10, &[RecoveryCode]),
        ] {
            let account = Account {
                email_verified: false,
                enrolled: Enrolled {
                    app,
                    recovery_codes,
                    ..Enrolled::default()
                },
                ..account::sample()
            };
            let available: Vec<_> = SecondFactor::available_to(&account).into_iter().collect();
            assert_eq!(available, factors);
        }
    }
}
