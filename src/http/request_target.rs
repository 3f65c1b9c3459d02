//! One spelling of where a request goes. HTTP/2 names the host in the address (RFC 9113
//! §8.3.1), as HTTP/1.1 may (RFC 9112 §3.2.2); else it is in `Host`. Further in, the
//! address is a path and the host is in `Host`, whichever came.

use axum::extract::Request;
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Moves the host out of the address. Where the two differ, the address is right.
pub async fn settle(mut request: Request, next: Next) -> Response {
    let authority = request.uri().authority();
    let host = authority.and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = host {
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
        request.headers_mut().insert(header::HOST, host);
    }
    next.run(request).await
}
