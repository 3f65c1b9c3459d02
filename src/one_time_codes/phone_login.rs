//! The mails about a mobile number that begins or ceases to log an account in: to its owner
//! and to its previous owner, each in their language and under their brand.

use crate::accounts::account::Account;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::one_time_code::Destination;
use crate::accounts::phone_number::MobileNumber;
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::mail::message::{Message, PhoneLoginNews};
use crate::sessions::end_link;
use crate::store::outbox::NewMessage;

/// The mail to the account's owner, if the account has a mailbox.
///
/// # Errors
/// `Fault` if sealing fails.
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
    end_link::write(app, brand, account, &message).map(Some)
}

/// The mail for a change from `before` to `after`: a number that was changed is not proven
/// and logs nobody in.
///
/// # Errors
/// `Fault` if sealing fails.
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
