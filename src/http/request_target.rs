//! Makes the request target uniform. HTTP/2 names the host in the URI (RFC 9113 §8.3.1), as
//! HTTP/1.1 may (RFC 9112 §3.2.2); otherwise it is in `Host`. Inner layers find a path in
//! the URI and the host in `Host`, whichever was sent. A request that names its host twice is
//! refused: a proxy might have read the other name.

use axum::extract::Request;
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// Moves the host from the URI to `Host`. If the two differ, the URI is right.
pub async fn settle(mut request: Request, next: Next) -> Response {
    if request.headers().get_all(header::HOST).iter().count() > 1 {
        // RFC 9112 §3.2.
        let why = "the request has more than one Host header\n";
        return (StatusCode::BAD_REQUEST, why).into_response();
    }
    let authority = request.uri().authority();
    let host = authority.and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = host {
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        request.headers_mut().insert(header::HOST, host);
    }
    next.run(request).await
}
