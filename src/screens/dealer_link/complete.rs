//! ⑮ The dealer is linked.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DealerLinked {
    /// The dealer’s name.
    pub dealer_name: String,
    /// The day it was linked.
    pub linked_on: Option<String>,
}

impl Page for DealerLinked {
    const TEMPLATE: &'static str = "dealer_link/complete.html";
    const SCREEN: &'static str = "dealer-link-complete";
}
