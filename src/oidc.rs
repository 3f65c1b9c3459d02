//! The protocol, pure: what a request may ask, what it is answered. Nothing
//! here does IO, reads a clock or knows of axum, sqlx, redis or tokio.

pub mod authentication_context;
pub mod authorization_details;
pub mod authorization_request;
pub mod authorization_response;
pub mod claims;
pub mod client;
pub mod code_record;
pub mod display;
pub mod error;
pub mod id_token_hint;
pub mod interaction;
pub mod parameters;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod response_mode;
pub mod scope;
pub mod token_request;
pub mod wire_words;

pub use error::{Error, ErrorCode};
