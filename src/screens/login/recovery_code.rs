//! A second factor of a login: one of the recovery codes, for a person who lost the device
//! that has the others. A code is used up by its first use.

use axum::response::Response;
use serde::Serialize;

use super::second_step::SecondStep;
use super::typed_code::{self, TypedCode};
use crate::accounts::second_factor::SecondFactor;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::visit::Visit;
use crate::one_time_codes::guess::Guess;
use crate::one_time_codes::recovery_codes;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::sessions::browser::LiveSession;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct LoginRecoveryCode {
    /// What every page of the second step shows.
    #[serde(flatten)]
    pub step: SecondStep,
}

impl Page for LoginRecoveryCode {
    const TEMPLATE: &'static str = "login/recovery_code.html";
    const SCREEN: &'static str = "login-recovery-code";
}

impl From<SecondStep> for LoginRecoveryCode {
    fn from(step: SecondStep) -> Self {
        Self { step }
    }
}

impl TypedCode for LoginRecoveryCode {
    const FACTOR: SecondFactor = SecondFactor::RecoveryCode;

    async fn check(visit: &Visit, live: &LiveSession, typed: &str) -> Result<Guess, Fault> {
        let (app, brand, browser) = (&visit.app, &visit.brand, visit.known_browser());
        recovery_codes::check(app, brand, &live.account, typed, browser).await
    }
}

/// `GET …/login/recovery-code`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered.
pub async fn get(visit: Visit) -> Result<Response, PageRefusal> {
    typed_code::get::<LoginRecoveryCode>(visit).await
}

/// `POST …/login/recovery-code`: the code, or "not now".
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    typed_code::post::<LoginRecoveryCode>(visit, form).await
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::accounts::field_errors::FieldErrors;
    use crate::screens::login::second_step::samples::with;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let page = |ways: &[&'static str]| LoginRecoveryCode {
            step: with(stage, ways),
        };
        stage.show(
            "login-recovery-code",
            stage.shell(),
            &page(&[SAMPLE_WAY, "code", "passkey"]),
        );
        let wrong = FieldErrors::one("code", "recovery-code-wrong");
        stage.show(
            "login-recovery-code-error",
            stage.shell().errors(wrong),
            &page(&[]),
        );
    }

    const SAMPLE_WAY: &str = "app";
}
