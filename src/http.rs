//! What axum brings and takes: who is asking, from which browser, under which
//! brand, and how an answer or a refusal leaves. No protocol rule is decided here.

pub mod access_token;
pub mod answer;
pub mod bearer;
pub mod between_brands;
pub mod browser;
pub mod client_address;
pub mod client_authentication;
pub mod code_limits;
pub mod cookies;
pub mod dealer_events;
pub mod dealer_linking;
pub mod device_answer;
pub mod device_requests;
pub mod fetch_metadata;
pub mod for_client;
pub mod form_post;
pub mod forwarded;
pub mod id_token_hint;
pub mod interaction;
pub mod lawful_request;
pub mod one_time_code;
pub mod own_pages;
pub mod parameters;
pub mod phone_login;
pub mod refusal;
pub mod request_brand;
pub mod request_log;
pub mod request_target;
pub mod second_factor;
pub mod security_headers;
pub mod sign_on;
pub mod sign_out;
pub mod visit;
pub mod visit_arrival;
