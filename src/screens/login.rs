//! ⑪ Log in by e-mail address or mobile number.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Login {
    /// The ID as typed, or hinted at by the client.
    pub login_id: String,
    /// Why the person is asked, as `login-reason-<reason>`.
    pub reason: Option<&'static str>,
    /// Whether the way to a new ID is shown.
    pub may_register: bool,
}

impl Page for Login {
    const TEMPLATE: &'static str = "login.html";
    const SCREEN: &'static str = "login";
}
