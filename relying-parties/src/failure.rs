//! Why a login did not happen: what the log says about it, and which page the
//! person gets. They can always try again.

use axum::http::StatusCode;

/// A login that did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The person said no, at the provider.
    #[error("the person declined")]
    Denied,
    /// The response answers no login that this browser began here, or one too old.
    #[error("no such login is under way in this browser")]
    Stale,
    /// The provider answered with an error.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The provider gave no usable answer.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    /// An answer that is not, provably, the provider's to us.
    #[error("the answer is not to be trusted: {0}")]
    Untrusted(String),
}

impl Failure {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Denied => StatusCode::FORBIDDEN,
            Self::Stale => StatusCode::BAD_REQUEST,
            Self::Refused(_) | Self::Unreachable(_) | Self::Untrusted(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// The stable name of the page, in `data-error`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Denied => "access_denied",
            Self::Stale => "login_expired",
            Self::Refused(_) => "login_refused",
            Self::Unreachable(_) => "provider_unreachable",
            Self::Untrusted(_) => "login_untrusted",
        }
    }
}

/// An error with its causes, for the log.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
