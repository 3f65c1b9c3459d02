//! The personal data that a user keeps with the account, by the standard claim names of
//! OpenID Connect Core §5.1. It is stored as one JSON document, because nothing searches by
//! it.

use serde::{Deserialize, Serialize};

/// The personal data that a user gave. Every field may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// 姓 as typed: never normalised (`docs/screens.md`, "Data entry in Japan").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// 名 as typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// `middle_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// セイ in full-width katakana: claim `family_name#ja-Kana-JP`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name_kana: Option<String>,
    /// メイ in full-width katakana: claim `given_name#ja-Kana-JP`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name_kana: Option<String>,
    /// `nickname`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// `preferred_username`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// `profile`: a URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// `picture`: a URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// `website`: a URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// `gender`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// `birthdate`: `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// `zoneinfo`: an IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    /// 住所: the postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<PostalAddress>,
    /// 自宅電話番号: the home phone number, in digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_phone: Option<String>,
}

/// A Japanese postal address, from which the `address` claim is built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostalAddress {
    /// 郵便番号: seven digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// 都道府県, e.g. 愛知県.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<String>,
    /// 市区町村名, as typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// 丁目番地, as typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// 建物名, as typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub building: Option<String>,
}
