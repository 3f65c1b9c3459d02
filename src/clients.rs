//! Registered clients: the cache, secrets, published keys, and what is fetched when a
//! client is registered (logos, sector identifier, software statement). What a client
//! may be is decided in `oidc::client_metadata`.

pub mod cache;
pub mod keys;
pub mod logos;
pub mod secret;
pub mod sector_identifier;
pub mod software_statements;
