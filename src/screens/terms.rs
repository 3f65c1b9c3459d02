//! The terms of use in full, to be read and printed.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct TermsText {
    /// The version in force.
    pub version: String,
    /// The text, the operator’s own.
    pub html: String,
    /// The language it is in.
    pub text_language: &'static str,
}

impl Page for TermsText {
    const TEMPLATE: &'static str = "terms.html";
    const SCREEN: &'static str = "terms-text";
}
