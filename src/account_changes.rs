//! Changes of what protects an account: the e-mail address, login by mobile number,
//! passkeys, the password, and the end of the account. Each is carried out here, at once or
//! after it waited (`pending`). Whether it may take effect at once is decided by the page
//! that asks for it.

pub mod closing;
pub mod email;
pub mod passkeys;
pub mod password;
pub mod pending;
pub mod phone_login;

use crate::accounts::account::Account;
use crate::app::App;
use crate::brand::Brand;
use crate::store::accounts::Accounts;

/// One account that is to change.
#[derive(Clone, Copy, Debug)]
pub struct Changing<'a> {
    /// The application.
    pub app: &'a App,
    /// The brand under which the change was asked for.
    pub brand: &'a Brand,
    /// The account as it is.
    pub account: &'a Account,
    /// The ID of the change if it waited; it takes effect only if it still waits.
    pub waited: Option<&'a str>,
}

impl<'a> Changing<'a> {
    fn accounts(&self) -> Accounts<'a> {
        self.app.store.accounts().carrying_out(self.waited)
    }
}
