//! The secret that pairwise subjects are made with (OpenID Connect Core §8.1). A
//! subject must stay for ever, so the secret is no child of the sealing keys,
//! which come and go: it is made at the first start and rests sealed in the
//! database, under the newest of them.

use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::random::Random;
use crate::seal::{MacKey, Purpose, Sealer};
use crate::store::Store;

/// Its name in the database, and the context it is sealed in.
const NAME: &str = "pairwise";

const LENGTH: usize = 32;

/// Makes pairwise subjects.
#[derive(Clone, Debug)]
pub struct PairwiseSecret(MacKey);

impl PairwiseSecret {
    /// Reads the secret, making it if this is the first start. One that an older
    /// sealing key sealed is sealed anew, so that the old key can go.
    ///
    /// # Errors
    /// If the database fails, or the secret was sealed with a key we do not have.
    pub async fn load(store: &Store, sealer: &Sealer, random: &Random) -> Result<Self, Fault> {
        let seal = |secret: &[u8]| sealer.seal(Purpose::Pairwise, NAME.as_bytes(), secret, random);
        let fresh = Zeroizing::new(random.bytes::<LENGTH>());
        let secrets = store.secrets();
        let sealed = secrets
            .get_or_insert(NAME, &seal(fresh.as_slice())?)
            .await?;
        let secret = sealer
            .open(Purpose::Pairwise, NAME.as_bytes(), &sealed)
            .map(Zeroizing::new)
            .ok_or_else(|| {
                Fault::because("the pairwise secret was sealed with a sealing key we do not have")
            })?;
        if !sealer.sealed_by_first(Purpose::Pairwise, NAME.as_bytes(), &sealed) {
            secrets.reseal(NAME, &sealed, &seal(&secret)?).await?;
        }
        Ok(Self(MacKey::new(&secret)))
    }

    /// The mark of `parts`, each known by its length.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.0.mac(parts)
    }
}
