//! The mobile number as a login ID: switched on by whoever proved it, and by one
//! account at a time. A number proven anew is taken from the account that had it:
//! numbers are given to other people.

use super::Accounts;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::outbox::{self, NewMessage};

/// A number that was proven by SMS, to log in with from now on.
#[derive(Clone, Copy, Debug)]
pub struct PhoneLogin<'a> {
    /// Whose it is.
    pub account_id: &'a str,
    /// The number, E.164.
    pub number: &'a str,
    /// The account's number when the code was sent, or nothing.
    pub in_place_of: &'a str,
    /// The account that logs in with it now, if another does.
    pub taken_from: Option<&'a str>,
}

/// What came of switching it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchedOn {
    /// The number logs its owner in.
    Done,
    /// The account's number became another meanwhile, or the account is closed.
    Conflict,
    /// Who logs in with the number is no longer whom `taken_from` says.
    TakenMeanwhile,
}

// Two accounts that take each other's numbers lock them in one order.
const LOCK: &str = "UPDATE accounts SET version = version WHERE id = $1";

const TAKE: &str = "UPDATE accounts
    SET login_phone = NULL, mobile_phone_verified = FALSE, updated_at = $3, version = version + 1
    WHERE id = $1 AND login_phone = $2";

const SWITCH_ON: &str = "UPDATE accounts
    SET mobile_phone = $2, mobile_phone_verified = TRUE, login_phone = $2, updated_at = $4, version = version + 1
    WHERE id = $1 AND COALESCE(mobile_phone, '') = $3 AND status = 'active'";

const SWITCH_OFF: &str = "UPDATE accounts
    SET login_phone = NULL, updated_at = $2, version = version + 1
    WHERE id = $1 AND login_phone IS NOT NULL AND status = 'active'";

impl Accounts<'_> {
    /// Sets the number, proven and as login ID, and takes it from the account that
    /// had it; with mails that tell both. All of it or nothing.
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
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(SwitchedOn::Done)
    }

    /// The number, proven as it stays, logs nobody in any more; with the mails that
    /// tell of it. `false`, and nothing done, if it did not.
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
        if switched == 0 {
            return Ok(false);
        }
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
