//! Common ID: one account for every Toyota and Lexus service, as an OpenID
//! Provider. `docs/architecture.md` shows the house; `routes.rs` is its table of
//! contents.

pub mod accounts;
pub mod brand;
pub mod clock;
pub mod config;
pub mod ephemeral;
pub mod fault;
pub mod keys;
pub mod locale;
pub mod oidc;
pub mod pages;
pub mod passwords;
pub mod random;
pub mod screens;
pub mod seal;
pub mod secret;
pub mod sha256;
pub mod store;
pub mod texts;
