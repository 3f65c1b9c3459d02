//! 会員情報の編集: what a person told of themselves. A birthdate is told once, and
//! what another tab or device changed meanwhile is shown, not written over.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::member::Member;
use crate::accounts::account::Account;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::profile_form::{self, BIRTHDATE, Fields};
use crate::accounts::registration::RawDetails;
use crate::http::refusal::PageRefusal;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::screens::profile_lines::birthdate;
use crate::screens::registration::details::{PrefectureChoice, prefectures};
use crate::store::accounts::profile::Updated;
use crate::texts;

const PLACE: &str = "/account/profile";

/// Where a person is sent after saving.
const SAVED: &str = "/account/profile?done=saved";

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
    /// The version of the account that the fields were filled from.
    pub version: i64,
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
    let values = profile_form::of(account);
    show(
        &member,
        account,
        values,
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
    let mut changed = match profile_form::apply(account, &typed, &Fields::new(), member.now()) {
        Ok(changed) => changed,
        Err(errors) => return show(&member, account, typed, page::FILLED_IN_WRONGLY, errors),
    };
    // What was seen on the page is what may be written over.
    changed.version = form.get("version").parse().unwrap_or_default();
    let accounts = member.app.store.accounts();
    match accounts.update_profile(&changed, &[], member.now()).await? {
        Updated::Saved => Ok(Redirect::to(SAVED).into_response()),
        Updated::Conflict => {
            let errors = FieldErrors::one("", "profile-changed-elsewhere");
            let values = profile_form::of(account);
            show(&member, account, values, StatusCode::CONFLICT, errors)
        }
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
    values: RawDetails,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let settled = account.profile.birthdate.is_some();
    let page = AccountProfile {
        email: account.email.clone(),
        fields: open_fields(account).into_iter().collect(),
        values,
        birthdate: settled.then(|| birthdate(&account.profile, member.locale)),
        prefectures: prefectures(member.locale),
        version: account.version,
    };
    let mut shell = member.shell(PLACE).errors(errors);
    if member.url.contains("done=saved") {
        shell = shell.notice(texts::text(member.locale, "account-profile-saved", &[]));
    }
    member.show(status, &shell, &page)
}
