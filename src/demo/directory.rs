//! The demo's dealers. 長野トヨタ and its notice are those of the seed's screen ⑩; 南信州トヨペット
//! merged into it. Dealers with the same notice share its text in `notices.json`; the input
//! of `common-id dealers import` contains the text in each dealer, as
//! `docs/dealers.example.json` shows.

use serde_json::{Map, Value};

use crate::accounts::dealer::Dealer;
use crate::documents::strict;
use crate::fault::Fault;

const DEALERS: &str = include_str!("dealers.json");

/// The texts of notices, by the name that a dealer contains in place of the text.
const NOTICES: &str = include_str!("notices.json");

/// Returns the demo's dealers.
///
/// # Errors
/// `Fault` if the JSON files beside this one cannot be read as dealers.
pub fn dealers() -> Result<Vec<Dealer>, Fault> {
    let mut dealers: Vec<Value> = serde_json::from_str(DEALERS)?;
    let notices: Map<String, Value> = serde_json::from_str(NOTICES)?;
    for dealer in &mut dealers {
        if let Some(text) = dealer.pointer_mut("/notice/text") {
            let named = text.as_str().and_then(|name| notices.get(name));
            *text = named
                .cloned()
                .ok_or_else(|| Fault::because("a notice without a text"))?;
        }
    }
    Ok(strict::from_value(Value::Array(dealers))?)
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

    #[test]
    fn a_lexus_dealer_s_notice_speaks_of_lexus_services() {
        for dealer in dealers().unwrap() {
            let text = dealer.notice.text["ja"].as_shown();
            let sells = |brand: &str| dealer.brands.iter().any(|b| b == brand);
            assert!(
                sells("toyota") == text.contains("MyTOYOTA"),
                "{}",
                dealer.code
            );
            // The seed's dealer has the seed's notice, whatever brand it sells.
            if dealer.code != "20100" {
                assert!(
                    sells("lexus") == text.contains("My LEXUS"),
                    "{}",
                    dealer.code
                );
            }
        }
    }

    #[test]
    fn the_example_of_an_import_reads() {
        let example = include_str!("../../docs/dealers.example.json");
        let dealers: Vec<Dealer> = strict::from_str(example).unwrap();
        assert_eq!(dealers.len(), 2);
    }
}
