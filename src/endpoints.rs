//! One file for each endpoint, named as in its specification where it has one.

pub mod authorization;
pub mod check_session;
pub mod dealer_customers;
pub mod device_authorization;
pub mod discovery;
pub mod end_session;
pub mod introspection;
pub mod jwks;
pub mod pushed_authorization_request;
pub mod registration;
pub mod revocation;
pub mod security_txt;
pub mod sign_on;
pub mod sign_out;
pub mod token;
pub mod userinfo;
