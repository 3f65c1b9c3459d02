//! Parameters of protocol endpoints as they come over HTTP: the query, or a body of type
//! `application/x-www-form-urlencoded`.

use std::collections::BTreeMap;

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;

use super::refusal::ProtocolRefusal;
use crate::oidc::rule::{self, Breaks as _, Under as _};
use crate::oidc::{Error, parameters};

/// The parameters of a form body: no name twice (RFC 6749 §3.2).
#[derive(Clone, Debug, Default)]
pub struct FormBody(pub BTreeMap<String, String>);

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = ProtocolRefusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, ProtocolRefusal> {
        if !is_form(request.headers()) {
            return Err(ProtocolRefusal::UnsupportedMediaType);
        }
        let body = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(unreadable)?;
        let read = parameters::parse(&body).map_err(Error::from);
        Ok(Self(read.under(rule::PARAMETERS)?))
    }
}

/// Whether the body is a form, with any `charset`.
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| {
            media
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

/// The refusal for a body that could not be read.
pub(super) fn unreadable(rejection: BytesRejection) -> ProtocolRefusal {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => ProtocolRefusal::PayloadTooLarge,
        _ => {
            let error = "the request body could not be read to its end";
            Error::invalid_request(error)
                .breaks(rule::PARAMETERS)
                .into()
        }
    }
}
