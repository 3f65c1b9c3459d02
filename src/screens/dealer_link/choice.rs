//! Choose the dealer to link, where the client named none.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DealerChoice {
    /// The dealers, by prefecture.
    pub groups: Vec<PrefectureDealers>,
    /// The code of the one chosen.
    pub chosen: String,
}

/// The dealers of one prefecture.
#[derive(Clone, Debug, Serialize)]
pub struct PrefectureDealers {
    /// The prefecture.
    pub prefecture: String,
    /// Its dealers.
    pub dealers: Vec<NamedDealer>,
}

/// A dealer to choose.
#[derive(Clone, Debug, Serialize)]
pub struct NamedDealer {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

impl Page for DealerChoice {
    const TEMPLATE: &'static str = "dealer_link/choice.html";
    const SCREEN: &'static str = "dealer-choice";
}
