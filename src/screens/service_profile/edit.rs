//! ⑫ Entry of the data that the client needs.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{Asked, Part, suggested, suggestions};
use crate::accounts::account::Account;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::profile_form;
use crate::accounts::registration::RawDetails;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::state::ServiceProfile;
use crate::interaction::visit::Visit;
use crate::interaction::way_back;
use crate::pages::Page;
use crate::screens::account::birthdate as birthdate_page;
use crate::screens::address_search::{self, AddressFound, Searched};
use crate::screens::form::Form;
use crate::screens::page;
use crate::screens::profile_lines::{Told, birthdate, mobile_phone};
use crate::screens::registration::details::{PrefectureChoice, prefectures};

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct ProfileEdit {
    /// The URL that the form is sent to, because ⑬ may answer with this page too.
    pub action: String,
    /// The name of the client that needs the data.
    pub service: String,
    /// The names of the fields to fill in.
    pub fields: Vec<&'static str>,
    /// Their values.
    pub values: RawDetails,
    /// Sentences beside fields with a second value, by the field's name: what the client
    /// pushed, or what was typed before.
    pub told: BTreeMap<&'static str, String>,
    /// Which page of how many this is.
    pub part: Part,
    /// The birthdate in words, if it cannot be changed here.
    pub birthdate: Option<String>,
    /// The mobile number, if it cannot be changed here.
    pub mobile_phone: Option<String>,
    /// The prefectures to choose from.
    pub prefectures: Vec<PrefectureChoice>,
    /// The result of the search by postal code.
    pub found: AddressFound,
    /// The version of the account that the fields were filled from.
    pub version: i64,
}

impl Page for ProfileEdit {
    const TEMPLATE: &'static str = "service_profile/edit.html";
    const SCREEN: &'static str = "profile-edit";
}

/// The values of the form on ⑫.
#[derive(Debug)]
pub(super) struct Filled {
    values: RawDetails,
    /// What the person typed, if another tab or device changed the account first.
    lost: Option<RawDetails>,
    found: AddressFound,
    version: i64,
}

impl Filled {
    /// Returns what this account filled in last; otherwise the account's data, with empty
    /// fields filled with what the client pushed.
    fn of(visit: &Visit, account: &Account) -> Self {
        let filled_in = visit.interaction.service_profile.as_ref();
        let own = filled_in.filter(|profile| profile.account_id == account.id);
        Self {
            values: own.map_or_else(|| suggested(visit, account), |own| own.typed.clone()),
            lost: None,
            found: AddressFound::default(),
            version: own.map_or(account.version, |own| own.version),
        }
    }

    /// Returns the account's current data, with empty fields filled with `typed`.
    pub(super) fn anew(account: &Account, typed: RawDetails) -> Self {
        Self {
            values: profile_form::merged(&profile_form::of(account), &typed),
            lost: Some(typed),
            found: AddressFound::default(),
            version: account.version,
        }
    }
}

/// `GET …/profile`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let Some(asked) = Asked::to_fill_in(&visit) else {
        return proceed(visit).await;
    };
    let filled = Filled::of(&visit, &asked.account);
    show(
        &mut visit,
        &asked,
        filled,
        StatusCode::OK,
        FieldErrors::none(),
    )
}

