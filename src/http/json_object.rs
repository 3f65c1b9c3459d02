//! A body that is one JSON object. Its content type must be JSON, which no form of a page
//! can send, so no site can make its visitors' browsers send one.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::parameters::unreadable;
use super::refusal::ProtocolRefusal;
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::{Error, ErrorCode};

/// The object.
#[derive(Clone, Debug, Default)]
pub struct JsonObject(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = ProtocolRefusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, ProtocolRefusal> {
        let wrong = |why| Error::new(ErrorCode::InvalidClientMetadata, why).breaks(rule::JSON_BODY);
        let is_json = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            return Err(wrong("send the metadata as application/json").into());
        }
        let body = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(unreadable)?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            _ => Err(wrong("the body must be one JSON object").into()),
        }
    }
}
