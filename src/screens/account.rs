//! Pages for people with an account, outside any relying party's request.

pub mod birthdate;
mod change;
pub mod consents;
pub mod email;
pub mod home;
pub mod leave;
pub mod member;
pub mod passkeys;
pub mod password;
pub mod phone_login;
pub mod profile;
pub mod services;
pub mod sessions;
