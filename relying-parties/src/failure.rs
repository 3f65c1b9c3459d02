//! Why a login failed: what is logged about it, and which page is shown. The person can
//! always try again.

use axum::http::StatusCode;

/// A failed login.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The person declined at the provider.
    #[error("the person declined")]
    Denied,
    /// The response belongs to no login that this browser began here, or to one that
    /// expired.
    #[error("no such login is under way in this browser")]
    Stale,
    /// The person's ID belongs to another of our members, as the provider knows from us.
    #[error("the provider knows the ID as another member's")]
    AnotherMember,
    /// The provider answered with an error.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The provider gave no usable answer.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    /// The provider's answer could not be verified, or is not meant for this relying party.
    #[error("the answer is not to be trusted: {0}")]
    Untrusted(String),
}

impl Failure {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Denied => StatusCode::FORBIDDEN,
            Self::Stale => StatusCode::BAD_REQUEST,
            Self::AnotherMember => StatusCode::CONFLICT,
            Self::Refused(_) | Self::Unreachable(_) | Self::Untrusted(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// Returns the page's stable error code, shown in `data-error`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Denied => "access_denied",
            Self::Stale => "login_expired",
            Self::AnotherMember => "bound_otherwise",
            Self::Refused(_) => "login_refused",
            Self::Unreachable(_) => "provider_unreachable",
            Self::Untrusted(_) => "login_untrusted",
        }
    }
}

/// Formats an error with its causes, for the log.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
