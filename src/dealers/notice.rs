//! Finds the present and earlier notices of a dealer. Consents record which version a user
//! saw, so every version can be shown again.

use crate::accounts::dealer::Dealer;
use crate::fault::Fault;
use crate::store::Store;
use crate::store::dealers::KeptNotice;

/// Result of looking for a dealer's notice.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The dealer and the requested version of its notice.
    Notice(Box<Dealer>, KeptNotice),
    /// No dealer has that code.
    NoDealer,
    /// The dealer never gave a notice of that version.
    NoVersion {
        /// The requested version.
        version: String,
        /// The existing versions.
        known: Vec<String>,
    },
}

/// Finds a version of a dealer's notice; the present notice if no version is given.
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
