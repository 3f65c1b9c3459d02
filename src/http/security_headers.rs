//! The headers of every response, and those of every page. Pages have no inline script or
//! style and load nothing from third parties, so the policy allows 'self' only.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{self, HeaderName};
use axum::middleware::Next;
use axum::response::Response;

use super::request_brand::host_of;
use crate::app::SharedApp;

/// The content security policy of every page. It has no `form-action`: browsers apply that
/// to the redirects after a form too, and a form's last redirect leads to a relying party,
/// which may redirect on to hosts that are not known here
/// (`docs/decisions/0005-no-form-action.md`).
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; \
     base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// Tells browsers to use https only (RFC 6797).
const STRICT_TRANSPORT_SECURITY: HeaderValue =
    HeaderValue::from_static("max-age=63072000; includeSubDomains; preload");

/// Adds the headers of pages that a handler has not set itself.
pub async fn add(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}

/// Adds the headers of every response, pages or not: it is what its type says, and the host
/// is reached by https only.
pub async fn everywhere(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let secure = host_of(request.uri(), request.headers())
        .and_then(|host| app.brands.by_host(host))
        .is_some_and(|brand| brand.secure);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    }
    response
}
