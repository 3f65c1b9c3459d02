//! 会員情報の編集: what a person told of themselves. A birthdate is told once and
//! changed on a page of its own; what another tab or device changed meanwhile is shown, not written over.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::member::Member;
use crate::accounts::account::Account;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::profile_form::{self, BIRTHDATE, Fields};
use crate::accounts::registration::RawDetails;
use crate::dealer_links::guardian;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::one_time_codes::phone_login;
use crate::pages::Page;
use crate::screens::address_search::{self, AddressFound};
use crate::screens::form::Form;
use crate::screens::page;
use crate::screens::profile_lines::{Told, birthdate};
use crate::screens::registration::details::{PrefectureChoice, prefectures};
use crate::store::accounts::profile::Updated;

pub(super) const PLACE: &str = OwnPage::Profile.as_str();

/// What may just have been done, and the sentence that says so.
const NOTICES: &[(&str, &str)] = &[
    ("saved", "account-profile-saved"),
    ("birthdate", "account-birthdate-changed"),
];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountProfile {
    /// The login ID.
    pub email: String,
    /// The fields, by name.
    pub fields: Vec<&'static str>,
    /// Their values.
    pub values: RawDetails,
    /// The birthdate in words, once it is settled.
    pub birthdate: Option<String>,
    /// The prefectures to choose from.
    pub prefectures: Vec<PrefectureChoice>,
    /// What else is known of a field, by name: as typed before.
    pub told: BTreeMap<&'static str, String>,
    /// What a search by postal code found.
    pub found: AddressFound,
    /// The version of the account that the fields were filled from.
    pub version: i64,
}

/// What stands in the fields.
struct Filled {
    values: RawDetails,
    /// What the person typed and somebody else wrote over meanwhile.
    lost: Option<RawDetails>,
    found: AddressFound,
    version: i64,
}

impl Filled {
    fn of(account: &Account) -> Self {
        Self::typed(profile_form::of(account), account.version)
    }

    fn typed(values: RawDetails, version: i64) -> Self {
        Self {
            values,
            lost: None,
            found: AddressFound::default(),
            version,
        }
    }
}

impl Page for AccountProfile {
    const TEMPLATE: &'static str = "account/profile.html";
    const SCREEN: &'static str = "account-profile";
}

/// `GET /account/profile`
///
/// # Errors
/// If nobody is logged in, or a store fails.
pub async fn get(member: Member) -> Result<Response, PageRefusal> {
    let account = &member.live.account;
    let filled = Filled::of(account);
    show(
        &member,
        account,
        filled,
        StatusCode::OK,
        FieldErrors::none(),
    )
}

/// `POST /account/profile`
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn post(member: Member, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let account = &member.live.account;
    let typed = RawDetails::read(|field| Some(form.get(field).to_owned()));
    let typed = profile_form::within(&typed, &open_fields(account), account);
    // What was seen on the page is what may be written over.
    let version = form.get("version").parse().unwrap_or_default();
    if let Some(searched) = address_search::searched(&form, &typed) {
        let status = searched.status();
        let filled = Filled {
            values: searched.values,
            lost: None,
            found: searched.found,
            version,
        };
        return show(&member, account, filled, status, searched.errors);
    }
    let changed = profile_form::apply(account, &typed, &Fields::new(), member.now());
    let mut changed = match changed.and_then(|changed| unguarded(&member, changed)) {
        Ok(changed) => changed,
        Err(errors) => {
            let filled = Filled::typed(typed, version);
            return show(&member, account, filled, page::FILLED_IN_WRONGLY, errors);
        }
    };
    changed.version = version;
    let news = phone_login::news_of_change(&member.app, &member.brand, account, &changed)?;
    let news: Vec<_> = news.into_iter().collect();
    let accounts = member.app.store.accounts();
    match accounts
        .update_profile(&changed, &news, member.now())
        .await?
    {
        Updated::Saved => {
            member.app.outbox.wake();
            guardian::end_links(&member.app, &member.brand, &changed, &member.context).await?;
            Ok(page::done(PLACE, "saved").into_response())
        }
        Updated::Conflict => {
            let errors = FieldErrors::one("", "profile-changed-elsewhere");
            let filled = Filled {
                lost: Some(typed),
                ..Filled::of(account)
            };
            show(&member, account, filled, StatusCode::CONFLICT, errors)
        }
    }
}

/// A proven number guards the account: only who logged in recently may change it
/// (ASVS 7.5.1), and its own page sees to that.
fn unguarded(member: &Member, changed: Account) -> Result<Account, FieldErrors> {
    let proven = member.live.account.mobile_phone_verified;
    if proven && !changed.mobile_phone_verified && !member.is_recent() {
        Err(FieldErrors::one("mobile_phone", "mobile-phone-guards"))
    } else {
        Ok(changed)
    }
}

/// Every field there is, but a birthdate that is settled.
fn open_fields(account: &Account) -> Fields {
    let mut fields: Fields = RawDetails::FIELDS.iter().copied().collect();
    if account.profile.birthdate.is_some() {
        fields.retain(|field| !BIRTHDATE.contains(field));
    }
    fields
}

fn show(
    member: &Member,
    account: &Account,
    filled: Filled,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let settled = account.profile.birthdate.is_some();
    let open = open_fields(account);
    let mut told = Told::new(member.locale, &open, &filled.values);
    if let Some(lost) = &filled.lost {
        told.typed_before(lost);
    }
    let profile = AccountProfile {
        told: told.sentences,
        email: account.email.clone(),
        fields: open.iter().copied().collect(),
        values: filled.values,
        birthdate: settled.then(|| birthdate(&account.profile, member.locale)),
        prefectures: prefectures(member.locale),
        found: filled.found,
        version: filled.version,
    };
    let shell = page::told(member.shell(PLACE).errors(errors), &member.url, NOTICES);
    member.show(status, &shell, &profile)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let profile = |birthdate| AccountProfile {
            email: email(),
            fields: RawDetails::FIELDS.to_vec(),
            values: RawDetails {
                family_name: stage.of("豊田"),
                ..RawDetails::default()
            },
            birthdate,
            prefectures: Vec::new(),
            told: [("family_name", stage.of("ご入力の内容：長野"))].into(),
            found: AddressFound::default(),
            version: 3,
        };
        stage.show("account-profile", stage.shell(), &profile(None));
        let settled = Some(stage.of("西暦1995年12月25日（平成7年）"));
        let wrong = FieldErrors::one("", "profile-changed-elsewhere");
        stage.show(
            "account-profile-error",
            stage.shell().errors(wrong),
            &profile(settled),
        );
    }
}
