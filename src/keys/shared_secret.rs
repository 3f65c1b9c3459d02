//! Secrets that all nodes share and that must stay for ever, such as the one of
//! pairwise subjects. They are no children of the sealing keys, which come and
//! go: each is made once and rests sealed in the database, under the newest of them.

use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::random::Random;
use crate::seal::{Purpose, Sealer};
use crate::store::Store;

const LENGTH: usize = 32;

/// Reads the secret of that name, making it if this is the first time. One that
/// an older sealing key sealed is sealed anew, so that the old key can go.
///
/// # Errors
/// If the database fails, or the secret was sealed with a key we do not have.
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
