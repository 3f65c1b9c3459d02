//! A change that was asked for in a weaker login than the account's strongest waits. Its
//! owner is told on every channel of the account, with a code that cancels it, and it is
//! carried out when it is due.

use std::time::Duration;

use super::password::Hashes;
use super::{Changing, closing, email, passkeys, password, phone_login};
use crate::accounts::account::Account;
use crate::accounts::consent::ConsentContext;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::pending_change::{Change, ChangeKind, Leaving, PendingChange};
use crate::accounts::phone_number::MobileNumber;
use crate::accounts::undo_code::UndoCode;
use crate::app::{App, SharedApp};
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::mail::message::Message;
use crate::sha256::sha256_hex;
use crate::store::accounts::password::SetBy;
use crate::store::outbox::NewMessage;
use crate::store::pending_changes::Place;

/// How often a node looks for changes that are due.
const POLL: Duration = Duration::from_secs(10);

/// How many changes are looked for at once.
const AT_ONCE: u32 = 64;

/// How many changes of one account may begin to wait in a day: each sends messages.
const MOST_A_DAY: u64 = 10;

/// How long these are counted.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether a change waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// It waits, and its owner is told.
    Told,
    /// The account was closed meanwhile; nothing waits.
    Closed,
    /// Too many changes of this account began to wait today.
    TooMany,
}

/// Makes a code by which an owner cancels or undoes a change.
pub(super) fn code(app: &App) -> UndoCode {
    loop {
        if let Some(code) = UndoCode::of_random(&app.random.bytes::<32>()) {
            return code;
        }
    }
}

/// Lets a change wait for `account.change_delay`, and tells the account's owner.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or sealing fails.
pub async fn let_wait(
    changing: &Changing<'_>,
    change: Change,
    kind: ChangeKind,
) -> Result<Waits, Fault> {
    let (app, account) = (changing.app, changing.account);
    let counter = format!("pending-changes:{}", account.id);
    let limit = Limit::new(counter, DAY, MOST_A_DAY);
    if !app.ephemeral.count_within(&[limit]).await? {
        return Ok(Waits::TooMany);
    }
    let (now, code) = (app.clock.now(), code(app));
    let pending = PendingChange {
        id: app.random.id(),
        account_id: account.id.clone(),
        brand: changing.brand.name.clone(),
        change,
        requested_at: now,
        due_at: now.after(app.config.account.change_delay),
    };
    let messages = messages(changing, kind, &code)?;
    let hash = sha256_hex(code.letters().as_bytes());
    let pending_changes = app.store.pending_changes();
    let put = pending_changes.put((&pending, kind), &hash, &messages);
    if !put.await? {
        return Ok(Waits::Closed);
    }
    app.outbox.wake();
    Ok(Waits::Told)
}

/// Writes the messages to every channel by which the owner is reached.
fn messages(
    changing: &Changing<'_>,
    kind: ChangeKind,
    code: &UndoCode,
) -> Result<Vec<NewMessage>, Fault> {
    let (app, account) = (changing.app, changing.account);
    let good_for = app.config.account.change_delay;
    let write = |message: &Message<'_>| app.outbox.write(changing.brand, account.locale, message);
    let mut messages = Vec::new();
    if let Ok(to) = EmailAddress::read(&account.email) {
        messages.push(write(&Message::ChangeWaits {
            to: &to,
            kind,
            code,
            good_for,
        })?);
    }
    if let Some(to) = phone_of_owner(account) {
        messages.push(write(&Message::SmsChangeWaits {
            to: &to,
            kind,
            code,
            good_for,
        })?);
    }
    Ok(messages)
}

/// Returns the number that the owner proved, also if a recovery by mail left it to be
/// confirmed again: whoever recovered may be the thief of the mailbox.
fn phone_of_owner(account: &Account) -> Option<MobileNumber> {
    let proven = account.mobile_phone_verified || account.recovered.phone_to_confirm;
    let number = account.mobile_phone.as_deref().filter(|_| proven)?;
    MobileNumber::read(number).ok()
}

