//! Common ID: one account for every Toyota and Lexus service, as an OpenID
//! Provider. `docs/architecture.md` shows the house; `routes.rs` is its table of
//! contents.

pub mod accounts;
pub mod app;
pub mod brand;
pub mod client_keys;
pub mod client_logos;
pub mod clients;
pub mod clock;
pub mod commands;
pub mod config;
pub mod dealers;
#[cfg(feature = "demo")]
pub mod demo;
pub mod endpoints;
pub mod ephemeral;
pub mod event_delivery;
pub mod fault;
pub mod health;
pub mod http;
pub mod keys;
pub mod ledger;
pub mod locale;
pub mod mail;
pub mod mail_domains;
pub mod oidc;
pub mod outbox;
pub mod outgoing;
pub mod pages;
pub mod pairwise;
pub mod passwords;
pub mod random;
pub mod refresh_token;
pub mod routes;
pub mod screens;
pub mod seal;
pub mod secret;
pub mod sector_identifier;
pub mod server;
pub mod sha256;
pub mod shared_secret;
pub mod sms;
pub mod software_statements;
pub mod store;
pub mod texts;
pub mod tls;
