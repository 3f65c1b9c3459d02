//! A mobile number, verified by SMS, becomes a login ID, or ceases to be one.

use super::Changing;
use crate::accounts::account::Account;
use crate::fault::Fault;
use crate::mail::message::PhoneLoginNews;
use crate::one_time_codes::phone_login::news;
use crate::store::accounts::phone_login::{PhoneLogin, SwitchedOn};
use crate::store::outbox::NewMessage;

/// How often it is tried again if another account verifies the same number at the same
/// moment.
const ATTEMPTS: usize = 8;

/// Makes the number a login ID, if the account's number is still `in_place_of`; returns
/// whether it is one. The account that had the number before is notified.
///
/// # Errors
/// `Fault` if the database is unreachable or sealing fails.
pub async fn switch_on(
    changing: &Changing<'_>,
    number: &str,
    in_place_of: &str,
) -> Result<bool, Fault> {
    let (accounts, id) = (changing.accounts(), &changing.account.id);
    for _ in 0..ATTEMPTS {
        let holder = accounts.by_login_phone(number).await?;
        let holder = holder.map(|found| found.account);
        if holder.as_ref().is_some_and(|holder| holder.id == *id) {
            return Ok(true);
        }
        let messages = mails(changing, number, holder.as_ref())?;
        let login = PhoneLogin {
            account_id: id,
            number,
            in_place_of,
            taken_from: holder.as_ref().map(|holder| holder.id.as_str()),
        };
        let now = changing.app.clock.now();
        match accounts
            .switch_phone_login_on(&login, &messages, now)
            .await?
        {
            SwitchedOn::Done => {
                changing.app.outbox.wake();
                return Ok(true);
            }
            SwitchedOn::TakenMeanwhile => {}
            SwitchedOn::Conflict => return Ok(false),
        }
    }
    Err(Fault::because(
        "a number kept changing hands while it was switched on",
    ))
}

fn mails(
    changing: &Changing<'_>,
    number: &str,
    holder: Option<&Account>,
) -> Result<Vec<NewMessage>, Fault> {
    let (app, account) = (changing.app, changing.account);
    let on = (number, PhoneLoginNews::On);
    let mut mails = vec![news(app, changing.brand, account, on)?];
    if let Some(holder) = holder {
        let brand = app.brands.by_name(&holder.brand);
        let brand = brand.map_or(changing.brand, |brand| brand);
        let taken = (number, PhoneLoginNews::Taken);
        mails.push(news(app, brand, holder, taken)?);
    }
    Ok(mails.into_iter().flatten().collect())
}

/// Lets the number be no login ID any more; it stays verified.
///
/// # Errors
/// `Fault` if the database is unreachable or sealing fails.
pub async fn switch_off(changing: &Changing<'_>) -> Result<(), Fault> {
    let (app, account) = (changing.app, changing.account);
    let number = account.mobile_phone.as_deref().unwrap_or_default();
    let off = (number, PhoneLoginNews::Off);
    let mails: Vec<_> = news(app, changing.brand, account, off)?
        .into_iter()
        .collect();
    let accounts = changing.accounts();
    accounts
        .switch_phone_login_off(&account.id, &mails, app.clock.now())
        .await?;
    app.outbox.wake();
    Ok(())
}
