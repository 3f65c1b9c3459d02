//! What a person told of themselves, line by line, to be looked over.

use serde::Serialize;

use crate::accounts::birthdate::Birthdate;
use crate::accounts::phone_number::{HomeNumber, MobileNumber};
use crate::accounts::postal_address::display_postal_code;
use crate::accounts::profile::{PostalAddress, Profile};
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::texts;

/// A line.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What it is, as a key of the catalogue.
    pub label: &'static str,
    /// What was entered; empty if nothing was.
    pub value: String,
}

/// The lines of those fields of a profile, and of a mobile number (E.164), that
/// `shown` wants.
pub(super) fn lines(
    (profile, mobile): (&Profile, Option<&str>),
    locale: Locale,
    shown: impl Fn(&str) -> bool,
) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = |fields: &[&str], label, value: String| {
        if fields.iter().any(|field| shown(field)) {
            lines.push(Line { label, value });
        }
    };
    let name = joined(&[&profile.family_name, &profile.given_name]);
    line(&["family_name", "given_name"], "details-name", name);
    let kana = joined(&[&profile.family_name_kana, &profile.given_name_kana]);
    line(
        &["family_name_kana", "given_name_kana"],
        "details-kana",
        kana,
    );
    line(
        &["mobile_phone"],
        "details-mobile-phone",
        mobile_phone(mobile),
    );
    let address = profile.address.as_ref().map(address_line);
    line(&["city"], "details-address", address.unwrap_or_default());
    line(&["home_phone"], "details-home-phone", home_phone(profile));
    line(
        &["birthdate_year"],
        "details-birthdate",
        birthdate(profile, locale),
    );
    lines
}

/// A birthdate in words, with its year of the era; nothing if it is not told.
pub(super) fn birthdate(profile: &Profile, locale: Locale) -> String {
    let claim = profile.birthdate.as_deref().unwrap_or_default();
    // It was judged when it was given: here it is only read.
    let Ok(date) = Birthdate::from_claim(claim, Timestamp(i64::MAX)) else {
        return claim.to_owned();
    };
    texts::text(
        locale,
        "birthdate-in-words",
        &[
            ("year", date.year().to_string()),
            ("month", date.month().to_string()),
            ("day", date.day().to_string()),
            ("era", date.era(locale)),
        ],
    )
}

/// A mobile number as it is written.
pub(super) fn mobile_phone(number: Option<&str>) -> String {
    let number = number.unwrap_or_default();
    MobileNumber::read(number).map_or_else(|_| number.to_owned(), |number| number.display())
}

fn joined(parts: &[&Option<String>]) -> String {
    let parts: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
    parts.join(" ")
}

fn address_line(address: &PostalAddress) -> String {
    let code = address
        .postal_code
        .as_deref()
        .map(|digits| format!("〒{}", display_postal_code(digits)));
    joined(&[
        &code,
        &address.prefecture,
        &address.city,
        &address.block,
        &address.building,
    ])
}

fn home_phone(profile: &Profile) -> String {
    let digits = profile.home_phone.as_deref().unwrap_or_default();
    HomeNumber::read(digits).map_or_else(|_| digits.to_owned(), |number| number.display())
}
