//! The token that a request to a protected resource presents (RFC 6750 §2): in the
//! `Authorization` header or in a form body, in one place only, never in a URL. Whether the
//! token is valid is decided by the resource.

use axum::http::{HeaderMap, header};

use super::refusal::ProtocolRefusal;
use crate::oidc::rule::{self, Breaks as _, Rule};
use crate::oidc::token_type::TokenType;
use crate::oidc::{Error, ErrorCode};

/// A token as it was presented.
#[derive(Clone, Copy)]
pub struct PresentedToken<'a> {
    /// The type as which it was presented.
    pub token_type: TokenType,
    /// The token.
    pub text: &'a str,
    /// The types that the resource accepts.
    accepted: &'static [TokenType],
}

impl std::fmt::Debug for PresentedToken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PresentedToken(..)")
    }
}

impl<'a> PresentedToken<'a> {
    /// The token of a header or a body, of a type that the resource accepts.
    ///
    /// # Errors
    /// 401 without any token; `invalid_request` with two (RFC 6750 §2), or if the header
    /// is there but presents no such token.
    pub fn of(
        headers: &'a HeaderMap,
        body: Option<&'a str>,
        accepted: &'static [TokenType],
    ) -> Result<Self, ProtocolRefusal> {
        match (from_header(headers, accepted)?, body) {
            (Some(presented), None) => Ok(presented),
            // RFC 6750 §2.2: a form has a place for a bearer token alone.
            (None, Some(text)) => Ok(Self {
                token_type: TokenType::Bearer,
                text,
                accepted,
            }),
            (None, None) => Err(ProtocolRefusal::Token(accepted, None)),
            (Some(presented), Some(_)) => {
                let once = "send the access token once: in the Authorization header or in the body";
                let error = Error::invalid_request(once).breaks(rule::TOKEN_SENT);
                Err(presented.refused(error))
            }
        }
    }

    /// The refusal of the token for that error.
    #[must_use]
    pub const fn refused(self, error: Error) -> ProtocolRefusal {
        ProtocolRefusal::Token(self.accepted, Some(error))
    }

    /// The refusal of the token as not good here, by that rule.
    #[must_use]
    pub fn invalid(self, rule: &'static Rule) -> ProtocolRefusal {
        invalid(self.accepted, rule)
    }
}

/// The refusal of a token that is not good where those types are accepted, by that rule.
#[must_use]
pub fn invalid(accepted: &'static [TokenType], rule: &'static Rule) -> ProtocolRefusal {
    let error = "the access token is expired, revoked, or was not issued here";
    let error = Error::new(ErrorCode::InvalidToken, error);
    ProtocolRefusal::Token(accepted, Some(error.breaks(rule)))
}

fn from_header<'a>(
    headers: &'a HeaderMap,
    accepted: &'static [TokenType],
) -> Result<Option<PresentedToken<'a>>, ProtocolRefusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let presented = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        let text = token.trim();
        let token_type = TokenType::of_scheme(scheme, accepted)?;
        (!text.is_empty()).then_some(PresentedToken {
            token_type,
            text,
            accepted,
        })
    });
    let Some(presented) = presented else {
        let schemes: Vec<_> = accepted.iter().map(|known| known.as_str()).collect();
        let expected = schemes.join(" or ");
        let error = format!("the Authorization header is not: {expected} TOKEN");
        let error = Error::invalid_request(error).breaks(rule::TOKEN_SENT);
        return Err(ProtocolRefusal::Token(accepted, Some(error)));
    };
    Ok(Some(presented))
}
