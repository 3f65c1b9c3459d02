//! A new password takes the place of the old one. Every session and every grant made with
//! the old one ends, and so do the changes that wait, if the password is set at once. Its
//! owner is told.

use super::Changing;
use crate::accounts::email_address::EmailAddress;
use crate::fault::Fault;
use crate::mail::message::Message;
use crate::one_time_codes::recovery;
use crate::sessions::browser::NewSession;
use crate::sessions::clients::farewells;
use crate::store::accounts::password::{NewPassword, SetBy};
use crate::store::outbox::NewMessage;
use crate::store::session_clients::Farewell;

/// The hashes of two passwords.
#[derive(Clone, Copy)]
pub struct Hashes<'a> {
    /// Of the old password; none if the account had none.
    pub old: Option<&'a str>,
    /// Of the new one.
    pub new: &'a str,
}

/// Sets the new password if the old one is unchanged; returns whether it was set. Only the
/// session `goes_on`, if there is one, does not end.
///
/// # Errors
/// `Fault` if the database is unreachable or sealing fails.
pub async fn set(
    changing: &Changing<'_>,
    hashes: Hashes<'_>,
    (goes_on, by): (Option<&NewSession>, SetBy),
) -> Result<bool, Fault> {
    let (app, account) = (changing.app, changing.account);
    let now = app.clock.now();
    let messages = match by {
        SetBy::OldPassword => told_of_change(changing).await?,
        SetBy::Code(channel) => recovery::news(app, changing.brand, account, channel).await?,
    };
    let farewells = farewells(app);
    let goes_on = goes_on.map(|new| (new.live.secret_hash.as_str(), &new.live.session));
    let new = NewPassword {
        account_id: &account.id,
        old_hash: hashes.old,
        new_hash: hashes.new,
        by,
        session: goes_on,
        revoked_until: now.after(app.config.tokens.access_token_lifetime),
        farewell: Farewell(&farewells),
    };
    let set = changing
        .accounts()
        .set_password(&new, &messages, now)
        .await?;
    app.outbox.wake();
    Ok(set)
}

async fn told_of_change(changing: &Changing<'_>) -> Result<Vec<NewMessage>, Fault> {
    let (app, account) = (changing.app, changing.account);
    let Ok(to) = EmailAddress::read(&account.email) else {
        return Ok(Vec::new());
    };
    let ended = if changing.waited.is_none() {
        app.store.pending_changes().of(&account.id).await?.len()
    } else {
        0
    };
    let told = Message::PasswordChanged { to: &to, ended };
    Ok(vec![app.outbox.write(
        changing.brand,
        account.locale,
        &told,
    )?])
}
