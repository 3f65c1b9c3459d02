//! A passkey is added to an account, or removed from it.

use super::Changing;
use crate::accounts::passkey::Passkey;
use crate::fault::Fault;
use crate::mail::message::PasskeyNews;
use crate::sessions::passkeys::news;
use crate::store::passkeys::Added;

/// Adds a passkey, and tells the account's owner.
///
/// # Errors
/// `Fault` if the database is unreachable or sealing fails.
pub async fn add(changing: &Changing<'_>, passkey: &Passkey) -> Result<Added, Fault> {
    let app = changing.app;
    let mails = news(app, changing.brand, changing.account, PasskeyNews::Added)?;
    let passkeys = app.store.passkeys().carrying_out(changing.waited);
    let added = passkeys.add(passkey, &mails).await?;
    app.outbox.wake();
    Ok(added)
}

/// Removes a passkey, if the account has it, and tells its owner.
///
/// # Errors
/// `Fault` if the database is unreachable or sealing fails.
pub async fn remove(changing: &Changing<'_>, passkey_id: &str) -> Result<(), Fault> {
    let app = changing.app;
    let mails = news(app, changing.brand, changing.account, PasskeyNews::Removed)?;
    let passkeys = app.store.passkeys().carrying_out(changing.waited);
    passkeys
        .remove(&changing.account.id, passkey_id, &mails)
        .await?;
    app.outbox.wake();
    Ok(())
}
