//! Where the answer to an authorization request goes. Until all of this is
//! proven there is nowhere to redirect to, and every error is a page.

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

/// The request as it stands once its destination is proven, everything else
/// still to be filled in.
pub(super) fn of(
    raw: &RawAuthorizationRequest,
    client: &Client,
) -> Result<AuthorizationRequest, Error> {
    named(raw, client).under(rule::CLIENT)?;
    let state = shorter(raw, "state", LONGEST).under(rule::STATE)?;
    if !state.is_none_or(is_vschar) {
        // It must be echoed to the letter, which no lawful answer could do.
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

/// The same for a device's request, whose answer goes to the device (RFC 8628).
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
        // OpenID Connect Core §3.1.2.1 requires it; RFC 6749 §3.1.2.3 can do without.
        None if asks_for_openid(raw) => Err(Error::invalid_request("redirect_uri is missing")),
        None => redirect_uri::only_one(client)
            .ok_or_else(|| Error::invalid_request("redirect_uri is missing")),
    }
}

fn asks_for_openid(raw: &RawAuthorizationRequest) -> bool {
    raw.get("scope")
        .is_some_and(|scope| scope.split(' ').any(|value| value == "openid"))
}

/// The mode asked for, or the response type's default: also the error of a mode
/// that is unknown, or that no token may travel by, needs a way to travel.
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
