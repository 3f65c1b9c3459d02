//! ⑥ Give the code that was sent.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Code {
    /// The address it was sent to.
    pub email: String,
    /// For how many minutes it is valid.
    pub valid_minutes: u64,
}

impl Page for Code {
    const TEMPLATE: &'static str = "registration/code.html";
    const SCREEN: &'static str = "registration-code";
}
