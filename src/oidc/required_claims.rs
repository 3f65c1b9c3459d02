//! Decides which claims a client needs before it can serve a user (⑫): those it requests as
//! essential (OpenID Connect Core §5.5.1) and those it registered. Only claims that a user
//! can type in count; the client does not have to wait for one that no user here can
//! supply.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::authorization_request::ClaimsRequest;
use super::client::Client;

crate::wire_words! {
    /// A claim that a user can enter on ⑫.
    pub enum RequiredClaim {
        /// 姓 and 名.
        Name = "name",
        /// 姓.
        FamilyName = "family_name",
        /// 名.
        GivenName = "given_name",
        /// セイ.
        FamilyNameKana = "family_name#ja-Kana-JP",
        /// メイ.
        GivenNameKana = "given_name#ja-Kana-JP",
        /// 携帯電話番号.
        PhoneNumber = "phone_number",
        /// 住所: prefecture, city and block.
        Address = "address",
        /// 生年月日.
        Birthdate = "birthdate",
    }
}

/// Claims that are asked for together, on one page of ⑫, if many are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimGroup {
    /// Name and birthdate.
    Person,
    /// Phone number and address.
    Contact,
}

/// The claims that a client registered as required, with a version. If the list grows,
/// users who lack a new claim are asked at their next login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredClaims {
    /// The version of the list, e.g. `2026-11`.
    pub version: String,
    /// The required claims.
    pub claims: Vec<RequiredClaim>,
}

impl RequiredClaim {
    /// Returns the group with which the claim is asked for.
    #[must_use]
    pub const fn group(self) -> ClaimGroup {
        match self {
            Self::Name
            | Self::FamilyName
            | Self::GivenName
            | Self::FamilyNameKana
            | Self::GivenNameKana
            | Self::Birthdate => ClaimGroup::Person,
            Self::PhoneNumber | Self::Address => ClaimGroup::Contact,
        }
    }

    /// Returns the names of the form fields that must be filled in for the claim.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["family_name", "given_name"],
            Self::FamilyName => &["family_name"],
            Self::GivenName => &["given_name"],
            Self::FamilyNameKana => &["family_name_kana"],
            Self::GivenNameKana => &["given_name_kana"],
            Self::PhoneNumber => &["mobile_phone"],
            Self::Address => &["prefecture", "city", "block"],
            Self::Birthdate => &["birthdate_year"],
        }
    }

    /// Returns the claim with this name. The tag for kanji is the same as no tag (§5.2).
    fn named(name: &str) -> Option<Self> {
        let plain = name.strip_suffix("#ja-Hani-JP").unwrap_or(name);
        plain.parse().ok()
    }
}

/// Whether `client` requested or registered any required claims. Most clients need none,
/// and the user's profile is then not read.
#[must_use]
pub fn any(asked: &ClaimsRequest, client: &Client) -> bool {
    let registered = client.required_claims.as_ref();
    registered.is_some_and(|required| !required.claims.is_empty())
        || asked
            .essential()
            .any(|name| RequiredClaim::named(name).is_some())
}

/// Returns the claims that `client` requires, given the individual claims granted to it.
#[must_use]
pub fn of(granted: &ClaimsRequest, client: &Client) -> BTreeSet<RequiredClaim> {
    let essential = granted.essential().filter_map(RequiredClaim::named);
    let registered = client
        .required_claims
        .iter()
        .flat_map(|required| required.claims.iter().copied());
    essential.chain(registered).collect()
}
