//! A second factor of a login: a passkey of the account, asked for after the password. (On ⑪
//! a passkey takes the place of both.)

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::second_step::{self, Given, PASSKEY, SecondStep};
use super::{Refused, passkey};
use crate::accounts::field_errors::FieldErrors;
use crate::http::refusal::PageRefusal;
use crate::interaction::visit::Visit;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::browser::LiveSession;
use crate::sessions::passkeys::{Asked, Ceremony};

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct LoginPasskey {
    /// The options with which the page asks the browser for a passkey.
    pub passkey: Asked,
    /// What every page of the second step shows.
    #[serde(flatten)]
    pub step: SecondStep,
}

impl Page for LoginPasskey {
    const TEMPLATE: &'static str = "login/passkey.html";
    const SCREEN: &'static str = "login-passkey";
}

/// `GET …/login/passkey`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    match second_step::owed_by(&visit).await? {
        Some(live) => show(&mut visit, &live, None).await,
        None => second_step::leave(visit).await,
    }
}

/// `POST …/login/passkey`: the browser's answer, or "not now".
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some(live) = second_step::owed_by(&visit).await? else {
        return second_step::leave(visit).await;
    };
    if form.action() == "not_now" {
        return second_step::decline(visit, &live).await;
    }
    match passkey::authenticate(&visit, &form).await? {
        // The passkey of another account proves nothing about this one.
        Ok(account) if account.id == live.account.id => {
            second_step::enter(visit, &live, (Given::PASSKEY, &form)).await
        }
        Err(Refused::TooMany(_)) => {
            let refused = (StatusCode::TOO_MANY_REQUESTS, "login-code-cooling-down");
            show(&mut visit, &live, Some(refused)).await
        }
        Ok(_) | Err(_) => {
            let refused = (page::FILLED_IN_WRONGLY, "second-passkey-failed");
            show(&mut visit, &live, Some(refused)).await
        }
    }
}

async fn show(
    visit: &mut Visit,
    live: &LiveSession,
    refused: Option<(StatusCode, &'static str)>,
) -> Result<Response, PageRefusal> {
    let page = LoginPasskey {
        passkey: visit.asking(Ceremony::LogIn).for_any()?,
        step: SecondStep::at(visit, live, PASSKEY).await?,
    };
    let shell = page::shell(visit, PASSKEY)?;
    let (status, shell) = match refused {
        None => (StatusCode::OK, shell),
        Some((status, code)) => (status, shell.errors(FieldErrors::one("", code))),
    };
    page::show(visit, status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::login::second_step::samples::with;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let page = |ways: &[&'static str]| LoginPasskey {
            passkey: stage.asked(),
            step: with(stage, ways),
        };
        let plain = page(&["app", "code", "recovery-code"]);
        stage.show("login-passkey", stage.shell(), &plain);
        let failed = FieldErrors::one("", "second-passkey-failed");
        stage.show(
            "login-passkey-error",
            stage.shell().errors(failed),
            &page(&["code"]),
        );
    }
}
