//! 会員情報の編集: the personal data of the user. A birthdate is entered here once and then
//! changed on a page of its own. A change that another tab or device made meanwhile is
//! shown, never overwritten.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::member::{Member, Standing};
use crate::accounts::account::Account;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::profile_form::{self, BIRTHDATE, Fields};
use crate::accounts::registration::RawDetails;
use crate::dealer_links::guardian;
use crate::fault::Fault;
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

/// The notices of this page: the value of `done` in the query, and the catalogue key of the
/// sentence.
const NOTICES: &[(&str, &str)] = &[
    ("saved", "account-profile-saved"),
    ("birthdate", "account-birthdate-changed"),
];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountProfile {
    /// The login ID.
    pub email: String,
    /// The names of the fields.
    pub fields: Vec<&'static str>,
    /// Their values.
    pub values: RawDetails,
    /// The birthdate in words, if it can no longer be changed here.
    pub birthdate: Option<String>,
    /// The prefectures to choose from.
    pub prefectures: Vec<PrefectureChoice>,
    /// Sentences beside fields with a second value, by the field's name: what was typed
    /// before.
    pub told: BTreeMap<&'static str, String>,
    /// The result of the search by postal code.
    pub found: AddressFound,
    /// The version of the account that the fields were filled from.
    pub version: i64,
}

/// The values of the form.
struct Filled {
    values: RawDetails,
    /// What the person typed, if another tab or device changed the account first.
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
/// `Fault` if the page cannot be rendered. (`Member` sends a person who is not logged in to
/// ⑪.)
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
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn post(member: Member, form: Form) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let account = &member.live.account;
    let typed = RawDetails::read(|field| Some(form.get(field).to_owned()));
    let typed = profile_form::within(&typed, &open_fields(account), account);
    // Only the version that the page showed may be overwritten.
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
    let mut changed = match unguarded(&member, changed).await? {
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

/// Refuses the change of a verified mobile number without a recent login (ASVS 7.5.1) that
/// is the account's strongest: the number protects the account, and its own page asks for
/// such a login.
async fn unguarded(
    member: &Member,
    changed: Result<Account, FieldErrors>,
) -> Result<Result<Account, FieldErrors>, Fault> {
    let before = &member.live.account;
    let guards = before.mobile_phone_verified || before.recovered.phone_to_confirm;
    let same = |changed: &Account| changed.mobile_phone == before.mobile_phone;
    if !guards || changed.as_ref().is_ok_and(same) || changed.is_err() {
        return Ok(changed);
    }
    Ok(
        if member.is_recent() && member.standing().await? == Standing::Strongest {
            changed
        } else {
            Err(FieldErrors::one("mobile_phone", "mobile-phone-guards"))
        },
    )
}

/// Returns all fields, without the birthdate if the account has one.
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
