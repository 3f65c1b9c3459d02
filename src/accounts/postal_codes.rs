//! The places of a postal code, from Japan Post's list in `postal_codes/`, which is sorted
//! text compiled into the program.

use super::postal_address::{PREFECTURES, Prefecture};
use super::sorted_text::lines_from;

/// `postal code ⇥ city ⇥ town`, sorted by code. A code may have several lines.
const TOWNS: &str = include_str!("postal_codes/towns.tsv");

/// `JIS X 0402 ⇥ name`, sorted.
const CITIES: &str = include_str!("postal_codes/cities.tsv");

/// A place that has a postal code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The prefecture, e.g. 三重県.
    pub prefecture: Prefecture,
    /// The city, e.g. 桑名郡木曽岬町.
    pub city: &'static str,
    /// The town; empty if the code covers more than one.
    pub town: &'static str,
}

impl Place {
    /// Returns the text for the form's field 市区町村名.
    #[must_use]
    pub fn city_and_town(&self) -> String {
        format!("{}{}", self.city, self.town)
    }

    /// Returns the whole place as one text, for a list.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{}{}", self.prefecture.name, self.city, self.town)
    }
}

/// Returns all places of a code of seven digits, in Japan Post's order.
#[must_use]
pub fn places(code: &str) -> Vec<Place> {
    lines_of(TOWNS, code).filter_map(place).collect()
}

fn place((city, town): (&'static str, &'static str)) -> Option<Place> {
    let (name, _) = lines_of(CITIES, city).next()?;
    let prefecture = PREFECTURES
        .into_iter()
        .find(|prefecture| city.starts_with(prefecture.code))?;
    Some(Place {
        prefecture,
        city: name,
        town,
    })
}

/// Returns the second and third columns of the lines whose first column is `key`, found by
/// binary search.
fn lines_of(
    text: &'static str,
    key: &str,
) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let key = key.to_owned();
    lines_from(text, &key)
        .map(|line| line.split_once('\t').unwrap_or((line, "")))
        .take_while(move |(first, _)| *first == key)
        .map(|(_, others)| others.split_once('\t').unwrap_or((others, "")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn texts(code: &str) -> Vec<String> {
        places(code).iter().map(Place::text).collect()
    }

    #[test]
    fn a_code_stands_for_one_place_several_or_none() {
        assert_eq!(texts("4600008"), ["愛知県名古屋市中区栄"]);
        assert_eq!(texts("4980000"), ["愛知県弥富市", "三重県桑名郡木曽岬町"]);
        assert_eq!(
            texts("4718571"),
            ["愛知県豊田市トヨタ町"],
            "an office's own"
        );
        assert_eq!(texts("1506222").len(), 1, "a tower of 2024, by the floor");
        assert_eq!(texts("4520961").len(), 66);
        assert_eq!(texts("1000000"), ["東京都千代田区"]);
        for unknown in ["0000000", "9999999", "471", "", "47185711"] {
            assert_eq!(texts(unknown), [""; 0], "{unknown}");
        }
    }

    #[test]
    fn the_first_and_the_last_line_are_found() {
        for line in [TOWNS.lines().next(), TOWNS.lines().last()] {
            let (code, _) = line.unwrap().split_once('\t').unwrap();
            assert_ne!(places(code), []);
        }
    }

    #[test]
    fn the_lists_are_sorted_and_whole() {
        let codes: Vec<&str> = TOWNS.lines().map(|line| line.get(..7).unwrap()).collect();
        assert!(codes.is_sorted());
        assert!(
            codes
                .iter()
                .all(|code| code.bytes().all(|b| b.is_ascii_digit()))
        );
        let different: BTreeSet<&&str> = codes.iter().collect();
        assert!(different.len() > 140_000, "{}", different.len());
        assert!(CITIES.lines().is_sorted());
        let cities: BTreeSet<&str> = CITIES.lines().map(|line| line.get(..5).unwrap()).collect();
        let prefectures: BTreeSet<&str> =
            cities.iter().map(|city| city.get(..2).unwrap()).collect();
        assert!(
            prefectures
                .iter()
                .copied()
                .eq(PREFECTURES.iter().map(|prefecture| prefecture.code))
        );
        for line in TOWNS.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let [_, city, town] = columns.as_slice() else {
                panic!("three columns: {line}");
            };
            assert!(cities.contains(city), "{line}");
            assert!(!town.contains(['（', '、', '〜']), "no notes: {line}");
        }
    }
}
