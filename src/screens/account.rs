//! Pages for people with an account, outside any relying party's request.

pub mod member;
pub mod services;
