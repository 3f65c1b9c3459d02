//! The brand of a request, decided by its host: each brand has a host of its own. An
//! unknown host is answered with 421 (RFC 9110 §15.5.20).

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::app::SharedApp;
use crate::brand::Brand;

/// The brand of this request.
#[derive(Clone, Debug)]
pub struct RequestBrand(pub Arc<Brand>);

impl Deref for RequestBrand {
    type Target = Brand;
    fn deref(&self) -> &Brand {
        &self.0
    }
}

/// The host that a request names: `Host`, or over HTTP/2 the URI's authority.
#[must_use]
pub fn host_of<'a>(uri: &'a Uri, headers: &'a axum::http::HeaderMap) -> Option<&'a str> {
    match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(header::HOST)?.to_str().ok(),
    }
}

impl FromRequestParts<SharedApp> for RequestBrand {
    type Rejection = UnknownHost;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, UnknownHost> {
        host_of(&parts.uri, &parts.headers)
            .and_then(|host| app.brands.by_host(host))
            .cloned()
            .map(Self)
            .ok_or(UnknownHost)
    }
}

/// The request names a host that is no brand's.
#[derive(Clone, Copy, Debug)]
pub struct UnknownHost;

impl IntoResponse for UnknownHost {
    fn into_response(self) -> Response {
        (
            StatusCode::MISDIRECTED_REQUEST,
            "no brand of this server has that host name\n",
        )
            .into_response()
    }
}
