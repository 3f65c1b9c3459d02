//! Pages for people with an account, outside any relying party's request.

pub mod home;
pub mod leave;
pub mod member;
pub mod password;
pub mod profile;
pub mod services;
pub mod sessions;
