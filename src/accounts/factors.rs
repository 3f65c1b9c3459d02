//! How strong a login is, and how strong the strongest login is for which an account is set
//! up: a change of what protects the account takes that one. Which second factors there are
//! is decided in `second_factor`.

use super::account::Account;

crate::wire_words! {
    /// How strongly a login proves the owner of an account, from weakest to strongest.
    pub enum Strength {
        /// A password, or what no longer counts as more.
        OneFactor = "one-factor",
        /// A password, and a code that was sent to another channel than set the password. A
        /// number or mailbox falls into other hands without its owner's doing.
        SentCode = "sent-code",
        /// A password, and the code of an authenticator app or a recovery code, whose secret
        /// only the owner was given.
        App = "app",
        /// A passkey, which its owner unlocked.
        Passkey = "passkey",
    }
}

/// The factors for which an account is set up.
#[derive(Clone, Copy, Debug)]
pub struct Factors<'a> {
    /// The account.
    pub account: &'a Account,
    /// The number of its passkeys, on any host.
    pub passkeys: usize,
    /// Whether it has an authenticator app.
    pub app: bool,
}

impl Factors<'_> {
    /// Returns the strength of the strongest login. A channel counts even if the last
    /// recovery used it, and its code is therefore no second factor at the moment: what
    /// proved one channel must not change the account as if it had proved two.
    #[must_use]
    pub const fn strongest(&self) -> Strength {
        let account = self.account;
        let phone = account.mobile_phone_verified || account.recovered.phone_to_confirm;
        if self.passkeys > 0 {
            Strength::Passkey
        } else if self.app {
            Strength::App
        } else if account.email_verified || (phone && account.mobile_phone.is_some()) {
            Strength::SentCode
        } else {
            Strength::OneFactor
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::account;
    use crate::accounts::recovered::{CodeChannel, Recovered};

    #[test]
    fn the_strongest_login_is_the_one_the_account_is_set_up_for() {
        let number = || Some("+819012345678".to_owned());
        let by = |channel| Recovered {
            by: Some(channel),
            phone_to_confirm: false,
        };
        let to_confirm = Recovered {
            by: None,
            phone_to_confirm: true,
        };
        let plain = Recovered::default();
        for (mobile_phone, phone, email, recovered, passkeys, strongest) in [
            (None, false, false, plain, 0, Strength::OneFactor),
            (number(), false, false, plain, 0, Strength::OneFactor),
            (None, false, true, plain, 0, Strength::SentCode),
            (number(), true, false, plain, 0, Strength::SentCode),
            (number(), false, false, to_confirm, 0, Strength::SentCode),
            // What recovered the account is not enough to change it.
            (
                None,
                false,
                true,
                by(CodeChannel::Mailbox),
                0,
                Strength::SentCode,
            ),
            (
                number(),
                true,
                false,
                by(CodeChannel::Phone),
                0,
                Strength::SentCode,
            ),
            (None, false, false, plain, 1, Strength::Passkey),
            (number(), true, true, plain, 2, Strength::Passkey),
        ] {
            let account = Account {
                mobile_phone,
                mobile_phone_verified: phone,
                email_verified: email,
                recovered,
                ..account::sample()
            };
            let factors = Factors {
                account: &account,
                passkeys,
                app: false,
            };
            assert_eq!(factors.strongest(), strongest);
            let with_app = Factors {
                app: true,
                ..factors
            };
            assert_eq!(with_app.strongest(), strongest.max(Strength::App));
        }
    }
}
