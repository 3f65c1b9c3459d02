//! ⑧ See everything once more; the account is made here, once.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Confirmation {
    /// The login ID.
    pub email: String,
    /// The rest, line by line.
    pub profile: Vec<Line>,
    /// ⑦, where it can be changed.
    pub details_url: String,
}

/// A line of what was entered.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What it is, as a key of the catalogue.
    pub label: &'static str,
    /// What was entered; empty if nothing was.
    pub value: String,
}

impl Page for Confirmation {
    const TEMPLATE: &'static str = "registration/confirmation.html";
    const SCREEN: &'static str = "registration-confirmation";
}
