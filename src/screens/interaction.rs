//! The way in and the way out of an interaction: whatever comes next, and the
//! button that ends it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::form::Form;
use crate::fault::Fault;
use crate::http::answer;
use crate::http::refusal::PageRefusal;
use crate::http::visit::{Visit, page_of};
use crate::oidc::{Error, ErrorCode};

/// `GET /interaction/{id}`: the page of the step the person is at.
///
/// # Errors
/// If a store fails.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let page = page_of(&visit.step());
    if !visit.restarted || page.is_empty() {
        return visit.proceed().await;
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
    visit.forget_draft().await?;
    let cancelled = Error::new(ErrorCode::AccessDenied, "the person stopped before the end");
    answer::refuse(visit, cancelled).await
}
