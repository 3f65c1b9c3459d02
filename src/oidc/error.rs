//! What we tell a client that asked for something it cannot have: a code from
//! a specification and a sentence its developer can act on. How it travels
//! (redirect, JSON, page) is decided elsewhere.

use std::borrow::Cow;

use serde::Serialize;

use super::rule::Rule;

crate::wire_words! {
    /// The error codes we use, each from the specification named.
    pub enum ErrorCode {
        /// RFC 6749 §4.1.2.1, §5.2.
        InvalidRequest = "invalid_request",
        /// RFC 6749 §5.2: answered 401.
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
        /// OpenID Connect Core §3.1.2.6; RFC 9126 uses it for a spent `request_uri`.
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
        /// RFC 6750 §3.1: answered 401.
        InvalidToken = "invalid_token",
        /// RFC 6750 §3.1: answered 403.
        InsufficientScope = "insufficient_scope",
    }
}

impl ErrorCode {
    /// The address of the page that says what the code means and how to mend it, at
    /// `issuer`: the `error_uri` of RFC 6749 §4.1.2.1 and §5.2.
    #[must_use]
    pub fn uri(self, issuer: &str) -> String {
        format!("{issuer}/errors/{self}")
    }
}

/// An error for a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {description}")]
pub struct Error {
    /// The specification's code.
    #[serde(rename = "error")]
    pub code: ErrorCode,
    /// What is wrong and how to mend it; ASCII without `"` and `\` (RFC 6749 §5.2).
    #[serde(rename = "error_description")]
    pub description: Cow<'static, str>,
    /// The rule that was broken, where it is one by itself; no part of the answer.
    #[serde(skip)]
    pub rule: Option<&'static Rule>,
}

impl Error {
    /// An error with its description. Characters that RFC 6749 §5.2 bars from
    /// `error_description` become `?`, so that echoing a value is safe.
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

    /// `invalid_request` with its description, the commonest of all.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }
}
