//! Ask a person whether they want to log out (RP-Initiated Logout 1.0 §2).

use serde::Serialize;

use super::form_post::Parameter;
use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Logout {
    /// The login ID of whoever is logged in.
    pub email: Option<String>,
    /// The client that asks for the logout.
    pub service: Option<String>,
    /// Where the form goes, if not to the page itself.
    pub action_url: Option<String>,
    /// What the client sent, to be sent again with the form.
    pub parameters: Vec<Parameter>,
}

impl Page for Logout {
    const TEMPLATE: &'static str = "logout.html";
    const SCREEN: &'static str = "logout";
}
