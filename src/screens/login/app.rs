//! A second factor of a login: the code that an authenticator app shows. It costs nobody a
//! message, so it is asked for before a code is sent.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::second_step::{self, Given, Refused, SecondStep};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::second_factor::SecondFactor;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::one_time_codes::authenticator_app;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::browser::LiveSession;

/// The page, below `/interaction/{id}/`.
const PLACE: &str = "login/app";

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct LoginApp {
    /// What every page of the second step shows.
    #[serde(flatten)]
    pub step: SecondStep,
}

impl Page for LoginApp {
    const TEMPLATE: &'static str = "login/app.html";
    const SCREEN: &'static str = "login-app";
}

/// `GET …/login/app`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    match second_step::owed_with(&visit, SecondFactor::App) {
        Some(live) => show(&mut visit, &live, None).await,
        None => proceed(visit).await,
    }
}

/// `POST …/login/app`: the code, or "not now".
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some(live) = second_step::owed_with(&visit, SecondFactor::App) else {
        return proceed(visit).await;
    };
    if form.action() == "not_now" {
        return second_step::decline(visit, &live).await;
    }
    let (app, brand, account) = (&visit.app, &visit.brand, &live.account);
    let (typed, browser) = (form.get("code"), visit.known_browser());
    let guess = authenticator_app::check(app, brand, account, typed, browser).await?;
    match second_step::refusal(&mut visit, &live, guess).await? {
        None => second_step::enter(visit, &live, (Given::ONE_TIME_PASSWORD, &form)).await,
        refused => show(&mut visit, &live, refused).await,
    }
}

async fn show(
    visit: &mut Visit,
    live: &LiveSession,
    refused: Option<Refused>,
) -> Result<Response, PageRefusal> {
    let page = LoginApp {
        step: SecondStep::at(visit, live, PLACE).await?,
    };
    let shell = page::shell(visit, PLACE)?;
    let (status, shell) = match refused {
        None => (StatusCode::OK, shell),
        Some((status, code)) => (status, shell.errors(FieldErrors::one("code", code))),
    };
    page::show(visit, status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::login::second_step::samples::with;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let page = |ways: &[&'static str]| LoginApp {
            step: with(stage, ways),
        };
        stage.show(
            "login-app",
            stage.shell(),
            &page(&[SAMPLE_WAY, "code", "passkey"]),
        );
        let wrong = FieldErrors::one("code", "app-code-wrong");
        stage.show("login-app-error", stage.shell().errors(wrong), &page(&[]));
    }

    const SAMPLE_WAY: &str = "recovery-code";
}
