//! The protocol endpoints, by HTTP, as relying parties and attackers use them.

mod authorization;
mod back_channel_logout;
mod check_session;
mod client_authentication;
mod client_secret_jwt;
mod dealer_customers;
mod device_authorization;
mod discovery;
mod encrypted_request_object;
mod end_session;
mod error_uri;
mod front_channel_logout;
mod id_token;
mod introspection;
mod jwks;
mod pushed_authorization_request;
mod registration;
mod request_object;
mod requests;
mod response_types;
mod revocation;
mod sign_on;
mod sign_out;
mod token;
mod userinfo;
mod userinfo_jwt;
