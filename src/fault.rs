//! Failures on our side, for the operator. A client gets an `oidc::Error`, a person gets
//! `FieldErrors`; a `Fault` is logged once, where it is answered, and its text is never
//! shown.

use std::fmt;

/// A failure on our side: the database, Redis, a mail server, a key file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database refused a query or could not be reached.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The migrations could not be applied.
    #[error("migrating the database failed")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Redis refused a command or could not be reached.
    #[error("Redis failed")]
    Redis(#[from] redis::RedisError),
    /// Stored data cannot be parsed.
    #[error("stored data does not parse")]
    Stored(#[from] serde_json::Error),
    /// A file could not be read or written.
    #[error("a file could not be read or written")]
    File(#[from] std::io::Error),
    /// Too much work is queued already; answered 503 with `Retry-After`.
    #[error("too busy: {0}")]
    Busy(&'static str),
    /// Short-lived state has no room for a stranger's request; answered 503 with
    /// `Retry-After`.
    #[error("short-lived state is full")]
    Full,
    /// Any other failure, in words.
    #[error("{0}")]
    Other(String),
}

impl Fault {
    /// Whether the request may succeed in a moment, if it is repeated.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Full)
    }

    /// Makes a fault from words. They must contain no personal data and no secret.
    pub fn because(what: impl fmt::Display) -> Self {
        Self::Other(what.to_string())
    }
}
