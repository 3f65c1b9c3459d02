//! What went wrong on our side, for the operator. A client gets an
//! `oidc::Error`, a person gets `FieldErrors`; a `Fault` is logged once, where
//! it is answered, and never shown.

use std::fmt;

/// A failure of ours: the database, Redis, a mail server, a key file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database refused or could not be reached.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The migrations could not be applied.
    #[error("migrating the database failed")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Redis refused or could not be reached.
    #[error("Redis failed")]
    Redis(#[from] redis::RedisError),
    /// Something stored does not read as what we once wrote.
    #[error("stored data does not parse")]
    Stored(#[from] serde_json::Error),
    /// A file could not be read or written.
    #[error("a file could not be read or written")]
    File(#[from] std::io::Error),
    /// Too much work is queued already: answered 503 with `Retry-After`.
    #[error("too busy: {0}")]
    Busy(&'static str),
    /// Anything else, said in words; `context` says what was tried.
    #[error("{0}")]
    Other(String),
}

impl Fault {
    /// A fault in words. Put no personal data and no secret in them.
    pub fn because(what: impl fmt::Display) -> Self {
        Self::Other(what.to_string())
    }
}
