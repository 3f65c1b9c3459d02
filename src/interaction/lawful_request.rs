//! Checks an authorization request against what this node knows besides it: the keys that
//! verify its `id_token_hint`, and the dealer directory. The checks are in
//! `oidc::authorization_request`.

use crate::app::App;
use crate::brand::Brand;
use crate::oidc::authorization_request::{
    self, AuthorizationRequest, Channel, RawAuthorizationRequest, Refused, RequestContext,
    Requester,
};
use crate::oidc::client::Client;
use crate::tokens::id_token_hint;

/// Checks the request of a requester.
///
/// # Errors
/// The error of the first check that fails.
pub fn lawful_request(
    app: &App,
    brand: &Brand,
    client: &Client,
    raw: &RawAuthorizationRequest,
    requester: Requester,
) -> Result<AuthorizationRequest, Refused> {
    let request = check(app, brand, client, raw, requester.channel())?;
    Ok(AuthorizationRequest {
        requester,
        ..request
    })
}

/// Checks a request that is stored until its person comes.
///
/// # Errors
/// The error of the first check that fails.
pub fn check_ahead(
    app: &App,
    brand: &Brand,
    client: &Client,
    raw: &RawAuthorizationRequest,
    channel: Channel,
) -> Result<(), Refused> {
    check(app, brand, client, raw, channel).map(drop)
}

fn check(
    app: &App,
    brand: &Brand,
    client: &Client,
    raw: &RawAuthorizationRequest,
    channel: Channel,
) -> Result<AuthorizationRequest, Refused> {
    let directory = app.dealers.directory();
    let hinted = id_token_hint::hinted_by(app, brand, raw);
    let context = RequestContext {
        channel,
        id_token_hint: &hinted,
        dealer_exists: &|code| directory.contains_key(code),
    };
    authorization_request::check(raw, client, context)
}
