//! Go on with the account that is logged in, or with another.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct SelectAccount {
    /// The login ID of the account.
    pub email: String,
    /// Its person’s name.
    pub name: Option<String>,
}

impl Page for SelectAccount {
    const TEMPLATE: &'static str = "select_account.html";
    const SCREEN: &'static str = "select-account";
}
