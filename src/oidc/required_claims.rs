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

/// What a client registered as needed, under a version of its own: the list may
/// grow, and whoever lacks what is new is asked at their next login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredClaims {
    /// The version, e.g. `2026-11`.
    pub version: String,
    /// The claims.
    pub claims: Vec<RequiredClaim>,
}

impl RequiredClaim {
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