/// `POST …/profile`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some(asked) = Asked::to_fill_in(&visit) else {
        return proceed(visit).await;
    };
    let account = &asked.account;
    let typed = RawDetails::read(|field| Some(form.get(field).to_owned()));
    let typed = profile_form::within(&typed, &asked.open, account);
    let searched = address_search::searched(&form, &typed);
    let typed = searched
        .as_ref()
        .map_or(typed, |searched| searched.values.clone());
    // Invalid values are saved too, so that a reload or a second tab shows what was typed.
    let filled_in = ServiceProfile {
        account_id: account.id.clone(),
        version: form.get("version").parse().unwrap_or_default(),
        typed: typed.clone(),
    };
    let now = visit.app.clock.now();
    let judged = match &searched {
        None => profile_form::apply(account, &typed, &asked.required, now).map(drop),
        Some(searched) => Err(searched.errors.clone()),
    };
    let leaves = form.action() == "change_birthdate" && account.profile.birthdate.is_some();
    let lawful = judged.is_ok() && !leaves;
    visit
        .save(|interaction| {
            interaction.service_profile = Some(filled_in.clone());
            if lawful {
                interaction.progress.fill_in_profile(account.id.clone())
            } else {
                interaction.progress.withdraw_profile()
            }
        })
        .await?;
    if leaves {
        return way_back::leave_for(visit, birthdate_page::PLACE).await;
    }
    match judged {
        Ok(()) => proceed(visit).await,
        Err(errors) => {
            let status = searched
                .as_ref()
                .map_or(page::FILLED_IN_WRONGLY, Searched::status);
            let filled = Filled {
                values: typed,
                lost: None,
                found: searched.map(|searched| searched.found).unwrap_or_default(),
                version: filled_in.version,
            };
            show(&mut visit, &asked, filled, status, errors)
        }
    }
}

/// Shows ⑫.
pub(super) fn show(
    visit: &mut Visit,
    asked: &Asked,
    filled: Filled,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let (account, open) = (&asked.account, &asked.open);
    let is_settled = |field: &str| asked.required.contains(field) && !open.contains(field);
    let service = page::client_name(visit);
    let mut told = Told::new(visit.locale, open, &filled.values);
    told.by_service(&service, &suggestions(visit));
    if let Some(lost) = &filled.lost {
        told.typed_before(lost);
    }
    let page = ProfileEdit {
        action: visit.url("profile")?,
        service,
        told: told.sentences,
        part: asked.round.now(),
        birthdate: is_settled("birthdate_year").then(|| birthdate(&account.profile, visit.locale)),
        mobile_phone: is_settled("mobile_phone")
            .then(|| mobile_phone(account.mobile_phone.as_deref())),
        fields: open.iter().copied().collect(),
        values: filled.values,
        prefectures: prefectures(visit.locale),
        found: filled.found,
        version: filled.version,
    };
    let shell = page::shell(visit, "profile")?.errors(errors);
    page::show(visit, status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let edit = |fields: Vec<&'static str>| ProfileEdit {
            action: format!("/interaction/abc/profile?request={}", stage.of("xyz")),
            service: stage.of("TOYOTA.JP（購入サポート）"),
            fields,
            values: RawDetails {
                family_name: stage.of("豊田"),
                birthdate_year: stage.of("1995"),
                birthdate_month: stage.of("12"),
                birthdate_day: stage.of("25"),
                ..RawDetails::default()
            },
            told: [("family_name", stage.of("TOYOTA.JPからの情報：長野"))].into(),
            part: Part { number: 1, of: 1 },
            birthdate: None,
            mobile_phone: None,
            prefectures: Vec::new(),
            found: AddressFound::default(),
            version: 3,
        };
        let birthdate = vec!["birthdate_year", "birthdate_month", "birthdate_day"];
        stage.show("profile-edit", stage.shell(), &edit(birthdate.clone()));
        let wrong = FieldErrors::one("birthdate_year", "birthdate-no-day");
        stage.show(
            "profile-edit-error",
            stage.shell().errors(wrong),
            &edit(birthdate),
        );
        let all = RawDetails::FIELDS.iter().copied().take(11).collect();
        let settled = ProfileEdit {
            part: Part { number: 2, of: 2 },
            birthdate: Some(stage.of("西暦1995年12月25日（平成7年）")),
            mobile_phone: Some(stage.of("090-1234-5678")),
            ..edit(all)
        };
        let elsewhere = FieldErrors::one("", "profile-changed-elsewhere");
        stage.show(
            "profile-edit-all",
            stage.shell().errors(elsewhere),
            &settled,
        );
    }
}
