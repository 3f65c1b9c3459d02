//! A form as the browser sends it: every field once, as text. What the fields mean is read
//! by `accounts`.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;

use crate::app::SharedApp;
use crate::http::parameters::FormBody;
use crate::http::refusal::{PageRefusal, ProtocolRefusal};
use crate::secret::Secret;

/// The fields of a form.
#[derive(Clone, Default)]
pub struct Form(BTreeMap<String, String>);

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Form(..)")
    }
}

impl Form {
    /// Returns a field as it was typed; empty if it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Returns a field that must not be logged.
    #[must_use]
    pub fn secret(&self, name: &str) -> Secret {
        Secret::from(self.get(name).to_owned())
    }

    /// Returns the value of the button by which the form was sent.
    #[must_use]
    pub fn action(&self) -> &str {
        self.get("action")
    }

    /// Returns the token that proves that the form was given to this browser.
    #[must_use]
    pub fn token(&self) -> &str {
        self.get("form_token")
    }
}

impl FromRequest<SharedApp> for Form {
    type Rejection = PageRefusal;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, PageRefusal> {
        let body = FormBody::from_request(request, app)
            .await
            .map_err(unreadable)?;
        Ok(Self(body.0))
    }
}

/// Turns the refusal of a form that cannot be parsed into a page error: it is no error of a
/// client.
fn unreadable(refusal: ProtocolRefusal) -> PageRefusal {
    match refusal {
        ProtocolRefusal::Fault(fault) => PageRefusal::Fault(fault),
        ProtocolRefusal::PayloadTooLarge => {
            PageRefusal::Page(StatusCode::PAYLOAD_TOO_LARGE, "too-large")
        }
        ProtocolRefusal::UnsupportedMediaType => {
            PageRefusal::Page(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad-form")
        }
        ProtocolRefusal::Client(_)
        | ProtocolRefusal::Challenge(_)
        | ProtocolRefusal::Forbidden(_)
        | ProtocolRefusal::Token(..) => PageRefusal::Page(StatusCode::BAD_REQUEST, "bad-form"),
    }
}
