//! Recovery codes: made ten at a time, each spent once on whatever node it is typed. The
//! account's row keeps how many are left.

use super::accounts::{hold, hold_or_closed};
use super::columns::Columns as _;
use super::outbox::{self, NewMessage};
use super::security_events::record;
use super::{Store, Transaction};
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};

/// The recovery codes.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryCodes<'s>(&'s Store);

impl Store {
    /// The recovery codes.
    #[must_use]
    pub const fn recovery_codes(&self) -> RecoveryCodes<'_> {
        RecoveryCodes(self)
    }
}

/// A recovery code as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashedCode {
    /// The digit with which it begins.
    pub number: u8,
    /// The hash of its letters (PHC string).
    pub hash: String,
}

const HASH: &str = "SELECT hash FROM recovery_codes WHERE account_id = $1 AND number = $2";

const INSERT: &str = "INSERT INTO recovery_codes (account_id, number, hash) VALUES ($1, $2, $3)";

const SPEND: &str =
    "DELETE FROM recovery_codes WHERE account_id = $1 AND number = $2 AND hash = $3";

const END_ALL_OF: &str = "DELETE FROM recovery_codes WHERE account_id = $1";

const COUNT: &str = "UPDATE accounts
    SET recovery_codes_left = (SELECT count(*) FROM recovery_codes WHERE account_id = $1)
    WHERE id = $1";

impl RecoveryCodes<'_> {
    /// Returns the hash of an account's code with that number, if it was not used.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn hash_of(&self, account_id: &str, number: u8) -> Result<Option<String>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(HASH)
            .bind(account_id)
            .bind(i64::from(number))
            .fetch_optional(&mut **db)
            .await?
            .map(|row| row.text("hash"))
            .transpose())
    }

    /// Replaces all codes of an account, with the mails that notify its owner. Returns
    /// `false` and does nothing if the account is closed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn replace(
        &self,
        account_id: &str,
        codes: &[HashedCode],
        messages: &[NewMessage],
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        if !hold(&mut transaction, account_id).await? {
            return Ok(false);
        }
        on!(&mut transaction, db => {
            sqlx::query(END_ALL_OF).bind(account_id).execute(&mut **db).await?;
            for code in codes {
                sqlx::query(INSERT)
                    .bind(account_id)
                    .bind(i64::from(code.number))
                    .bind(&code.hash)
                    .execute(&mut **db)
                    .await?;
            }
            sqlx::query(COUNT).bind(account_id).execute(&mut **db).await?;
        });
        let event = Event::new(EventKind::RecoveryCodesMade).of(account_id);
        record(&mut transaction, event.with("codes", codes.len())).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Spends a code, with the mails that notify its owner. Returns `false` and does nothing
    /// if it was used or replaced, or if the account is erased.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn spend(
        &self,
        account_id: &str,
        code: &HashedCode,
        messages: &[NewMessage],
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        if !hold_or_closed(&mut transaction, account_id).await? {
            return Ok(false);
        }
        let spent = on!(&mut transaction, db => sqlx::query(SPEND)
            .bind(account_id)
            .bind(i64::from(code.number))
            .bind(&code.hash)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if spent == 0 {
            return Ok(false);
        }
        let event = Event::new(EventKind::RecoveryCodeUsed).of(account_id);
        record(&mut transaction, event.with("number", code.number)).await?;
        on!(&mut transaction, db => {
            sqlx::query(COUNT).bind(account_id).execute(&mut **db).await?;
        });
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Deletes all codes of an account, in the caller's transaction.
pub(super) async fn end_of_account(
    transaction: &mut Transaction,
    account_id: &str,
) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(END_ALL_OF).bind(account_id).execute(&mut **db).await?;
        sqlx::query(COUNT).bind(account_id).execute(&mut **db).await?;
    });
    Ok(())
}
