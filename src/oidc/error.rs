//! An error for a client whose request is refused: a code from a specification and a
//! description on which the client's developer can act. How it is delivered (redirect,
//! JSON, page) is decided elsewhere.

use std::borrow::Cow;

use serde::Serialize;

use super::rule::Rule;

crate::wire_words! {
    /// The error codes that we use, each with its specification.
    pub enum ErrorCode {
        /// RFC 6749 §4.1.2.1, §5.2.
        InvalidRequest = "invalid_request",
        /// RFC 6749 §5.2: answered with status 401.
        InvalidClient = "invalid_client",
        /// RFC 6749 §5.2.
        InvalidGrant = "invalid_grant",
        /// RFC 6749 §4.1.2.1, §5.2.
        UnauthorizedClient = "unauthorized_client",
        /// RFC 6749 §5.2.
        UnsupportedGrantType = "unsupported_grant_type",
        /// RFC 6749 §4.1.2.1.
        UnsupportedResponseType = "unsupported_response_type",
        /// RFC 6749 §4.1.2.1, §5.2.
        InvalidScope = "invalid_scope",
        /// RFC 6749 §4.1.2.1.
        AccessDenied = "access_denied",
        /// RFC 6749 §4.1.2.1.
        ServerError = "server_error",
        /// RFC 6749 §4.1.2.1.
        TemporarilyUnavailable = "temporarily_unavailable",
        /// OpenID Connect Core §3.1.2.6.
        LoginRequired = "login_required",
        /// OpenID Connect Core §3.1.2.6.
        ConsentRequired = "consent_required",
        /// OpenID Connect Core §3.1.2.6.
        InteractionRequired = "interaction_required",
        /// OpenID Connect Core §3.1.2.6.
        AccountSelectionRequired = "account_selection_required",
        /// OpenID Connect Core §3.1.2.6.
        RequestNotSupported = "request_not_supported",
        /// OpenID Connect Core §3.1.2.6.
        RequestUriNotSupported = "request_uri_not_supported",
        /// OpenID Connect Core §3.1.2.6, RFC 9101 §7.
        InvalidRequestObject = "invalid_request_object",
        /// OpenID Connect Core §3.1.2.6; RFC 9126 uses it for a `request_uri` that was used
        /// before.
        InvalidRequestUri = "invalid_request_uri",
        /// OpenID Connect Core §3.1.2.6.
        RegistrationNotSupported = "registration_not_supported",
        /// RFC 9396 §5.
        InvalidAuthorizationDetails = "invalid_authorization_details",
        /// OpenID Connect Core Unmet Authentication Requirements 1.0.
        UnmetAuthenticationRequirements = "unmet_authentication_requirements",
        /// RFC 8628 §3.5.
        AuthorizationPending = "authorization_pending",
        /// RFC 8628 §3.5.
        SlowDown = "slow_down",
        /// RFC 8628 §3.5.
        ExpiredToken = "expired_token",
        /// RFC 7591 §3.2.2.
        InvalidRedirectUri = "invalid_redirect_uri",
        /// RFC 7591 §3.2.2.
        InvalidClientMetadata = "invalid_client_metadata",
        /// RFC 7591 §3.2.2.
        InvalidSoftwareStatement = "invalid_software_statement",
        /// RFC 7591 §3.2.2.
        UnapprovedSoftwareStatement = "unapproved_software_statement",
        /// RFC 6750 §3.1: answered with status 401.
        InvalidToken = "invalid_token",
        /// RFC 6750 §3.1: answered with status 403.
        InsufficientScope = "insufficient_scope",
    }
}

impl ErrorCode {
    /// Returns the URL of the page at `issuer` that explains the code and how to correct
    /// the request: the `error_uri` of RFC 6749 §4.1.2.1 and §5.2.
    #[must_use]
    pub fn uri(self, issuer: &str) -> String {
        format!("{issuer}/errors/{self}")
    }
}

/// An error for a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {description}")]
pub struct Error {
    /// The code from the specification.
    #[serde(rename = "error")]
    pub code: ErrorCode,
    /// What is wrong and how to correct it; ASCII without `"` and `\` (RFC 6749 §5.2).
    #[serde(rename = "error_description")]
    pub description: Cow<'static, str>,
    /// The rule that was broken, if it was a single one. It is not part of the response.
    #[serde(skip)]
    pub rule: Option<&'static Rule>,
}

impl Error {
    /// Builds an error. Characters that RFC 6749 §5.2 forbids in `error_description` become
    /// `?`, so that a description may repeat a value from the request.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        let barred = |c: char| !matches!(c, ' '..='~') || c == '"' || c == '\\';
        let description = if description.contains(barred) {
            Cow::Owned(description.replace(barred, "?"))
        } else {
            description
        };
        Self {
            code,
            description,
            rule: None,
        }
    }

    /// Builds an `invalid_request`, the most frequent error.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }
}
