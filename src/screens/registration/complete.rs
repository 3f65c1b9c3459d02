//! ⑨ The account is there.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Complete {
    /// The login ID.
    pub email: String,
}

impl Page for Complete {
    const TEMPLATE: &'static str = "registration/complete.html";
    const SCREEN: &'static str = "registration-complete";
}
