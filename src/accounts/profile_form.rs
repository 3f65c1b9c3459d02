//! The form in which a user edits their personal data: converts an account to form fields,
//! and applies typed fields to an account. Each page decides which fields it shows; a field
//! that is not shown changes nothing.

use std::collections::BTreeSet;

use super::account::Account;
use super::field_errors::FieldErrors;
use super::phone_number::{HomeNumber, MobileNumber};
use super::postal_address::display_postal_code;
use super::profile::PostalAddress;
use super::registration::RawDetails;
use crate::clock::Timestamp;

/// The names of the fields that a page shows.
pub type Fields = BTreeSet<&'static str>;

/// The fields of a postal address.
pub const ADDRESS: [&str; 5] = ["postal_code", "prefecture", "city", "block", "building"];

/// The fields of a birthdate; errors are shown at the first.
pub const BIRTHDATE: [&str; 3] = ["birthdate_year", "birthdate_month", "birthdate_day"];

/// Returns the form fields of an account.
#[must_use]
pub fn of(account: &Account) -> RawDetails {
    let profile = &account.profile;
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let none = PostalAddress::default();
    let address = profile.address.as_ref().unwrap_or(&none);
    let mobile = text(&account.mobile_phone);
    let home = text(&profile.home_phone);
    let birthdate = text(&profile.birthdate);
    let mut parts = birthdate
        .split('-')
        .map(|part| part.trim_start_matches('0').to_owned());
    let mut part = || parts.next().unwrap_or_default();
    RawDetails {
        family_name: text(&profile.family_name),
        given_name: text(&profile.given_name),
        family_name_kana: text(&profile.family_name_kana),
        given_name_kana: text(&profile.given_name_kana),
        mobile_phone: MobileNumber::read(&mobile).map_or(mobile, |number| number.display()),
        postal_code: address
            .postal_code
            .as_deref()
            .map(display_postal_code)
            .unwrap_or_default(),
        prefecture: text(&address.prefecture),
        city: text(&address.city),
        block: text(&address.block),
        building: text(&address.building),
        home_phone: HomeNumber::read(&home).map_or(home, |number| number.display()),
        birthdate_year: part(),
        birthdate_month: part(),
        birthdate_day: part(),
    }
}

/// Returns `typed`, with every field that the page does not show replaced by the account's.
#[must_use]
pub fn within(typed: &RawDetails, shown: &Fields, account: &Account) -> RawDetails {
    let stored = of(account);
    RawDetails::read(|field| {
        let source = if shown.contains(field) {
            typed
        } else {
            &stored
        };
        Some(source.get(field).to_owned())
    })
}

/// Returns `first`, with its empty fields taken from `second`. An address and a birthdate
/// are each taken as a whole, never mixed from both.
#[must_use]
pub fn merged(first: &RawDetails, second: &RawDetails) -> RawDetails {
    let whole: [&[&str]; 2] = [&ADDRESS, &BIRTHDATE];
    RawDetails::read(|field| {
        let belongs = whole.into_iter().find(|whole| whole.contains(&field));
        let together = belongs.unwrap_or_default();
        let is_empty = |name: &str| first.get(name).is_empty();
        let is_given = !is_empty(field) || !together.iter().copied().all(is_empty);
        let source = if is_given { first } else { second };
        Some(source.get(field).to_owned())
    })
}

/// Returns the account with the typed data; `required` fields must not be empty. A changed
/// mobile number is no longer verified and no longer a login ID.
///
/// # Errors
/// The errors, field by field.
pub fn apply(
    account: &Account,
    typed: &RawDetails,
    required: &Fields,
    now: Timestamp,
) -> Result<Account, FieldErrors> {
    let mut errors = FieldErrors::none();
    for field in RawDetails::FIELDS {
        if required.contains(field) && typed.get(field).trim().is_empty() {
            errors.add(field, "required-missing");
        }
    }
    let details = match typed.check(now) {
        Ok(details) if errors.is_empty() => details,
        Ok(_) => return Err(errors),
        Err(wrong) => {
            errors.0.extend(wrong.0);
            return Err(errors);
        }
    };
    let mut changed = account.clone();
    let told = details.profile;
    let profile = &mut changed.profile;
    profile.family_name = told.family_name;
    profile.given_name = told.given_name;
    profile.family_name_kana = told.family_name_kana;
    profile.given_name_kana = told.given_name_kana;
    profile.address = told.address;
    profile.home_phone = told.home_phone;
    profile.birthdate = told.birthdate;
    let mobile = details.mobile_phone.map(|number| number.e164());
    if mobile != changed.mobile_phone {
        changed.mobile_phone = mobile;
        changed.mobile_phone_verified = false;
        changed.phone_login = false;
        changed.recovered.phone_to_confirm = false;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::account::{AccountStatus, sample};

    const NOW: Timestamp = Timestamp(1_795_359_600);

    #[test]
    fn an_account_that_is_shown_and_sent_back_stays_as_it_is() {
        let account = sample();
        let typed = of(&account);
        assert_eq!(
            apply(&account, &typed, &Fields::new(), NOW).unwrap(),
            account
        );
        assert_eq!(account.status, AccountStatus::Active);
    }

    #[test]
    fn a_field_that_is_not_shown_cannot_be_changed() {
        let account = sample();
        let typed = RawDetails {
            family_name: "偽名".to_owned(),
            birthdate_year: "1990".to_owned(),
            birthdate_month: "4".to_owned(),
            birthdate_day: "1".to_owned(),
            ..RawDetails::default()
        };
        let typed = within(&typed, &BIRTHDATE.into_iter().collect(), &account);
        let changed = apply(&account, &typed, &Fields::new(), NOW).unwrap();
        assert_eq!(changed.profile.birthdate.as_deref(), Some("1990-04-01"));
        assert_eq!(changed.profile.family_name, account.profile.family_name);
    }

    #[test]
    fn another_mobile_number_is_not_proven_and_logs_nobody_in() {
        let account = Account {
            mobile_phone: Some("+819012345678".to_owned()),
            mobile_phone_verified: true,
            phone_login: true,
            ..sample()
        };
        let mut typed = of(&account);
        assert!(
            apply(&account, &typed, &Fields::new(), NOW)
                .unwrap()
                .phone_login
        );
        typed.mobile_phone = "080-1111-2222".to_owned();
        let changed = apply(&account, &typed, &Fields::new(), NOW).unwrap();
        assert_eq!(changed.mobile_phone.as_deref(), Some("+818011112222"));
        assert!(!changed.mobile_phone_verified && !changed.phone_login);
    }

    #[test]
    fn what_is_required_must_be_there() {
        let required = Fields::from(["city", "birthdate_year"]);
        let typed = RawDetails::default();
        let wrong = apply(&sample(), &typed, &required, NOW).unwrap_err();
        let fields: Vec<_> = wrong.0.iter().map(|error| error.field).collect();
        assert_eq!(fields, ["city", "birthdate_year"]);
    }
}
