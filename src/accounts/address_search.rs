//! The address search by postal code: fills in the fields that are empty and never
//! overwrites what the person typed. If the typed text does not match the code, or the code
//! has several places, the person chooses. The list of places is in `postal_codes`.

use super::postal_address::{Prefecture, read_postal_code, split_prefecture};
use super::postal_codes::{Place, places};
use super::registration::RawDetails;

/// The result of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The postal code is not in the list.
    Nothing,
    /// The empty fields were filled in.
    FilledIn,
    /// All fields were typed already, and they match the code.
    Agrees,
    /// Several places match the code and the typed text; the person has to choose one.
    Several(Vec<Place>),
    /// The typed text matches none of the places of the code, which are listed.
    Differs(Vec<Place>),
}

/// Searches by the postal code in `details` and fills in the fields that are empty.
///
/// # Errors
/// The error code `postal-code-format` if the postal code is not seven digits.
pub fn search(details: &mut RawDetails) -> Result<Found, &'static str> {
    let all = places(&read_postal_code(&details.postal_code)?);
    if all.is_empty() {
        return Ok(Found::Nothing);
    }
    let fitting: Vec<Place> = all
        .iter()
        .copied()
        .filter(|place| fits(details, place))
        .collect();
    let is_complete = !is_empty(&details.prefecture) && !is_empty(&details.city);
    Ok(match fitting.as_slice() {
        [] => Found::Differs(all),
        _ if is_complete => Found::Agrees,
        [only] => {
            fill_in(details, only);
            Found::FilledIn
        }
        [first, others @ ..] => {
            let is_shared = others
                .iter()
                .all(|other| other.prefecture == first.prefecture);
            if is_shared && is_empty(&details.prefecture) {
                first.prefecture.name.clone_into(&mut details.prefecture);
            }
            Found::Several(fitting)
        }
    })
}

/// Puts the chosen place, named by its text, into `details`. Returns false, and changes
/// nothing, if the place does not belong to the postal code.
pub fn take(details: &mut RawDetails, chosen: &str) -> bool {
    let code = read_postal_code(&details.postal_code).unwrap_or_default();
    let chosen = places(&code)
        .into_iter()
        .find(|place| place.text() == chosen);
    let Some(place) = chosen else {
        return false;
    };
    place.prefecture.name.clone_into(&mut details.prefecture);
    // The text after the town in this field was typed, and is kept.
    if !details.city.trim().starts_with(&place.city_and_town()) {
        details.city = place.city_and_town();
    }
    true
}

fn fill_in(details: &mut RawDetails, place: &Place) {
    if is_empty(&details.prefecture) {
        place.prefecture.name.clone_into(&mut details.prefecture);
    }
    if is_empty(&details.city) {
        details.city = place.city_and_town();
    }
}

/// Whether the typed prefecture and city do not contradict `place`.
fn fits(details: &RawDetails, place: &Place) -> bool {
    // A browser may have put the prefecture before the city.
    let (in_front, city) = split_prefecture(&details.city);
    let chosen = Prefecture::read(&details.prefecture).ok().or(in_front);
    chosen.is_none_or(|chosen| chosen == place.prefecture) && city_fits(city.trim(), place)
}

fn city_fits(typed: &str, place: &Place) -> bool {
    let Some(town) = typed.strip_prefix(place.city) else {
        // Accepts 弥富 or 木曽岬町: the city without the parts before or after it in the list.
        return typed.is_empty() || place.city.contains(typed);
    };
    let town = town.trim_start();
    let town = town.strip_prefix("大字").unwrap_or(town);
    // Either text may be longer than the other.
    town.starts_with(place.town) || place.town.starts_with(town)
}

fn is_empty(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(code: &str, prefecture: &str, city: &str) -> RawDetails {
        RawDetails {
            postal_code: code.to_owned(),
            prefecture: prefecture.to_owned(),
            city: city.to_owned(),
            block: "1-2-3".to_owned(),
            ..RawDetails::default()
        }
    }

    /// Returns the prefecture and the city after the search, and its result.
    fn found(code: &str, prefecture: &str, city: &str) -> (String, String, &'static str) {
        let mut details = typed(code, prefecture, city);
        let said = match search(&mut details) {
            Ok(Found::Nothing) => "nothing",
            Ok(Found::FilledIn) => "filled in",
            Ok(Found::Agrees) => "agrees",
            Ok(Found::Several(_)) => "several",
            Ok(Found::Differs(_)) => "differs",
            Err(code) => code,
        };
        assert_eq!(details.block, "1-2-3");
        (details.prefecture, details.city, said)
    }

    #[test]
    fn what_is_empty_is_filled_in_and_what_is_typed_stays() {
        for (code, prefecture, city, after) in [
            (
                "460-0008",
                "",
                "",
                ("愛知県", "名古屋市中区栄", "filled in"),
            ),
            (
                "〒４６０ー０００８",
                "",
                " ",
                ("愛知県", "名古屋市中区栄", "filled in"),
            ),
            (
                "4600008",
                "愛知県",
                "",
                ("愛知県", "名古屋市中区栄", "filled in"),
            ),
            (
                "4600008",
                "",
                "名古屋市中区",
                ("愛知県", "名古屋市中区", "filled in"),
            ),
            (
                "4600008",
                "",
                "名古屋市中区栄3",
                ("愛知県", "名古屋市中区栄3", "filled in"),
            ),
            (
                "4600008",
                "愛知県",
                "名古屋市中区",
                ("愛知県", "名古屋市中区", "agrees"),
            ),
            ("4600008", "長野県", "", ("長野県", "", "differs")),
            (
                "4600008",
                "愛知県",
                "名古屋市中区丸の内",
                ("愛知県", "名古屋市中区丸の内", "differs"),
            ),
            ("4600008", "", "東京都港区", ("", "東京都港区", "differs")),
            ("4980000", "", "", ("", "", "several")),
            (
                "4980000",
                "三重県",
                "",
                ("三重県", "桑名郡木曽岬町", "filled in"),
            ),
            ("4980000", "", "弥富市", ("愛知県", "弥富市", "filled in")),
            ("4520961", "", "", ("愛知県", "", "several")),
            ("0000000", "", "豊田市", ("", "豊田市", "nothing")),
            ("460", "", "", ("", "", "postal-code-format")),
            ("", "", "", ("", "", "postal-code-format")),
        ] {
            let (p, c, said) = found(code, prefecture, city);
            assert_eq!(
                (p.as_str(), c.as_str(), said),
                after,
                "{code} {prefecture} {city}"
            );
        }
    }

    #[test]
    fn the_place_that_was_chosen_is_put_in() {
        let mut details = typed("498-0000", "愛知県", "豊田市");
        assert!(take(&mut details, "三重県桑名郡木曽岬町"));
        assert_eq!(
            (details.prefecture.as_str(), details.city.as_str()),
            ("三重県", "桑名郡木曽岬町")
        );
        details.city = "桑名郡木曽岬町見入".to_owned();
        assert!(take(&mut details, "三重県桑名郡木曽岬町"));
        assert_eq!(
            details.city, "桑名郡木曽岬町見入",
            "what was typed behind it stays"
        );
    }

    #[test]
    fn a_place_of_another_code_cannot_be_chosen() {
        let mut details = typed("498-0000", "", "");
        assert!(!take(&mut details, "愛知県名古屋市中区栄"));
        assert_eq!(details.city, "");
    }
}
