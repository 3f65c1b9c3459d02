//! Access to the debugger by HTTP Basic: the operator's key shows everything, a client's
//! own secret shows that client. All failures get the same answer, whatever there is to
//! see.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::client_authentication::{BasicCredentials, http_basic};
use super::refusal::PageRefusal;
use crate::app::App;
use crate::brand::Brand;
use crate::clients::secret::is_secret_of;
use crate::debugger::Debugger;
use crate::oidc::client::ClientId;
use crate::oidc::parameters::decode_component;
use crate::secret::Secret;

/// What the sender of a request may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sees {
    /// Every client, and requests of unknown clients.
    Everything,
    /// One client.
    Only(ClientId),
}

impl Sees {
    /// Whether a client may be seen, or, without one, requests of unknown clients.
    #[must_use]
    pub fn includes(&self, client: Option<&ClientId>) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(own) => client == Some(own),
        }
    }
}

/// The debugger, and what the sender of these headers may see of it.
///
/// # Errors
/// 401 without a valid key or secret; 404 if the debugger is off.
pub async fn open<'a>(
    app: &'a App,
    brand: &Brand,
    headers: &HeaderMap,
) -> Result<(&'a Debugger, Sees), PageRefusal> {
    let Some(debugger) = &app.debugger else {
        return Err(PageRefusal::Page(StatusCode::NOT_FOUND, "not-found"));
    };
    let sent = headers.get(header::AUTHORIZATION).and_then(http_basic);
    let Some(BasicCredentials { name, password }) = sent else {
        return Err(challenge());
    };
    let password = Secret::from(password);
    if debugger.opens(&password) {
        return Ok((debugger, Sees::Everything));
    }
    // RFC 6749 §2.3.1: encoded as clients send them to the token endpoint.
    let own = decode_component(&name).zip(decode_component(password.expose()));
    let Some((id, secret)) = own else {
        return Err(challenge());
    };
    let stored = app.clients.get(&app.store, &ClientId(id)).await?;
    match stored {
        Some(stored)
            if stored.client.brands.contains(&brand.name) && is_secret_of(&stored, &secret) =>
        {
            Ok((debugger, Sees::Only(stored.client.client_id.clone())))
        }
        _ => Err(challenge()),
    }
}

fn challenge() -> PageRefusal {
    let refusal = PageRefusal::Page(StatusCode::UNAUTHORIZED, "debugger-key");
    let mut response: Response = refusal.into_response();
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"Common ID debugger\", charset=\"UTF-8\""),
    );
    PageRefusal::Elsewhere(Box::new(response))
}
