//! Derives pairwise subject identifiers (OpenID Connect Core §8.1). A subject must
//! never change, so the secret must not change either: `keys::shared_secret` keeps it.

use super::MacKey;
use crate::oidc::client::Client;
use crate::oidc::subject;

/// The secret that pairwise subject identifiers are derived with.
#[derive(Clone, Debug)]
pub struct PairwiseSecret(MacKey);

impl PairwiseSecret {
    /// Wraps the secret's bytes.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(MacKey::new(secret))
    }

    /// Returns the `sub` that `client` sees for an account: public or pairwise, as the
    /// client is registered.
    #[must_use]
    pub fn subject(&self, client: &Client, account_id: &str) -> String {
        subject::subject(client, account_id, &|parts| self.0.mac(parts))
    }

    /// Returns the `sid` that `client` sees for a login: for pairwise clients, their
    /// sector's own.
    #[must_use]
    pub fn session(&self, client: &Client, sid: &str) -> String {
        subject::session(client, sid, &|parts| self.0.mac(parts))
    }
}
