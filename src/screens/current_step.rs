//! The URL of an interaction itself, which redirects to the page of the current step, and
//! the button that cancels the interaction.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::form::Form;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::answer;
use crate::interaction::proceed::{page_of, proceed};
use crate::interaction::registration_draft;
use crate::interaction::visit::Visit;
use crate::oidc::{Error, ErrorCode};

/// `GET /interaction/{id}`: the page of the step the person is at.
///
/// # Errors
/// If a store fails.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let page = page_of(&visit.step());
    if !visit.restarted || page.is_empty() {
        return proceed(visit).await;
    }
    // The next page is to say that everything begins anew.
    let url = format!("{}&restarted=1", visit.url(page)?);
    let location = HeaderValue::try_from(url).map_err(Fault::because)?;
    Ok(visit.dress((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()))
}

/// `POST /interaction/{id}/cancel`: the client is told that the person wants no more of it.
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn cancel(visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    registration_draft::forget(&visit).await?;
    let cancelled = Error::new(ErrorCode::AccessDenied, "the person stopped before the end");
    answer::refuse(visit, cancelled).await
}
