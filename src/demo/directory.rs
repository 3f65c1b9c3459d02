//! The demo's dealers. 長野トヨタ is the seed's, with the seed's ⑩ as its notice;
//! 南信州トヨペット merged into it. Dealers that give the same notice share its text
//! in `notices.json`; what `common-id dealers import` reads has it in each dealer, as
//! `docs/dealers.example.json` shows.

use serde_json::{Map, Value};

use crate::accounts::dealer::Dealer;
use crate::documents::strict;
use crate::fault::Fault;

const DEALERS: &str = include_str!("dealers.json");

/// The texts of notices, by the name that stands in a dealer's place of it.
const NOTICES: &str = include_str!("notices.json");

/// The demo's dealers.
///
/// # Errors
/// If the files beside this one do not read.
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
            // The seed's dealer gives the seed's notice, whatever it sells.
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
