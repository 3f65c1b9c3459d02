//! The new password was set, and the user is logged in.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryComplete {
    /// The login ID.
    pub email: String,
}

impl Page for RecoveryComplete {
    const TEMPLATE: &'static str = "recovery/complete.html";
    const SCREEN: &'static str = "recovery-complete";
}

/// `GET …/recovery/complete`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let done = visit
        .interaction
        .recovery
        .as_ref()
        .is_some_and(|one| one.done);
    let (true, Some(live)) = (done, &visit.session) else {
        return proceed(visit).await;
    };
    let page = RecoveryComplete {
        email: live.account.email.clone(),
    };
    let shell = page::shell(&mut visit, "recovery/complete")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/recovery/complete`: continues what the person was doing.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    visit
        .save(|interaction| interaction.recovery = None)
        .await?;
    proceed(visit).await
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let login_id = || stage.of("f.enrirtest2019@gmail.com");
        let complete = RecoveryComplete { email: login_id() };
        stage.show("recovery-complete", stage.shell(), &complete);
    }
}
