//! ⑨ The account is there.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::refusal::PageRefusal;
use crate::http::visit::Visit;
use crate::oidc::interaction::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Complete {
    /// The login ID.
    pub email: String,
}

impl Page for Complete {
    const TEMPLATE: &'static str = "registration/complete.html";
    const SCREEN: &'static str = "registration-complete";
}

/// `GET …/registration/complete`
///
/// # Errors
/// If a store fails.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let (Step::RegistrationComplete, Some(live)) = (visit.step(), &visit.session) else {
        return visit.proceed().await;
    };
    let page = Complete {
        email: live.account.email.clone(),
    };
    let shell = page::shell(&mut visit, "registration/complete")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/registration/complete`: on to the service.
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if visit.step() == Step::RegistrationComplete {
        visit
            .save(|interaction| interaction.progress.acknowledge_registration())
            .await?;
    }
    visit.proceed().await
}
