//! The notices that a dealer gives and gave: consents record which version a person saw,
//! so that every version can be shown again.

use crate::accounts::dealer::Dealer;
use crate::fault::Fault;
use crate::store::Store;
use crate::store::dealers::KeptNotice;

/// What was found of a dealer's notice.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The dealer, and its notice of that version.
    Notice(Box<Dealer>, KeptNotice),
    /// No dealer has that code.
    NoDealer,
    /// The dealer never gave a notice of that version.
    NoVersion {
        /// The version that was asked for.
        version: String,
        /// The versions there are.
        known: Vec<String>,
    },
}

/// Finds a dealer's notice of a version; without one, the present notice.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn find(store: &Store, code: &str, version: Option<&str>) -> Result<Found, Fault> {
    let Some(dealer) = store.dealers().get(code).await? else {
        return Ok(Found::NoDealer);
    };
    let kept = store.dealers().notices(code).await?;
    let version = version.unwrap_or(&dealer.notice.version);
    let found = kept.iter().find(|kept| kept.notice.version == version);
    Ok(match found {
        Some(found) => Found::Notice(Box::new(dealer.clone()), found.clone()),
        None => Found::NoVersion {
            version: version.to_owned(),
            known: kept.into_iter().map(|kept| kept.notice.version).collect(),
        },
    })
}
