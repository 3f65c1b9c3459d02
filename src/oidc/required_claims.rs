//! What a client needs to know of a person before it can serve them (⑫): the
//! claims it asks as essential (OpenID Connect Core §5.5.1), and those it
//! registered. Only claims that a person can give by typing count; a client is
//! not kept waiting for a claim that nobody here can supply.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::authorization_request::ClaimsRequest;
use super::client::Client;

crate::wire_words! {
    /// A claim that a person can give on ⑫.
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

/// Claims that are asked for together where much is missing: a page of ⑫ each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimGroup {
    /// Who a person is.
    Person,
    /// How to reach them.
    Contact,
}

/// What a client registered as needed, under a version of its own: the list may
/// grow, and whoever lacks what is new is asked at their next login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredClaims {
    /// The version, e.g. `2026-11`.
    pub version: String,
    /// The claims.
    pub claims: Vec<RequiredClaim>,
}

impl RequiredClaim {
    /// With which others it is asked for.
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

    /// The form's fields that must be filled in for it, by their names.
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

    /// The claim of that name; a name in kanji is the name (§5.2).
    fn named(name: &str) -> Option<Self> {
        let plain = name.strip_suffix("#ja-Hani-JP").unwrap_or(name);
        plain.parse().ok()
    }
}

/// Whether `client` may need anything, as far as it asked or registered: most need
/// nothing, and then nothing of the person is looked at.
#[must_use]
pub fn any(asked: &ClaimsRequest, client: &Client) -> bool {
    let registered = client.required_claims.as_ref();
    registered.is_some_and(|required| !required.claims.is_empty())
        || asked
            .essential()
            .any(|name| RequiredClaim::named(name).is_some())
}

/// What `client` needs, given the single claims it is granted.
#[must_use]
pub fn of(granted: &ClaimsRequest, client: &Client) -> BTreeSet<RequiredClaim> {
    let essential = granted.essential().filter_map(RequiredClaim::named);
    let registered = client
        .required_claims
        .iter()
        .flat_map(|required| required.claims.iter().copied());
    essential.chain(registered).collect()
}
