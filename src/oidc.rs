//! The protocol, pure: what a request may ask, what it is answered. Nothing
//! here does IO, reads a clock or knows of axum, sqlx, redis or tokio.

pub mod authorization_details;
pub mod authorization_request;
pub mod client;
pub mod error;
pub mod interaction;
pub mod prompt;
pub mod response_mode;
pub mod scope;
pub mod wire_words;

pub use error::{Error, ErrorCode};
