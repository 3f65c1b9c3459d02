//! The second factors by which a person can strengthen a login by password: which there
//! are, and which of them an account has. How strong the login then is, is decided in
//! `oidc::authentication_context`; each factor is asked for by a screen of its own.

use std::collections::BTreeSet;

use super::account::Account;
use super::email_address::EmailAddress;
use super::one_time_code::Destination;
use super::phone_number::MobileNumber;

/// A second factor. Where a person has several, the first in this order is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecondFactor {
    /// A code sent to the verified mobile number, or else to the verified e-mail address.
    SentCode,
}

impl SecondFactor {
    /// All there are, in the order of preference.
    pub const ALL: &'static [Self] = &[Self::SentCode];

    /// The second factors that the owner of an account has.
    #[must_use]
    pub fn available_to(account: &Account) -> BTreeSet<Self> {
        let all = Self::ALL.iter().copied();
        all.filter(|factor| factor.is_available_to(account))
            .collect()
    }

    fn is_available_to(self, account: &Account) -> bool {
        match self {
            Self::SentCode => destination(account).is_some(),
        }
    }
}

/// Where an account's code is sent: to the mobile number if its owner verified it, else to
/// the e-mail address if that was verified. None if neither was.
#[must_use]
pub fn destination(account: &Account) -> Option<Destination> {
    let number = account.mobile_phone.as_deref();
    let proven = number.filter(|_| account.mobile_phone_verified);
    let phone = proven.and_then(|number| MobileNumber::read(number).ok());
    let mailbox = || {
        let address = EmailAddress::read(&account.email).ok();
        address.filter(|_| account.email_verified)
    };
    phone
        .map(Destination::Phone)
        .or_else(|| mailbox().map(Destination::Mailbox))
}

/// The authentication methods (RFC 8176, space-separated) of a code that was sent there.
#[must_use]
pub const fn methods_of_code(to: &Destination) -> &'static str {
    match to {
        Destination::Phone(_) => "otp sms",
        Destination::Mailbox(_) => "otp",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::account;

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
}
