//! ⑩ Read the dealer's notice; link, or not now.

use serde::Serialize;

use crate::accounts::dealer::DealerNoticeText;
use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DealerConsent {
    /// The dealer.
    pub dealer: NoticedDealer,
    /// The login ID of the account to be linked.
    pub email: String,
    /// The notice.
    pub notice: DealerNoticeText,
    /// Its version.
    pub version: String,
}

/// The dealer whose notice it is.
#[derive(Clone, Debug, Serialize)]
pub struct NoticedDealer {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its registered address.
    pub address: String,
}

impl Page for DealerConsent {
    const TEMPLATE: &'static str = "dealer_link/consent.html";
    const SCREEN: &'static str = "dealer-link";
}
