//! The personal data of a user as lines of text, and the sentences beside form fields that
//! show a second value.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::accounts::birthdate::Birthdate;
use crate::accounts::phone_number::{HomeNumber, MobileNumber};
use crate::accounts::postal_address::display_postal_code;
use crate::accounts::profile::{PostalAddress, Profile};
use crate::accounts::profile_form::Fields;
use crate::accounts::registration::RawDetails;
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::texts;

/// A line of the list.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The catalogue key of the label.
    pub label: &'static str,
    /// The value; empty if none was entered.
    pub value: String,
}

/// Sentences beside fields for which a second value is known, so that the person sees both.
#[derive(Debug)]
pub(super) struct Told<'a> {
    locale: Locale,
    fields: &'a Fields,
    shown: &'a RawDetails,
    /// The sentences, by the field's name.
    pub(super) sentences: BTreeMap<&'static str, String>,
}

impl<'a> Told<'a> {
    /// Starts without sentences. `fields` are the fields of the form, `shown` their values.
    pub(super) fn new(locale: Locale, fields: &'a Fields, shown: &'a RawDetails) -> Self {
        Self {
            locale,
            fields,
            shown,
            sentences: BTreeMap::new(),
        }
    }

    /// Adds the values that the client pushed.
    pub(super) fn by_service(&mut self, service: &str, told: &RawDetails) {
        self.beside("profile-told", service, told);
    }

    /// Adds the values that the person typed before another tab or device changed the
    /// account.
    pub(super) fn typed_before(&mut self, typed: &RawDetails) {
        self.beside("profile-typed", "", typed);
    }

    fn beside(&mut self, key: &str, service: &str, other: &RawDetails) {
        for field in self.fields {
            let (shown, value) = (self.shown.get(field), other.get(field));
            if shown.is_empty() || value.is_empty() || shown == value {
                continue;
            }
            let values = [("service", service.to_owned()), ("value", value.to_owned())];
            let sentence = texts::text(self.locale, key, &values);
            self.sentences.insert(field, sentence);
        }
    }
}

/// Returns the lines of a profile and a mobile number (E.164), for the fields that `shown`
/// accepts.
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

/// Formats a birthdate in words, with the year of the era; empty if there is none.
pub(super) fn birthdate(profile: &Profile, locale: Locale) -> String {
    let claim = profile.birthdate.as_deref().unwrap_or_default();
    // A stored date was checked when it was entered; here it is only parsed.
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

/// Formats a mobile number with hyphens.
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
