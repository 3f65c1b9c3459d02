//! The protocol, pure: what a request may ask, what it is answered. Nothing
//! here does IO, reads a clock or knows of axum, sqlx, redis or tokio.

pub mod access_token;
pub mod advice;
pub mod authentication_context;
pub mod authorization_details;
pub mod authorization_request;
pub mod authorization_response;
pub mod claims;
pub mod client;
pub mod client_assertion;
pub mod client_metadata;
pub mod client_registration;
pub mod code_record;
pub mod consent_request;
pub mod device_authorization;
pub mod display;
pub mod dynamic_registration;
pub mod encryption;
pub mod error;
pub mod id_token;
pub mod id_token_hint;
pub mod introspection;
pub mod localized;
pub mod logout;
pub mod logout_token;
pub mod metadata;
pub mod name_script;
pub mod numeric_date;
pub mod parameters;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod request_object;
pub mod required_claims;
pub mod response_mode;
pub mod response_type;
pub mod rule;
pub mod rulebook;
pub mod scope;
pub mod security_event;
pub mod session_state;
pub mod steps;
pub mod subject;
pub mod token_request;
pub mod token_response;

pub use error::{Error, ErrorCode};
