//! The messages about a recovery of the password: to the mailbox, and by SMS to a number
//! that ceases to log the account in. Each says which factors ended.

use crate::accounts::account::Account;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::one_time_code::Destination;
use crate::accounts::phone_number::MobileNumber;
use crate::accounts::recovered::CodeChannel;
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::mail::message::Message;
use crate::sessions::end_link;
use crate::store::outbox::NewMessage;

/// The messages to the owner of an account that a code to `by` recovers.
///
/// # Errors
/// `Fault` if the database is unreachable or sealing fails.
pub async fn news(
    app: &App,
    brand: &Brand,
    account: &Account,
    by: CodeChannel,
) -> Result<Vec<NewMessage>, Fault> {
    let phone = unproven_phone(account, by);
    let passkeys = app.store.passkeys().of(&account.id).await?;
    let mut messages = Vec::new();
    if let Ok(to) = EmailAddress::read(&account.email) {
        let number = phone
            .clone()
            .map(|phone| Destination::Phone(phone).masked());
        let message = Message::Recovered {
            to: &to,
            by,
            number: number.as_deref(),
            passkeys: passkeys.len(),
        };
        messages.push(end_link::write(app, brand, account, &message)?);
    }
    if let Some(to) = &phone {
        let message = Message::SmsRecovered { to };
        messages.push(app.outbox.write(brand, account.locale, &message)?);
    }
    Ok(messages)
}

/// Returns the number that its owner proved and the recovery did not.
fn unproven_phone(account: &Account, by: CodeChannel) -> Option<MobileNumber> {
    let number = account.mobile_phone.as_deref();
    let proven = number.filter(|_| account.mobile_phone_verified && by != CodeChannel::Phone);
    proven.and_then(|number| MobileNumber::read(number).ok())
}
