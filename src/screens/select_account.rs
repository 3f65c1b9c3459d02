//! The choice between the logged-in account and another one (`prompt=select_account`).

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::form::Form;
use super::page;
use crate::accounts::profile::Profile;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct SelectAccount {
    /// The login ID of the account.
    pub email: String,
    /// The user's name.
    pub name: Option<String>,
}

impl Page for SelectAccount {
    const TEMPLATE: &'static str = "select_account.html";
    const SCREEN: &'static str = "select-account";
}

/// `GET …/select-account`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let (Step::SelectAccount, Some(live)) = (visit.step(), &visit.session) else {
        return proceed(visit).await;
    };
    let page = SelectAccount {
        email: live.account.email.clone(),
        name: name(&live.account.profile),
    };
    let shell = page::shell(&mut visit, "select-account")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/select-account`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let (Step::SelectAccount, Some(live)) = (visit.step(), &visit.session) else {
        return proceed(visit).await;
    };
    if form.action() == "login" {
        return visit.see_other("login");
    }
    let account_id = live.account.id.clone();
    visit
        .save(|interaction| interaction.progress.select_account(&account_id))
        .await?;
    proceed(visit).await
}

fn name(profile: &Profile) -> Option<String> {
    let family = profile.family_name.as_deref()?;
    let given = profile.given_name.as_deref()?;
    Some(format!("{family} {given}"))
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        stage.show(
            "select-account",
            stage.shell(),
            &SelectAccount {
                email: email(),
                name: Some(stage.of("豊田 太郎")),
            },
        );
    }
}
