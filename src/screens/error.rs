//! A page that could not be shown: why, and what to do.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// What happened, in the person’s language.
    pub explanation: String,
    /// Where to go back to.
    pub return_url: Option<String>,
    /// By which support finds it in the log.
    pub request_id: Option<String>,
    /// What the client’s developer should know.
    pub developer: Option<String>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";
    const SCREEN: &'static str = "error";
}
