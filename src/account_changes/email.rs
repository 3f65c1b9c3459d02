//! Another e-mail address, which was verified: the mailbox before is told, with a code that
//! undoes the change.

use super::Changing;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::one_time_code::Destination;
use crate::accounts::undo_code::UndoCode;
use crate::fault::Fault;
use crate::mail::message::Message;
use crate::sha256::sha256_hex;
use crate::store::accounts::email::{EmailSet, NewEmail};
use crate::store::outbox::NewMessage;

/// Changes the address, if it still is `in_place_of` (in lower case).
///
/// # Errors
/// `Fault` if the database is unreachable or sealing fails.
pub async fn set(
    changing: &Changing<'_>,
    address: &EmailAddress,
    in_place_of: &str,
) -> Result<EmailSet, Fault> {
    let (app, account) = (changing.app, changing.account);
    if !account.email.eq_ignore_ascii_case(in_place_of) {
        return Ok(EmailSet::Conflict);
    }
    let now = app.clock.now();
    let code = super::pending::code(app);
    let undo_until = now.after(app.config.account.email_undo_lifetime);
    let new = NewEmail {
        account,
        email: address,
        undo_hash: &sha256_hex(code.letters().as_bytes()),
        undo_until,
    };
    let mails = mails(changing, address, &code)?;
    let set = changing.accounts().set_email(&new, &mails, now).await?;
    app.outbox.wake();
    Ok(set)
}

/// Writes the mails: to the old address with the code that undoes the change, to the new
/// one as a notice.
fn mails(
    changing: &Changing<'_>,
    address: &EmailAddress,
    code: &UndoCode,
) -> Result<Vec<NewMessage>, Fault> {
    let (app, account) = (changing.app, changing.account);
    let write = |message: &Message<'_>| app.outbox.write(changing.brand, account.locale, message);
    let mut mails = vec![write(&Message::EmailIsNew { to: address })?];
    if let Ok(old) = EmailAddress::read(&account.email) {
        mails.push(write(&Message::EmailChanged {
            to: &old,
            new: &Destination::Mailbox(address.clone()).masked(),
            code,
            good_for: app.config.account.email_undo_lifetime,
        })?);
    }
    Ok(mails)
}