/// Carries out what is due, repeatedly, until the task is dropped.
pub async fn carry_out_forever(app: SharedApp) {
    let mut ticks = tokio::time::interval(POLL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(fault) = carry_out_due(&app).await {
            tracing::warn!(
                fault = &fault as &dyn std::error::Error,
                "changes that are due could not be looked for"
            );
        }
    }
}

/// Carries out the changes that are due. One that fails is logged, stays, and keeps no other
/// waiting.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn carry_out_due(app: &App) -> Result<(), Fault> {
    let (pending_changes, now) = (app.store.pending_changes(), app.clock.now());
    let mut place = Place::first();
    loop {
        let due = pending_changes.due(now, &place, AT_ONCE).await?;
        let Some(last) = due.last() else {
            return Ok(());
        };
        place = Place::of(last);
        for pending in &due {
            if let Err(fault) = app.as_provider(carry_out(app, pending)).await {
                tracing::warn!(
                    account.id = pending.account_id,
                    pending_change.id = pending.id,
                    fault = &fault as &dyn std::error::Error,
                    "a change that is due could not be carried out"
                );
            }
        }
    }
}

/// Carries a change out if the account still is what it was asked for, and gives it up
/// otherwise.
async fn carry_out(app: &App, pending: &PendingChange) -> Result<(), Fault> {
    // A change that only a newer version can read is left to that version.
    if pending.change == Change::Unknown {
        return Ok(());
    }
    let found = app.store.accounts().by_id(&pending.account_id).await?;
    let brand = app.brands.by_name(&pending.brand);
    if let (Some(account), Some(brand)) = (found, brand) {
        let changing = Changing {
            app,
            brand,
            account: &account,
            waited: Some(&pending.id),
        };
        make(&changing, pending).await?;
        tracing::info!(
            account.id = account.id,
            "a change that waited is carried out"
        );
    }
    // What was carried out is off the list already.
    app.store.pending_changes().give_up(&pending.id).await
}

async fn make(changing: &Changing<'_>, pending: &PendingChange) -> Result<(), Fault> {
    match &pending.change {
        Change::Email { email, in_place_of } => {
            if let Ok(address) = EmailAddress::read(email) {
                email::set(changing, &address, in_place_of).await?;
            }
        }
        Change::PhoneLoginOn {
            number,
            in_place_of,
        } => {
            phone_login::switch_on(changing, number, in_place_of).await?;
        }
        Change::PhoneLoginOff => phone_login::switch_off(changing).await?,
        Change::PasskeyAdded { passkey } => {
            passkeys::add(changing, passkey).await?;
        }
        Change::PasskeyRemoved { passkey_id } => passkeys::remove(changing, passkey_id).await?,
        Change::Password(hash) => {
            let hashes = Hashes {
                old: Some(&hash.old),
                new: &hash.new,
            };
            password::set(changing, hashes, (None, SetBy::OldPassword)).await?;
        }
        Change::Leaving(leaving) => leave(changing, leaving).await?,
        Change::Unknown => {}
    }
    Ok(())
}

/// Closes the account, unless it is closed already.
async fn leave(changing: &Changing<'_>, leaving: &Leaving) -> Result<(), Fault> {
    if changing.account.status != crate::accounts::account::AccountStatus::Active {
        return Ok(());
    }
    let app = changing.app;
    let context = ConsentContext {
        at: app.clock.now(),
        locale: leaving.locale,
        brand: changing.brand.name.clone(),
        client_id: None,
        operator: app.config.operator.clone(),
        ip_hash: leaving.ip_hash.clone(),
        user_agent_hash: leaving.user_agent_hash.clone(),
        auth_time: leaving.auth_time,
    };
    closing::close(changing, &context).await
}
