//! Converts what a client pushed about a person into text for the fields of ⑤ and ⑦: the
//! standard claims of OpenID Connect Core §5.1 and §5.1.1, in the scripts of §5.2. Old
//! systems hold old data, so invalid values are kept and shown too.

use std::collections::BTreeMap;

use serde_json::Value;

use super::RegistrationDraft;
use super::details::RawDetails;
use crate::accounts::birthdate::Birthdate;
use crate::accounts::phone_number::{HomeNumber, MobileNumber};
use crate::accounts::postal_address::Prefecture;
use crate::accounts::{person_name, postal_address};
use crate::clock::Timestamp;

/// The longest claim that is used, in characters; no field is longer.
const MAX_CLAIM: usize = 300;

pub(super) fn draft_of(claims: &BTreeMap<String, Value>) -> RegistrationDraft {
    let claims = Claims(claims);
    let mut details = RawDetails {
        family_name: claims.first(&["family_name#ja-Hani-JP", "family_name#ja", "family_name"]),
        given_name: claims.first(&["given_name#ja-Hani-JP", "given_name#ja", "given_name"]),
        family_name_kana: kana(claims.first(&["family_name#ja-Kana-JP"])),
        given_name_kana: kana(claims.first(&["given_name#ja-Kana-JP"])),
        ..RawDetails::default()
    };
    fill_phone(&mut details, &claims.text("phone_number"));
    fill_address(&mut details, &claims);
    let filled = RawDetails::FIELDS
        .iter()
        .filter(|field| !details.get(field).is_empty());
    let email = claims.text("email");
    // Whether the day is in the future is checked when the birthdate is asked for.
    let birthdate = Birthdate::from_claim(&claims.text("birthdate"), Timestamp(i64::MAX));
    RegistrationDraft {
        suggested_email: (!email.is_empty()).then_some(email),
        prefilled: filled.map(|field| (*field).to_owned()).collect(),
        suggested_birthdate: birthdate.ok(),
        details,
        ..RegistrationDraft::default()
    }
}

struct Claims<'a>(&'a BTreeMap<String, Value>);

impl Claims<'_> {
    fn text(&self, name: &str) -> String {
        plain(self.0.get(name))
    }

    fn first(&self, names: &[&str]) -> String {
        let texts = names.iter().map(|name| self.text(name));
        texts
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    fn address(&self, member: &str) -> String {
        plain(
            self.0
                .get("address")
                .and_then(|address| address.get(member)),
        )
    }
}

/// Returns a text claim without surrounding spaces; empty if it is not text or too long.
fn plain(value: Option<&Value>) -> String {
    let text = value.and_then(Value::as_str).unwrap_or_default().trim();
    if text.chars().count() > MAX_CLAIM {
        return String::new();
    }
    text.replace("\r\n", "\n")
}

/// Converts the half-width kana of old systems to full-width.
fn kana(text: String) -> String {
    person_name::read_kana(&text).unwrap_or(text)
}

/// Fills in the phone number. There is one standard claim for it, so it goes into the field
/// that accepts it, else into the mobile phone field.
fn fill_phone(details: &mut RawDetails, text: &str) {
    if let Ok(number) = MobileNumber::read(text) {
        details.mobile_phone = number.display();
    } else if let Ok(number) = HomeNumber::read(text) {
        details.home_phone = number.display();
    } else {
        text.clone_into(&mut details.mobile_phone);
    }
}

fn fill_address(details: &mut RawDetails, claims: &Claims<'_>) {
    let postal_code = claims.address("postal_code");
    details.postal_code = postal_address::read_postal_code(&postal_code)
        .map_or(postal_code, |digits| {
            postal_address::display_postal_code(&digits)
        });
    let region = claims.address("region");
    details.prefecture =
        Prefecture::read(&region).map_or(region, |prefecture| prefecture.name.to_owned());
    details.city = claims.address("locality").replace('\n', " ");
    // Core §5.1.1: `street_address` may hold several lines; the second is the building.
    let street = claims.address("street_address");
    let (block, building) = street.split_once('\n').unwrap_or((&street, ""));
    block.trim().clone_into(&mut details.block);
    details.building = building.trim().replace('\n', " ");
}
