//! Decides where the response to an authorization request is sent: checks client, `state`
//! and redirect URI. Until these are proven there is no URI to redirect to, so each error
//! here is shown as a page.

use std::collections::BTreeMap;

use super::checks::{LONGEST, shorter};
use super::{AuthorizationRequest, ClaimsRequest, RawAuthorizationRequest, Requester};
use crate::oidc::Error;
use crate::oidc::client::Client;
use crate::oidc::redirect_uri;
use crate::oidc::response_mode::ResponseMode;
use crate::oidc::response_type::{ResponseType, default_mode};
use crate::oidc::rule::{self, Breaks as _, Under as _};
use crate::oidc::scope::Scope;

/// Returns a request in which only the destination is set. The checks fill in the rest.
pub(super) fn of(
    raw: &RawAuthorizationRequest,
    client: &Client,
) -> Result<AuthorizationRequest, Error> {
    named(raw, client).under(rule::CLIENT)?;
    let state = shorter(raw, "state", LONGEST).under(rule::STATE)?;
    if !state.is_none_or(is_vschar) {
        // RFC 6749: `state` must be returned unchanged, which no valid response could do
        // here.
        return Err(Error::invalid_request(
            "state may hold only printable ASCII (RFC 6749 Appendix A.5)",
        )
        .breaks(rule::STATE));
    }
    Ok(AuthorizationRequest {
        redirect_uri: redirect_uri_of(raw, client)
            .under(rule::REDIRECT_URI)?
            .to_owned(),
        redirect_uri_given: raw.get("redirect_uri").is_some(),
        response_mode: response_mode_of(raw),
        state: state.map(str::to_owned),
        ..empty(client)
    })
}

/// Returns the same for a device's request, whose response goes to the device (RFC 8628).
pub(super) fn of_device(
    raw: &RawAuthorizationRequest,
    client: &Client,
) -> Result<AuthorizationRequest, Error> {
    named(raw, client).under(rule::CLIENT)?;
    Ok(empty(client))
}

fn empty(client: &Client) -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: client.client_id.clone(),
        redirect_uri: String::new(),
        redirect_uri_given: false,
        response_type: ResponseType::Code,
        response_mode: ResponseMode::Query,
        scope: Scope::default(),
        state: None,
        nonce: None,
        code_challenge: None,
        prompt: Vec::new(),
        max_age: None,
        login_hint: None,
        hinted_subject: None,
        ui_locales: None,
        claims: ClaimsRequest::default(),
        acr_values: Vec::new(),
        authorization_details: Vec::new(),
        prefill: BTreeMap::new(),
        requester: Requester::Browser { pushed_as: None },
    }
}

fn named(raw: &RawAuthorizationRequest, client: &Client) -> Result<(), Error> {
    match raw.get("client_id") {
        Some(id) if id == client.client_id.0 => Ok(()),
        Some(_) => Err(Error::invalid_request(
            "client_id is not the client that asks",
        )),
        None => Err(Error::invalid_request("client_id is missing")),
    }
}

fn redirect_uri_of<'a>(
    raw: &'a RawAuthorizationRequest,
    client: &'a Client,
) -> Result<&'a str, Error> {
    match raw.get("redirect_uri") {
        Some(uri) if redirect_uri::is_registered(client, uri) => Ok(uri),
        Some(_) => Err(Error::invalid_request(
            "redirect_uri is not registered for this client",
        )),
        // OpenID Connect Core §3.1.2.1 requires it; RFC 6749 §3.1.2.3 allows it to be
        // omitted.
        None if asks_for_openid(raw) => Err(Error::invalid_request("redirect_uri is missing")),
        None => redirect_uri::only_one(client)
            .ok_or_else(|| Error::invalid_request("redirect_uri is missing")),
    }
}

fn asks_for_openid(raw: &RawAuthorizationRequest) -> bool {
    raw.get("scope")
        .is_some_and(|scope| scope.split(' ').any(|value| value == "openid"))
}

/// Returns the requested response mode, or the default of the response type. The default
/// also delivers the error if the requested mode is unknown, or not allowed for tokens.
fn response_mode_of(raw: &RawAuthorizationRequest) -> ResponseMode {
    let by_default = default_mode(raw.get("response_type").unwrap_or_default());
    match raw.get("response_mode").map(str::parse) {
        Some(Ok(ResponseMode::Query)) | Some(Err(_)) | None => by_default,
        Some(Ok(mode)) => mode,
    }
}

fn is_vschar(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~'))
}
