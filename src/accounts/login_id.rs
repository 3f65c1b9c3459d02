//! The login ID that a person types on ⑪: an e-mail address or a mobile number. Whether an
//! account has it, and whether a number may be used to log in, is left to `store`.

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
    /// Reads a login ID as typed. Text with an `@` is read as an e-mail address, any other
    /// text as a mobile number.
    ///
    /// # Errors
    /// The error code: `login-id-missing`, or `login-id-unreadable` for any text that is
    /// neither.
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

    /// Returns the key under which wrong attempts are counted; it is the same for every way
    /// of typing the ID.
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
