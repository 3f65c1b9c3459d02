//! ⑬ The summary of the data. Confirming it saves the data, once.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{Asked, Part, edit};
use crate::accounts::account::Account;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::profile_form;
use crate::accounts::registration::RawDetails;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::{self, proceed};
use crate::interaction::state::ServiceProfile;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::one_time_codes::phone_login;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::screens::profile_lines::{Line, lines};
use crate::store::accounts::profile::Updated;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct ProfileConfirmation {
    /// The entered data, line by line.
    pub profile: Vec<Line>,
    /// Which page of how many this is.
    pub part: Part,
}

impl Page for ProfileConfirmation {
    const TEMPLATE: &'static str = "service_profile/confirmation.html";
    const SCREEN: &'static str = "profile-confirmation";
}

/// `GET …/profile/confirmation`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let Some((asked, changed, _)) = changed(&visit) else {
        return fill_in_again(visit).await;
    };
    let page = ProfileConfirmation {
        profile: lines(
            (&changed.profile, changed.mobile_phone.as_deref()),
            visit.locale,
            |field| asked.required.contains(field),
        ),
        part: asked.round.now(),
    };
    let shell = page::shell(&mut visit, "profile/confirmation")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/profile/confirmation`: saves the data.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some((asked, mut changed, filled_in)) = changed(&visit) else {
        return fill_in_again(visit).await;
    };
    if form.action() != "save" {
        return visit.see_other("profile");
    }
    // Only the version that ⑫ showed may be overwritten.
    changed.version = filled_in.version;
    let now = visit.app.clock.now();
    let accounts = visit.app.store.accounts();
    let before = visit.session.as_ref().map(|live| live.account.clone());
    let news = match &before {
        Some(before) => phone_login::news_of_change(&visit.app, &visit.brand, before, &changed)?,
        None => None,
    };
    let news: Vec<_> = news.into_iter().collect();
    let updated = accounts.update_profile(&changed, &news, now).await?;
    visit.app.outbox.wake();
    let current = accounts.by_id(&changed.id).await?;
    if let (Some(live), Some(current)) = (&mut visit.session, current) {
        live.account = current;
    }
    match updated {
        Updated::Saved => {
            proceed::end_links_without_guardian(&mut visit).await?;
            visit
                .save(|interaction| {
                    interaction.service_profile = None;
                    interaction
                        .progress
                        .complete_profile(changed.id.clone(), &asked.round.claims);
                })
                .await?;
            proceed(visit).await
        }
        Updated::Conflict => changed_elsewhere(visit, filled_in.typed).await,
    }
}

/// Returns the account with the data of ⑫, if the data is valid and complete.
fn changed(visit: &Visit) -> Option<(Asked, Account, ServiceProfile)> {
    let asked = Asked::of(visit).filter(|asked| asked.step == Step::ProfileConfirmation)?;
    let filled_in = visit.interaction.service_profile.clone()?;
    if filled_in.account_id != asked.account.id {
        return None;
    }
    let now = visit.app.clock.now();
    let typed = &filled_in.typed;
    let changed = profile_form::apply(&asked.account, typed, &asked.required, now).ok()?;
    Some((asked, changed, filled_in))
}

/// Continues with the current step. If the data became invalid because the client now needs
/// more, that is ⑫ again.
async fn fill_in_again(mut visit: Visit) -> Result<Response, PageRefusal> {
    if visit.step() == Step::ProfileConfirmation {
        visit
            .save(|interaction| interaction.progress.withdraw_profile())
            .await?;
    }
    proceed(visit).await
}

/// Answers if another tab or device changed the account meanwhile: shows ⑫ again, with the
/// current data and what was typed beside it, or continues if nothing is missing any more.
async fn changed_elsewhere(mut visit: Visit, typed: RawDetails) -> Result<Response, PageRefusal> {
    visit
        .save(|interaction| {
            interaction.service_profile = None;
            interaction.progress.withdraw_profile();
        })
        .await?;
    let Some(asked) = Asked::to_fill_in(&visit) else {
        return proceed(visit).await;
    };
    let filled = edit::Filled::anew(&asked.account, typed);
    let errors = FieldErrors::one("", "profile-changed-elsewhere");
    edit::show(&mut visit, &asked, filled, StatusCode::CONFLICT, errors)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let confirmation = ProfileConfirmation {
            part: Part { number: 1, of: 2 },
            profile: vec![Line {
                label: "details-birthdate",
                value: stage.of("西暦1995年12月25日（平成7年）"),
            }],
        };
        stage.show("profile-confirmation", stage.shell(), &confirmation);
    }
}
