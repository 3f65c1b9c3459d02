//! The fields of ⑦, first as typed, then as a profile. Only the password is required there;
//! what a service needs beyond that is asked for on ⑫.

use serde::{Deserialize, Serialize};

use crate::accounts::field_errors::FieldErrors;
use crate::accounts::phone_number::{HomeNumber, MobileNumber};
use crate::accounts::postal_address::{self, Prefecture};
use crate::accounts::profile::{PostalAddress, Profile};
use crate::accounts::{birthdate::Birthdate, person_name};
use crate::clock::Timestamp;

/// Declares the fields once; their names are those of the form (`docs/screens.md`).
macro_rules! raw_details {
    ($($(#[$doc:meta])* $field:ident,)+) => {
        /// The fields as typed.
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct RawDetails { $($(#[$doc])* pub $field: String,)+ }

        impl RawDetails {
            /// The fields' names, in the order of the page.
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field),)+];

            /// Reads a form by the names of the fields; a missing field is empty.
            pub fn read(mut field: impl FnMut(&str) -> Option<String>) -> Self {
                Self { $($field: field(stringify!($field)).unwrap_or_default(),)+ }
            }

            /// Returns the text of a field; empty if there is no such field.
            #[must_use]
            pub fn get(&self, name: &str) -> &str {
                match name { $(stringify!($field) => &self.$field,)+ _ => "" }
            }
        }
    };
}

raw_details! {
    /// 姓.
    family_name,
    /// 名.
    given_name,
    /// セイ.
    family_name_kana,
    /// メイ.
    given_name_kana,
    /// 携帯電話番号.
    mobile_phone,
    /// 郵便番号.
    postal_code,
    /// 都道府県.
    prefecture,
    /// 市区町村名.
    city,
    /// 丁目番地.
    block,
    /// 建物名.
    building,
    /// 自宅電話番号.
    home_phone,
    /// 生年月日: the year. Only ⑫ asks for it and for the next two.
    birthdate_year,
    /// The month.
    birthdate_month,
    /// The day.
    birthdate_day,
}

impl std::fmt::Debug for RawDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RawDetails(..)")
    }
}

/// The fields after they were checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The values for the profile.
    pub profile: Profile,
    /// The mobile number.
    pub mobile_phone: Option<MobileNumber>,
}

impl RawDetails {
    /// Checks the fields and returns their values.
    ///
    /// # Errors
    /// The errors, field by field, in the order of the page.
    pub fn check(&self, now: Timestamp) -> Result<Details, FieldErrors> {
        let mut errors = FieldErrors::none();
        let mut given = |field: &'static str, read: fn(&str) -> Result<String, &'static str>| {
            let typed = self.get(field).trim();
            if typed.is_empty() {
                return None;
            }
            errors.take(field, read(typed))
        };
        let mut profile = Profile {
            family_name: given("family_name", person_name::read_name),
            given_name: given("given_name", person_name::read_name),
            family_name_kana: given("family_name_kana", person_name::read_kana),
            given_name_kana: given("given_name_kana", person_name::read_kana),
            ..Profile::default()
        };
        let mobile = given("mobile_phone", |typed| {
            MobileNumber::read(typed).map(|number| number.e164())
        });
        let address = self.address(&mut given);
        profile.home_phone = given("home_phone", |typed| {
            HomeNumber::read(typed).map(|number| number.digits().to_owned())
        });
        profile.address = (address != PostalAddress::default()).then_some(address);
        profile.birthdate = self.birthdate(now, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Details {
            profile,
            mobile_phone: mobile.and_then(|number| MobileNumber::read(&number).ok()),
        })
    }

    fn address(
        &self,
        given: &mut impl FnMut(&'static str, fn(&str) -> Result<String, &'static str>) -> Option<String>,
    ) -> PostalAddress {
        let postal_code = given("postal_code", postal_address::read_postal_code);
        let prefecture = given("prefecture", |typed| {
            Prefecture::read(typed).map(|prefecture| prefecture.name.to_owned())
        });
        let city = given("city", postal_address::read_line);
        let mut address = PostalAddress {
            postal_code,
            prefecture,
            city,
            block: given("block", postal_address::read_line),
            building: given("building", postal_address::read_line),
        };
        // Browsers fill the prefecture and the city into one field: 愛知県豊田市.
        if let Some(city) = address.city.clone()
            && let (Some(found), rest) = postal_address::split_prefecture(&city)
            && address
                .prefecture
                .as_deref()
                .is_none_or(|chosen| chosen == found.name)
        {
            address.prefecture = Some(found.name.to_owned());
            address.city = Some(rest.to_owned());
        }
        address
    }

    fn birthdate(&self, now: Timestamp, errors: &mut FieldErrors) -> Option<String> {
        let parts = [
            &self.birthdate_year,
            &self.birthdate_month,
            &self.birthdate_day,
        ];
        if parts.iter().all(|part| part.trim().is_empty()) {
            return None;
        }
        let [year, month, day] = parts;
        let date = Birthdate::read(year, month, day, now);
        errors
            .take("birthdate_year", date)
            .map(|date| date.to_string())
    }
}
