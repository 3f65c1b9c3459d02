//! ⑤ Name an e-mail address; a code is sent there.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Email {
    /// The address, as typed or prefilled.
    pub email: String,
    /// The service that told us the address.
    pub prefilled_by: Option<String>,
}

impl Page for Email {
    const TEMPLATE: &'static str = "registration/email.html";
    const SCREEN: &'static str = "registration-email";
}
