//! The secrets that accounts share with authenticator apps outlive any sealing key: they are
//! sealed anew when the key has changed. What they are for is left to `one_time_codes`.

use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::random::Random;
use crate::seal::{Purpose, Sealer};
use crate::store::Store;

/// Seals again the secrets that an older sealing key sealed, so that the old key can be
/// removed.
///
/// # Errors
/// `Fault` if the database fails, or if a secret was sealed with a key that this node does
/// not have.
pub async fn reseal(store: &Store, sealer: &Sealer, random: &Random) -> Result<(), Fault> {
    let apps = store.authenticator_apps();
    for (account_id, sealed) in apps.sealed_secrets().await? {
        let context = account_id.as_bytes();
        if sealer.sealed_by_first(Purpose::AuthenticatorApp, context, &sealed) {
            continue;
        }
        let opened = sealer.open(Purpose::AuthenticatorApp, context, &sealed);
        let secret = opened.map(Zeroizing::new).ok_or_else(|| {
            Fault::because(format_args!(
                "the authenticator app of the account {account_id} was sealed with a sealing key we do not have"
            ))
        })?;
        let anew = sealer.seal(Purpose::AuthenticatorApp, context, &secret, random)?;
        apps.reseal(&account_id, &sealed, &anew).await?;
    }
    Ok(())
}
