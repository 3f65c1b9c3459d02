//! Extractors and response building for axum: brand, client address, cookies,
//! form and query parameters, client authentication, refusals, security headers.
//! No protocol rule is decided here, and no module here knows sessions, tokens or
//! interactions: the rooms above use this one.

pub mod client_address;
pub mod client_authentication;
pub mod cookies;
pub mod debugger_access;
pub mod fetch_metadata;
pub mod form_post;
pub mod forwarded;
pub mod head;
pub mod json_object;
pub mod kept;
pub mod origin;
pub mod parameters;
pub mod presented_token;
pub mod recording;
pub mod refusal;
pub mod request_brand;
pub mod request_log;
pub mod request_target;
pub mod security_headers;
