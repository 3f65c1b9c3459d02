//! A browser that was logged out under another brand passes by (`sessions::sign_out`).

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use crate::app::SharedApp;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::interaction::arrival::query_of;
use crate::sessions::between_brands::{STATEMENT, Statement as _, not_ours};
use crate::sessions::sign_out::Passage;

/// `GET /sign-out`
///
/// # Errors
/// An error page if this provider did not make the statement, or it is too old.
pub async fn get(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let text = query_of(&uri, STATEMENT).unwrap_or_default();
    let passage = Passage::open(&app, &text).ok_or_else(not_ours)?;
    passage.pass(&app, &brand, &headers).await
}
