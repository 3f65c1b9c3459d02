//! Secrets that all nodes share and that must never change, such as the one for pairwise
//! subjects. They are not derived from the sealing keys, which are rotated: each is created
//! once and stored in the database, sealed under the newest sealing key.

use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::random::Random;
use crate::seal::{Purpose, Sealer};
use crate::store::Store;

const LENGTH: usize = 32;

/// Reads the secret of that name, or creates it the first time. A secret sealed under an
/// older sealing key is sealed again, so that the old key can be removed.
///
/// # Errors
/// `Fault` if the database is unreachable, or the secret was sealed with an unknown key.
pub async fn load(
    store: &Store,
    sealer: &Sealer,
    random: &Random,
    (purpose, name): (Purpose, &str),
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let seal = |secret: &[u8]| sealer.seal(purpose, name.as_bytes(), secret, random);
    let fresh = Zeroizing::new(random.bytes::<LENGTH>());
    let secrets = store.secrets();
    let sealed = secrets
        .get_or_insert(name, &seal(fresh.as_slice())?)
        .await?;
    let secret = sealer
        .open(purpose, name.as_bytes(), &sealed)
        .map(Zeroizing::new)
        .ok_or_else(|| {
            Fault::because(format_args!(
                "the {name} secret was sealed with a sealing key we do not have"
            ))
        })?;
    if !sealer.sealed_by_first(purpose, name.as_bytes(), &sealed) {
        secrets.reseal(name, &sealed, &seal(&secret)?).await?;
    }
    Ok(secret)
}
