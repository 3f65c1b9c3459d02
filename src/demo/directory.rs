//! The demo's dealers. 長野トヨタ is the seed's; the notice is the seed's ⑩.

use crate::accounts::dealer::Dealer;
use crate::fault::Fault;

/// The dealers as `common-id dealers import` would read them.
const DEALERS: &str = include_str!("dealers.json");

/// The demo's dealers.
///
/// # Errors
/// If the file beside this one does not read.
pub fn dealers() -> Result<Vec<Dealer>, Fault> {
    Ok(serde_json::from_str(DEALERS)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dealer_reads_and_has_its_notice_in_both_languages() {
        for dealer in dealers().unwrap() {
            for language in ["ja", "en"] {
                assert!(
                    dealer.notice.text.contains_key(language),
                    "{} in {language}",
                    dealer.code
                );
            }
        }
    }
}
