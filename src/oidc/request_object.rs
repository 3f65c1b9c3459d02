//! Request objects (RFC 9101, OpenID Connect Core §6): which object a request uses, how it
//! must be signed, and how it is merged with the other parameters. Parameters outside the
//! object count where it has none (Core §6.1), because clients send `state` or `nonce` that
//! way; they are ignored (RFC 9101 §6.3) at the pushed authorization request endpoint and
//! for clients that registered `require_signed_request_object`. Verifying the signature and
//! fetching a `request_uri` are done elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::authorization_request::{Channel, RawAuthorizationRequest};
use super::client::{Client, SigningAlgorithm};
use super::response_type::ResponseType;
use super::{Error, ErrorCode, numeric_date, parameters};
use crate::clock::Timestamp;

/// The longest request object that is read, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// How far a client's clock may be ahead of ours.
const SKEW: Duration = Duration::from_secs(30);

/// Registered JWT claims (RFC 7519 §4.1), which are not request parameters.
const OF_THE_JWT: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// How a request passes its request object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed<'a> {
    /// The request has no request object.
    Nothing,
    /// The value of `request`.
    ByValue(&'a str),
    /// The value of `request_uri`, which the client registered.
    ByReference(&'a str),
}

/// Returns how a request passes its request object. The request is either being pushed or
/// was never pushed.
///
/// # Errors
/// `invalid_request` if there are two objects, or none although the client must sign.
/// `request_uri_not_supported` if the client registered no `request_uris`, and
/// `invalid_request_uri` if it registered others.
pub fn handed<'a>(raw: &'a RawAuthorizationRequest, client: &Client) -> Result<Handed<'a>, Error> {
    only_one(raw)?;
    match (raw.get("request"), raw.get("request_uri")) {
        (Some(object), _) => Ok(Handed::ByValue(object)),
        (None, Some(_)) if client.request_uris.is_empty() => Err(Error::new(
            ErrorCode::RequestUriNotSupported,
            "the client has registered no request_uris",
        )),
        // URIs are compared as strings, including the fragment (Core §6.2), which may be a
        // hash of the content.
        (None, Some(uri)) if client.request_uris.iter().any(|own| own == uri) => {
            Ok(Handed::ByReference(uri))
        }
        (None, Some(_)) => Err(Error::new(
            ErrorCode::InvalidRequestUri,
            "request_uri is none of the request_uris that the client registered",
        )),
        (None, None) if client.require_signed_request_object => Err(Error::invalid_request(
            "request or request_uri is missing: the client must sign its requests (RFC 9101)",
        )),
        (None, None) => Ok(Handed::Nothing),
    }
}

/// Checks that a request has one request object at most (RFC 9101 §5, OpenID Connect Core
/// §6).
///
/// # Errors
/// `invalid_request` if it has both `request` and `request_uri`.
pub fn only_one(raw: &RawAuthorizationRequest) -> Result<(), Error> {
    match (raw.get("request"), raw.get("request_uri")) {
        (Some(_), Some(_)) => Err(Error::invalid_request(
            "request and request_uri cannot be sent together",
        )),
        _ => Ok(()),
    }
}

/// Whether a request object is encrypted: a JWE has five parts (RFC 7516 §3.1).
#[must_use]
pub fn is_encrypted(object: &str) -> bool {
    object.split('.').count() == 5
}

/// Returns the algorithm with which a request object must be verified: the one in its
/// header, if the client may use it. `none` is not supported.
///
/// # Errors
/// `invalid_request_object` if the object is not a signed JWT, its `typ` is another, or its
/// `alg` is not supported or not the one that the client registered.
pub fn algorithm_of(object: &str, client: &Client) -> Result<SigningAlgorithm, Error> {
    let header = object.split('.').next().unwrap_or_default();
    let header: Option<Map<String, Value>> = URL_SAFE_NO_PAD
        .decode(header)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok());
    let header = header.ok_or_else(|| invalid("is not a signed JWT"))?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    // RFC 9101 §10.8: a JWT that the client signed for another purpose is not a request.
    if text("typ").is_some_and(|typ| !is_type(typ)) {
        return Err(invalid("typ must be oauth-authz-req+jwt, or absent"));
    }
    let algorithm = text("alg").and_then(|name| name.parse().ok());
    let Some(algorithm) = algorithm else {
        return Err(invalid(format!(
            "alg must be one of {}",
            SigningAlgorithm::ALL
                .iter()
                .map(|known| known.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        )));
    };
    match client.request_object_signing_alg {
        Some(registered) if registered != algorithm => Err(invalid(format!(
            "alg must be {registered}, the client's request_object_signing_alg"
        ))),
        _ => Ok(algorithm),
    }
}

fn is_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    // RFC 7515 §4.1.9: `application/` may be omitted.
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    ["oauth-authz-req+jwt", "jwt"].contains(&typ)
}

/// What a request object is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The client that must have signed it.
    pub client: &'a Client,
    /// The issuer to which it must be addressed.
    pub issuer: &'a str,
    /// How the request arrived.
    pub channel: Channel,
    /// The current time.
    pub now: Timestamp,
}

