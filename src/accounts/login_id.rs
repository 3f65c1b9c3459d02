//! What a person types on ⑪ to say who they are: an e-mail address or a mobile
//! number. Whether there is such an account, and whether the number may be used
//! to log in, is not known here.

use super::email_address::EmailAddress;
use super::phone_number::MobileNumber;

/// A login ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginId {
    /// An e-mail address.
    Email(EmailAddress),
    /// A mobile number.
    Phone(MobileNumber),
}

impl LoginId {
    /// Reads what was typed. Anything with an `@` is meant as an address.
    ///
    /// # Errors
    /// With the code of what is wrong: whatever is neither, is one thing.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        if typed.trim().is_empty() {
            return Err("login-id-missing");
        }
        if typed.contains(['@', '＠']) {
            let address = EmailAddress::read(typed).map_err(|_| "login-id-unreadable")?;
            return Ok(Self::Email(address));
        }
        let number = MobileNumber::read(typed).map_err(|_| "login-id-unreadable")?;
        Ok(Self::Phone(number))
    }

    /// One text for one account's ID, under which wrong attempts are counted.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Email(address) => address.key().to_owned(),
            Self::Phone(number) => number.e164(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_number_are_told_apart() {
        let key = |typed| LoginId::read(typed).map(|id| id.key());
        assert_eq!(
            key("Taro＠docomo.ne.jp　"),
            Ok("taro@docomo.ne.jp".to_owned())
        );
        assert_eq!(key("０９０-1234-5678"), Ok("+819012345678".to_owned()));
        assert_eq!(key("　"), Err("login-id-missing"));
        assert_eq!(key("taro"), Err("login-id-unreadable"));
        assert_eq!(key("taro@"), Err("login-id-unreadable"));
        assert_eq!(key("0312345678"), Err("login-id-unreadable"));
    }
}
