//! The modules, by what they are about. Each is written once, for whatever
//! response type and mode its plan runs it with.

pub(super) mod claims;
pub(super) mod login;
pub(super) mod requests;
pub(super) mod tokens;
pub(super) mod userinfo;
