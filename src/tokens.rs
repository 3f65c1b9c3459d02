//! The tokens of a grant: what they contain is decided in `oidc`; this room gathers
//! the facts, signs access tokens and ID tokens, encrypts them where the client
//! registered so, and derives codes and refresh tokens. Which grant a client gets is decided by
//! the endpoints.

pub mod access_token;
pub mod authorization_code;
pub mod for_client;
pub mod id_token_hint;
pub mod issue;
pub mod refresh_token;
pub mod source;
