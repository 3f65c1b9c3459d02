//! The person has logged out, or chose to stay.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct LoggedOut {
    /// Whether they stayed.
    pub stayed: bool,
    /// Where the client wants them back.
    pub return_url: Option<String>,
    /// The client’s name.
    pub service: Option<String>,
}

impl Page for LoggedOut {
    const TEMPLATE: &'static str = "logged_out.html";
    const SCREEN: &'static str = "logged-out";
}
