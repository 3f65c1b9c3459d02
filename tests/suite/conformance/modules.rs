//! The modules by topic. Each is written once, for every response type and mode that a plan
//! runs it with.

pub(super) mod claims;
pub(super) mod login;
pub(super) mod requests;
pub(super) mod tokens;
pub(super) mod userinfo;
