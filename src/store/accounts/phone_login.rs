//! The mobile number as a login ID: enabled by the user who verified it, for one account at
//! a time. A number that is verified again is taken from the account that had it, because
//! numbers are reassigned to other people.

use super::Accounts;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};
use crate::store::outbox::{self, NewMessage};
use crate::store::pending_changes;
use crate::store::security_events::record;

/// A number that was verified by SMS and becomes a login ID.
#[derive(Clone, Copy, Debug)]
pub struct PhoneLogin<'a> {
    /// The account.
    pub account_id: &'a str,
    /// The number, E.164.
    pub number: &'a str,
    /// The account's number when the code was sent; empty if it had none.
    pub in_place_of: &'a str,
    /// The other account that uses the number to log in now, if any.
    pub taken_from: Option<&'a str>,
}

/// Result of enabling phone login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchedOn {
    /// The number is now a login ID of the account.
    Done,
    /// The account's number was changed meanwhile, or the account is closed.
    Conflict,
    /// The account that uses the number to log in is no longer the one in `taken_from`.
    TakenMeanwhile,
}

// Rows are locked in one order, so that two accounts that take each other's numbers do not
// deadlock.
const LOCK: &str = "UPDATE accounts SET version = version WHERE id = $1";

const TAKE: &str = "UPDATE accounts
    SET login_phone = NULL, mobile_phone_verified = FALSE, phone_to_confirm = FALSE, updated_at = $3, version = version + 1
    WHERE id = $1 AND login_phone = $2";

const SWITCH_ON: &str = "UPDATE accounts
    SET mobile_phone = $2, mobile_phone_verified = TRUE, phone_to_confirm = FALSE, login_phone = $2, updated_at = $4,
        version = version + 1
    WHERE id = $1 AND COALESCE(mobile_phone, '') = $3 AND status = 'active'";

const SWITCH_OFF: &str = "UPDATE accounts
    SET login_phone = NULL, updated_at = $2, version = version + 1
    WHERE id = $1 AND login_phone IS NOT NULL AND status = 'active'";

impl Accounts<'_> {
    /// Stores the number as verified and as login ID, takes it from the account that had
    /// it, and queues the mails that notify both. All of it or nothing.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn switch_phone_login_on(
        &self,
        login: &PhoneLogin<'_>,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<SwitchedOn, Fault> {
        let mut transaction = self.0.begin().await?;
        let mut locked = vec![login.account_id];
        locked.extend(login.taken_from);
        locked.sort_unstable();
        for id in locked {
            on!(&mut transaction, db => {
                sqlx::query(LOCK).bind(id).execute(&mut **db).await?;
            });
        }
        if let Some(holder) = login.taken_from {
            let taken = on!(&mut transaction, db => sqlx::query(TAKE)
                .bind(holder)
                .bind(login.number)
                .bind(now.0)
                .execute(&mut **db)
                .await?
                .rows_affected());
            if taken == 0 {
                return Ok(SwitchedOn::TakenMeanwhile);
            }
            let event = Event::new(EventKind::PhoneLoginOff).of(holder);
            record(&mut transaction, event.with("how", "taken_over")).await?;
        }
        let switched = on!(&mut transaction, db => sqlx::query(SWITCH_ON)
            .bind(login.account_id)
            .bind(login.number)
            .bind(login.in_place_of)
            .bind(now.0)
            .execute(&mut **db)
            .await
            .map(|done| done.rows_affected()));
        match switched {
            Ok(0) => return Ok(SwitchedOn::Conflict),
            Ok(_) => {}
            Err(error) if super::is_taken(&error) => return Ok(SwitchedOn::TakenMeanwhile),
            Err(error) => return Err(error.into()),
        }
        if !pending_changes::take(&mut transaction, self.1).await? {
            return Ok(SwitchedOn::Conflict);
        }
        let event = Event::new(EventKind::PhoneLoginOn).of(login.account_id);
        record(&mut transaction, event).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(SwitchedOn::Done)
    }

    /// Disables phone login, and queues the mails that report it; the number stays
    /// verified. Returns `false` and does nothing if phone login was not enabled.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn switch_phone_login_off(
        &self,
        account_id: &str,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let switched = on!(&mut transaction, db => sqlx::query(SWITCH_OFF)
            .bind(account_id)
            .bind(now.0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if switched == 0 || !pending_changes::take(&mut transaction, self.1).await? {
            return Ok(false);
        }
        let event = Event::new(EventKind::PhoneLoginOff).of(account_id);
        record(&mut transaction, event.with("how", "owner")).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
