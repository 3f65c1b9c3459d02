//! Both ends of the redirect between brands (`interaction::sign_on`): another brand asks
//! whether the person is logged in under this one, and the return from there.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::app::{App, SharedApp};
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::interaction::arrival::{Visitor, query_of};
use crate::interaction::sign_on::{self, Departure, TICKET};
use crate::sessions::between_brands::{STATEMENT, Statement as _, not_ours};

/// `GET /sign-on`
///
/// # Errors
/// An error page if this provider did not make the statement.
pub async fn ask(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let departure = departure(&app, &uri)?;
    sign_on::answer(&app, &brand, &headers, &departure).await
}

/// `GET /sign-on/return`
///
/// # Errors
/// An error page if this provider did not make the statement.
pub async fn come_back(
    State(app): State<SharedApp>,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, PageRefusal> {
    let departure = departure(&app, &uri)?;
    let ticket = query_of(&uri, TICKET);
    sign_on::come_back(visitor, departure, ticket.as_deref()).await
}

fn departure(app: &App, uri: &Uri) -> Result<Departure, PageRefusal> {
    let text = query_of(uri, STATEMENT).unwrap_or_default();
    Departure::open(app, &text).ok_or_else(not_ours)
}
