//! ⑦ Choose a password; tell phone numbers and address.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Details {
    /// The proven address.
    pub email: String,
    /// Whether a password was chosen already.
    pub password_set: bool,
    /// The rules for a password, as keys of the catalogue.
    pub advice: &'static [&'static str],
    /// The note below them.
    pub advice_note: Option<&'static str>,
    /// What the rules are filled with.
    pub password: PasswordRule,
    /// The service that told us what is filled in.
    pub prefilled_by: Option<String>,
    /// The fields as typed or prefilled.
    pub values: DetailValues,
    /// The prefectures to choose from.
    pub prefectures: Vec<PrefectureChoice>,
}

/// What the rules for a password are filled with.
#[derive(Clone, Debug, Serialize)]
pub struct PasswordRule {
    /// The fewest characters.
    pub min: String,
    /// The most.
    pub max: String,
    /// The symbols allowed.
    pub symbols: String,
}

/// The fields of ⑦ but the password, as text.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DetailValues {
    /// 姓.
    pub family_name: String,
    /// 名.
    pub given_name: String,
    /// セイ.
    pub family_name_kana: String,
    /// メイ.
    pub given_name_kana: String,
    /// 郵便番号.
    pub postal_code: String,
    /// 都道府県.
    pub prefecture: String,
    /// 市区町村名.
    pub city: String,
    /// 丁目番地.
    pub block: String,
    /// 建物名.
    pub building: String,
    /// 携帯電話番号.
    pub mobile_phone: String,
    /// 自宅電話番号.
    pub home_phone: String,
}

/// A prefecture in the list.
#[derive(Clone, Debug, Serialize)]
pub struct PrefectureChoice {
    /// What is stored: the Japanese name.
    pub value: String,
    /// What is read.
    pub name: String,
}

impl Page for Details {
    const TEMPLATE: &'static str = "registration/details.html";
    const SCREEN: &'static str = "registration-details";
}
