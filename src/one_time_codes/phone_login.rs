//! Who is told when a mobile number begins or ceases to log somebody in: its owner,
//! and whoever had it before, each in their language and under their brand.

use crate::accounts::account::Account;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::one_time_code::Destination;
use crate::accounts::phone_number::MobileNumber;
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::mail::message::{Message, PhoneLoginNews};
use crate::store::outbox::NewMessage;

/// The mail that tells an account's owner, if they have a mailbox.
///
/// # Errors
/// If sealing fails.
pub fn news(
    app: &App,
    brand: &Brand,
    account: &Account,
    (number, news): (&str, PhoneLoginNews),
) -> Result<Option<NewMessage>, Fault> {
    let Ok(to) = EmailAddress::read(&account.email) else {
        return Ok(None);
    };
    let number = MobileNumber::read(number).map(|number| Destination::Phone(number).masked());
    let message = Message::PhoneLogin {
        to: &to,
        number: &number.unwrap_or_default(),
        news,
    };
    app.outbox.write(brand, account.locale, &message).map(Some)
}

/// The mail that is due when `before` becomes `after`: another number, typed in
/// anywhere, is unproven and logs nobody in.
///
/// # Errors
/// If sealing fails.
pub fn news_of_change(
    app: &App,
    brand: &Brand,
    before: &Account,
    after: &Account,
) -> Result<Option<NewMessage>, Fault> {
    match &before.mobile_phone {
        Some(number) if before.phone_login && !after.phone_login => {
            news(app, brand, before, (number, PhoneLoginNews::Off))
        }
        _ => Ok(None),
    }
}
