//! The access token of a request to a protected resource (RFC 6750 §2): in the
//! `Authorization` header, or in a form body; in one place only, never in a URL.

use axum::http::{HeaderMap, header};

use super::refusal::ProtocolRefusal;
use crate::oidc::rule::{self, Breaks as _, Rule};
use crate::oidc::{Error, ErrorCode};

/// The bearer token of the header, if it has one.
///
/// # Errors
/// `invalid_request` if the header is there but is no bearer token.
pub fn from_header(headers: &HeaderMap) -> Result<Option<&str>, ProtocolRefusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let malformed = || {
        let error = Error::invalid_request("the Authorization header is not: Bearer TOKEN");
        ProtocolRefusal::Bearer(Some(error.breaks(rule::TOKEN_SENT)))
    };
    let (scheme, token) = value
        .to_str()
        .map_err(|_| malformed())?
        .split_once(' ')
        .ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(malformed());
    }
    Ok(Some(token.trim()))
}

/// The token of a header or a body.
///
/// # Errors
/// 401 without any token; `invalid_request` with two (RFC 6750 §2).
pub fn one_of<'a>(
    header: Option<&'a str>,
    body: Option<&'a str>,
) -> Result<&'a str, ProtocolRefusal> {
    match (header, body) {
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(ProtocolRefusal::Bearer(None)),
        (Some(_), Some(_)) => {
            let once = "send the access token once: in the Authorization header or in the body";
            let error = Error::invalid_request(once).breaks(rule::TOKEN_SENT);
            Err(ProtocolRefusal::Bearer(Some(error)))
        }
    }
}

/// The refusal of a token that is not good here, by that rule.
#[must_use]
pub fn invalid_token(rule: &'static Rule) -> ProtocolRefusal {
    let error = "the access token is expired, revoked, or was not issued here";
    let error = Error::new(ErrorCode::InvalidToken, error);
    ProtocolRefusal::Bearer(Some(error.breaks(rule)))
}
