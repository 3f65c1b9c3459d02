//! Initial access tokens (RFC 7591 §3). The operator issues them; each lets a number of
//! clients register themselves for some time. Only their hashes are stored.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::random::Random;
use crate::seal::sha256_hex;
use crate::secret::Secret;
use crate::store::Store;

/// The limits of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Number of clients that may register with it.
    pub uses: u32,
    /// How long it is valid.
    pub lifetime: Duration,
}

/// A token that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialAccessToken {
    /// The token. It cannot be read again.
    pub token: Secret,
    /// Number of clients that may register with it.
    pub uses: u32,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Issues a token.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn issue(
    store: &Store,
    random: &Random,
    terms: Terms,
    now: Timestamp,
) -> Result<InitialAccessToken, Fault> {
    let token = Secret::from(random.secret());
    let (uses, expires_at) = (terms.uses, now.after(terms.lifetime));
    let hash = sha256_hex(token.expose().as_bytes());
    let tokens = store.initial_access_tokens();
    tokens.issue(&hash, uses, now, expires_at).await?;
    Ok(InitialAccessToken {
        token,
        uses,
        expires_at,
    })
}

/// Returns the token's hash, with which a registration uses the token; none if the token is
/// not valid now.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn good(store: &Store, token: &str, now: Timestamp) -> Result<Option<String>, Fault> {
    let hash = sha256_hex(token.as_bytes());
    let is_good = store.initial_access_tokens().is_good(&hash, now).await?;
    Ok(is_good.then_some(hash))
}
