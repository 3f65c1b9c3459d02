//! Refuses forms that another site sent (W3C Fetch Metadata Request Headers) before the
//! form's own token is checked. A browser without these headers is let through, and the
//! token decides. `Origin` is not checked: our `Referrer-Policy: no-referrer` makes it
//! `null` on our own forms, and browsers without fetch metadata would be locked out.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::refusal::PageRefusal;

/// Lets requests through that come from our own pages or from the person directly.
pub async fn same_site(request: Request, next: Next) -> Response {
    let says = request.headers().get("sec-fetch-site");
    let from_elsewhere = says.is_some_and(|site| site != "same-origin" && site != "none");
    if request.method() == Method::POST && from_elsewhere {
        return PageRefusal::Page(StatusCode::FORBIDDEN, "form-expired").into_response();
    }
    next.run(request).await
}
