//! Initial access tokens (RFC 7591 §3): the operator gives them out, and each lets some
//! clients register themselves for some time. Only their hashes are kept.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::random::Random;
use crate::seal::sha256_hex;
use crate::secret::Secret;
use crate::store::Store;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How many clients it lets in.
    pub uses: u32,
    /// For how long.
    pub lifetime: Duration,
}

/// A token that was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialAccessToken {
    /// The token. It is not to be had again.
    pub token: Secret,
    /// How many clients it lets in.
    pub uses: u32,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Gives out a token.
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

/// The hash by which a registration spends the token; nothing if the token lets nobody in now.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn good(store: &Store, token: &str, now: Timestamp) -> Result<Option<String>, Fault> {
    let hash = sha256_hex(token.as_bytes());
    let is_good = store.initial_access_tokens().is_good(&hash, now).await?;
    Ok(is_good.then_some(hash))
}
