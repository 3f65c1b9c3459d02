//! The secret that pairwise subjects are made with (OpenID Connect Core §8.1). A
//! subject must stay for ever, and so must the secret.

use crate::fault::Fault;
use crate::random::Random;
use crate::seal::{MacKey, Purpose, Sealer};
use crate::shared_secret;
use crate::store::Store;

/// Its name in the database.
const NAME: &str = "pairwise";

/// Makes pairwise subjects.
#[derive(Clone, Debug)]
pub struct PairwiseSecret(MacKey);

impl PairwiseSecret {
    /// Reads the secret, making it if this is the first start.
    ///
    /// # Errors
    /// If the database fails, or the secret was sealed with a key we do not have.
    pub async fn load(store: &Store, sealer: &Sealer, random: &Random) -> Result<Self, Fault> {
        let secret = shared_secret::load(store, sealer, random, (Purpose::Pairwise, NAME)).await?;
        Ok(Self(MacKey::new(&secret)))
    }

    /// The mark of `parts`, each known by its length.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.0.mac(parts)
    }
}