/// Merges the parameters with the verified request object.
///
/// # Errors
/// `invalid_request_object` naming the claim or parameter that is wrong.
pub fn merged(
    raw: &RawAuthorizationRequest,
    object: &Map<String, Value>,
    circumstances: Circumstances<'_>,
) -> Result<RawAuthorizationRequest, Error> {
    addressed(object, circumstances)?;
    in_time(object, circumstances.now)?;
    let inside = parameters_of(object)?;
    agree(raw, &inside)?;
    let mut all = match counts_beside(circumstances) {
        Beside::Counts => raw.0.clone(),
        Beside::Nothing => raw
            .0
            .clone()
            .into_iter()
            .filter(|(name, _)| name == "client_id")
            .collect(),
    };
    for name in ["request", "request_uri"] {
        all.remove(name);
    }
    all.extend(inside);
    Ok(RawAuthorizationRequest(all))
}

/// How parameters outside the request object are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    /// They are used where the object has none (OpenID Connect Core §6.1).
    Counts,
    /// They are ignored (RFC 9101 §6.3).
    Nothing,
}

fn counts_beside(circumstances: Circumstances<'_>) -> Beside {
    let strict = circumstances.client.require_signed_request_object;
    match circumstances.channel {
        Channel::Browser if !strict => Beside::Counts,
        _ => Beside::Nothing,
    }
}

/// Checks that the object comes from the client and is addressed to us (RFC 9101 §4,
/// §10.2).
fn addressed(object: &Map<String, Value>, circumstances: Circumstances<'_>) -> Result<(), Error> {
    let client_id = circumstances.client.client_id.0.as_str();
    if object.get("iss").is_some_and(|iss| iss != client_id) {
        return Err(invalid("iss must be the client_id"));
    }
    // §10.8: this is the form of a client assertion, which must not be used as a request,
    // nor a request as an assertion.
    if object.get("sub").is_some_and(|sub| sub == client_id) {
        return Err(invalid("sub must not be the client_id"));
    }
    let is_us = |value: &Value| value == circumstances.issuer;
    let addressed = match object.get("aud") {
        None => true,
        Some(Value::Array(all)) => all.iter().any(is_us),
        Some(one) => is_us(one),
    };
    if !addressed {
        return Err(invalid("aud must be the issuer"));
    }
    Ok(())
}

fn in_time(object: &Map<String, Value>, now: Timestamp) -> Result<(), Error> {
    let moment = |name: &str| match object.get(name) {
        None => Ok(None),
        Some(value) => numeric_date::read(value)
            .map(Some)
            .ok_or_else(|| invalid(format!("{name} is not a number of seconds"))),
    };
    if moment("exp")?.is_some_and(|exp| exp <= now) {
        return Err(invalid("exp is past"));
    }
    for name in ["nbf", "iat"] {
        if moment(name)?.is_some_and(|at| at > now.after(SKEW)) {
            return Err(invalid(format!("{name} is in the future")));
        }
    }
    Ok(())
}

/// Returns the parameters in a request object as they would appear in a query: numbers in
/// digits and JSON as text (Core §6.1). Null and empty values count as omitted.
fn parameters_of(object: &Map<String, Value>) -> Result<BTreeMap<String, String>, Error> {
    let mut inside = BTreeMap::new();
    for (name, value) in object {
        if OF_THE_JWT.contains(&name.as_str()) || name.is_empty() {
            continue;
        }
        // RFC 9101 §4.
        if matches!(name.as_str(), "request" | "request_uri") {
            return Err(invalid(format!("{name} must not stand inside")));
        }
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        // A parameter may not contain NUL, just as in a query.
        if text.contains('\0') || name.contains('\0') {
            return Err(invalid("a parameter holds NUL"));
        }
        if !text.is_empty() {
            inside.insert(name.clone(), text);
        }
    }
    if inside.len() > parameters::MOST {
        return Err(invalid(format!(
            "holds more than {} parameters",
            parameters::MOST
        )));
    }
    Ok(inside)
}

/// Checks that `client_id` and `response_type` have the same value inside and outside the
/// object (Core §6.1, RFC 9101 §6.3).
fn agree(raw: &RawAuthorizationRequest, inside: &BTreeMap<String, String>) -> Result<(), Error> {
    let both = |name: &str| Some((raw.get(name)?, inside.get(name)?.as_str()));
    if both("client_id").is_some_and(|(outside, inside)| outside != inside) {
        return Err(invalid("client_id differs from the one beside it"));
    }
    let differ = both("response_type").is_some_and(|(outside, inside)| {
        outside != inside
            && (ResponseType::of(outside).is_none()
                || ResponseType::of(outside) != ResponseType::of(inside))
    });
    if differ {
        return Err(invalid("response_type differs from the one beside it"));
    }
    Ok(())
}

/// Builds an `invalid_request_object` that states what is wrong.
#[must_use]
pub fn invalid(what: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorCode::InvalidRequestObject,
        format!("the request object: {what}"),
    )
}

#[cfg(test)]
mod tests;
