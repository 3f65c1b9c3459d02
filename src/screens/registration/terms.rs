//! ④ What the ID is, and its terms. Also shown when the terms have changed.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Terms {
    /// Whether an account agreed to an earlier version.
    pub changed: bool,
    /// The version in force.
    pub version: String,
    /// The services to be had with the ID, by name.
    pub services: Vec<String>,
}

impl Page for Terms {
    const TEMPLATE: &'static str = "registration/terms.html";
    const SCREEN: &'static str = "terms";
}
