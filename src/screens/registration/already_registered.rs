//! After ⑥: the verified address already has an account.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AlreadyRegistered {
    /// The address.
    pub email: String,
    /// The address of the page for a forgotten password.
    pub recovery_url: String,
}

impl Page for AlreadyRegistered {
    const TEMPLATE: &'static str = "registration/already_registered.html";
    const SCREEN: &'static str = "registration-already-registered";
}

/// `GET …/registration/already-registered`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    if visit.step() != Step::AlreadyRegistered {
        return proceed(visit).await;
    }
    let page = AlreadyRegistered {
        email: super::address(&visit),
        recovery_url: visit.url("recovery")?,
    };
    let shell = page::shell(&mut visit, "registration/already-registered")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/registration/already-registered`: log in, or enter another address.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if visit.step() != Step::AlreadyRegistered {
        return proceed(visit).await;
    }
    if form.action() == "back" {
        visit
            .save(|interaction| interaction.progress.withdraw_address())
            .await?;
    } else {
        visit
            .save(|interaction| interaction.progress.choose_existing())
            .await?;
    }
    proceed(visit).await
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("mytoYota.20180626@gmail.com");
        stage.show(
            "already-registered",
            stage.shell(),
            &AlreadyRegistered {
                email: email(),
                recovery_url: format!("/interaction/abc/recovery?request={}", stage.of("xyz")),
            },
        );
    }
}
