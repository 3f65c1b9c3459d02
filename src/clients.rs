//! Registered clients: how they are registered and removed, the cache, secrets, published
//! keys, and what is fetched when a client is registered (logos, sector identifier,
//! software statement). What a client may be is decided in `oidc::client_metadata`; the
//! operations return what they did, and commands and endpoints present it.

pub mod cache;
pub mod initial_access_token;
pub mod keys;
pub mod logos;
pub mod registration;
pub mod reserved_names;
pub mod secret;
pub mod sector_identifier;
pub mod self_registration;
pub mod software_statements;
