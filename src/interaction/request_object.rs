//! Finds the request object of an authorization request, verifies it with the client's
//! keys, and merges both into one request. What each claim must contain is decided in
//! `oidc::request_object`.

use serde_json::{Map, Value};
use url::Url;

use crate::app::App;
use crate::brand::Brand;
use crate::keys::client_jwks;
use crate::oidc::authorization_request::{Channel, RawAuthorizationRequest};
use crate::oidc::client::Client;
use crate::oidc::request_object::{self, Circumstances, Handed, LONGEST, invalid};
use crate::oidc::rule::{self, Under as _};
use crate::oidc::{Error, ErrorCode};

/// RFC 9101 §5.2.3, and what servers of plain JWTs send.
const ACCEPT: &str = "application/oauth-authz-req+jwt, application/jwt;q=0.9, */*;q=0.1";

/// Returns the request with the parameters of its request object in place of the object.
///
/// # Errors
/// `invalid_request_object`, or the error for how the object was passed.
pub async fn unfold(
    app: &App,
    brand: &Brand,
    client: &Client,
    raw: &RawAuthorizationRequest,
    channel: Channel,
) -> Result<RawAuthorizationRequest, Error> {
    let object = match request_object::handed(raw, client).under(rule::OBJECT)? {
        Handed::Nothing => return Ok(raw.clone()),
        Handed::ByValue(object) => object.to_owned(),
        Handed::ByReference(uri) => fetched(app, uri).await.under(rule::OBJECT)?,
    };
    let signed = decrypted(app, object).under(rule::OBJECT_SIGNATURE)?;
    let claims = verified(app, client, &signed).await;
    let claims = claims.under(rule::OBJECT_SIGNATURE)?;
    let circumstances = Circumstances {
        client,
        issuer: &brand.issuer,
        channel,
        now: app.clock.now(),
    };
    request_object::merged(raw, &claims, circumstances).under(rule::OBJECT_CLAIMS)
}

/// Fetches the request object at a `request_uri`.
async fn fetched(app: &App, uri: &str) -> Result<String, Error> {
    let unusable =
        |what: &str| Error::new(ErrorCode::InvalidRequestUri, format!("request_uri: {what}"));
    let url = Url::parse(uri).map_err(|_| unusable("is no address"))?;
    let document = app
        .outgoing
        .get(&url, ACCEPT, LONGEST)
        .await
        .map_err(|unfetched| unusable(&unfetched.to_string()))?;
    let text = String::from_utf8(document.body).map_err(|_| unusable("leads to no JWT"))?;
    Ok(text.trim().to_owned())
}

/// Returns the signed object inside an encrypted one (RFC 9101 §6.1), and any other object
/// unchanged. Any supported algorithm is accepted: the registered one is no promise to use
/// it (Dynamic Client Registration §2), and encryption does not authenticate anybody.
fn decrypted(app: &App, object: String) -> Result<String, Error> {
    if !request_object::is_encrypted(&object) {
        return Ok(object);
    }
    let opened = app.encryption_keys.decrypt(&object);
    opened
        .and_then(|opened| String::from_utf8(opened.plain).ok())
        .ok_or_else(|| invalid("is not encrypted to a key of ours that has use enc"))
}

/// Verifies an object that the client signed, and returns its claims.
async fn verified(app: &App, client: &Client, object: &str) -> Result<Map<String, Value>, Error> {
    let algorithm = client_jwks::algorithm(request_object::algorithm_of(object, client)?);
    let verify = |jwks: &Value| client_jwks::verify_with_jwks(object, jwks, &[algorithm]);
    match app.client_keys.find(client, verify).await {
        Ok(Some(claims)) => Ok(claims),
        Ok(None) => Err(invalid("is not signed by a registered key of the client")),
        Err(none) => Err(invalid(format!("cannot be verified: {none}"))),
    }
}
