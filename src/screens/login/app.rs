//! A second factor of a login: the code that an authenticator app shows. It costs nobody a
//! message, so it is asked for before a code is sent.

use axum::response::Response;
use serde::Serialize;

use super::second_step::SecondStep;
use super::typed_code::{self, TypedCode};
use crate::accounts::second_factor::SecondFactor;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::visit::Visit;
use crate::one_time_codes::authenticator_app;
use crate::one_time_codes::guess::Guess;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::sessions::browser::LiveSession;

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

impl From<SecondStep> for LoginApp {
    fn from(step: SecondStep) -> Self {
        Self { step }
    }
}

impl TypedCode for LoginApp {
    const FACTOR: SecondFactor = SecondFactor::App;

    async fn check(visit: &Visit, live: &LiveSession, typed: &str) -> Result<Guess, Fault> {
        let (app, brand, browser) = (&visit.app, &visit.brand, visit.known_browser());
        authenticator_app::check(app, brand, &live.account, typed, browser).await
    }
}

/// `GET …/login/app`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered.
pub async fn get(visit: Visit) -> Result<Response, PageRefusal> {
    typed_code::get::<LoginApp>(visit).await
}

/// `POST …/login/app`: the code, or "not now".
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    typed_code::post::<LoginApp>(visit, form).await
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::accounts::field_errors::FieldErrors;
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
