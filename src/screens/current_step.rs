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

/// `GET /interaction/{id}`: redirects to the page of the current step.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let page = page_of(&visit.step());
    if !visit.restarted || page.is_empty() {
        return proceed(visit).await;
    }
    // The next page shows that the interaction starts again.
    let url = format!("{}&restarted=1", visit.url(page)?);
    let location = HeaderValue::try_from(url).map_err(Fault::because)?;
    Ok(visit.dress((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()))
}

/// `POST /interaction/{id}/cancel`: answers the client with `access_denied`.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable.
pub async fn cancel(visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    registration_draft::forget(&visit).await?;
    let cancelled = Error::new(ErrorCode::AccessDenied, "the person stopped before the end");
    answer::refuse(visit, cancelled).await
}
