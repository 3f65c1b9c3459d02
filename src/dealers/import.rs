//! Imports dealers into the directory: all or none, and moves the links of dealers that
//! were succeeded. `accounts::dealer_directory` decides which changes of the directory are
//! allowed.

use std::collections::BTreeSet;

use crate::accounts::dealer::Dealer;
use crate::accounts::dealer_directory::Refusal;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::locale::Locale;
use crate::store::Store;
use crate::store::dealers::{self, Succession};

/// Result of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// The dealers were imported.
    Done {
        /// Number of dealers given.
        dealers: usize,
        /// The links that moved to successors.
        successions: Vec<Succession>,
    },
    /// Nothing was imported, because these dealers were refused.
    Refused(Vec<Wrong>),
}

/// Why a dealer was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The dealer itself is invalid.
    #[error("dealer {place} ({code}): {reason}")]
    Unlawful {
        /// Its position in the import, from 1.
        place: usize,
        /// Its code.
        code: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The dealer does not fit into the directory.
    #[error("dealer {code}: {refusal}")]
    Unfit {
        /// Its code.
        code: String,
        /// The rule of the directory that it breaks.
        refusal: Refusal,
    },
}

/// Adds dealers, or changes those whose code is known; `brands` are the configured brands.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn import(
    store: &Store,
    dealers: &[Dealer],
    brands: &BTreeSet<&str>,
    now: Timestamp,
) -> Result<Imported, Fault> {
    let wrong = wrong_with(dealers, brands);
    if !wrong.is_empty() {
        return Ok(Imported::Refused(wrong));
    }
    Ok(match store.dealers().import(dealers, now).await? {
        dealers::Imported::Done(successions) => Imported::Done {
            dealers: dealers.len(),
            successions,
        },
        dealers::Imported::Refused(refused) => {
            let wrong = |(code, refusal)| Wrong::Unfit { code, refusal };
            Imported::Refused(refused.into_iter().map(wrong).collect())
        }
    })
}

/// Returns every problem of `dealers`, each checked by itself.
fn wrong_with(dealers: &[Dealer], brands: &BTreeSet<&str>) -> Vec<Wrong> {
    let mut codes = BTreeSet::new();
    let mut wrong = Vec::new();
    for (index, dealer) in dealers.iter().enumerate() {
        let mut refuse = |reason| {
            wrong.push(Wrong::Unlawful {
                place: index + 1,
                code: dealer.code.clone(),
                reason,
            });
        };
        if dealer.code.is_empty() || !dealer.code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            refuse("code: must be letters and digits");
        }
        if !codes.insert(&dealer.code) {
            refuse("code: stands here twice");
        }
        let legal = &dealer.legal;
        let told = [
            &legal.name,
            &legal.address,
            &legal.representative,
            &dealer.name_en,
        ];
        if told.iter().any(|text| text.trim().is_empty()) {
            refuse("legal, name_en: must be told, since the law wants them recorded");
        }
        if dealer.brands.is_empty() || dealer.brands.iter().any(|b| !brands.contains(&**b)) {
            refuse("brands: must be brands of the configuration");
        }
        if !dealer.notice.text.contains_key(Locale::Ja.tag()) {
            refuse("notice.text: must be there in ja");
        }
    }
    wrong
}
