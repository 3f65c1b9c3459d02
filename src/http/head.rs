//! `HEAD` (RFC 9110 §9.3.2) is safe: it must not do what the `GET` of a page does, which
//! spends requests, gives codes and ends logins. The handler would not know the difference,
//! so pages do not answer it.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// The files of pages, which nothing changes.
const ASSETS: &str = "/assets/";

/// Refuses `HEAD`, except for files.
pub async fn refuse(request: Request, next: Next) -> Response {
    if request.method() == Method::HEAD && !request.uri().path().starts_with(ASSETS) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET")]).into_response();
    }
    next.run(request).await
}
