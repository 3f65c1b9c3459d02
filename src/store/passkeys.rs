//! Passkeys: found by credential ID, updated at each use, and deleted with their account.

use super::accounts::{account, account_columns, hold};
use super::columns::Columns;
use super::outbox::{self, NewMessage};
use super::security_events::record;
use super::{Store, Transaction, pending_changes, storable};
use crate::accounts::account::Account;
use crate::accounts::passkey::authentication::Used;
use crate::accounts::passkey::{MOST, Passkey};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};

/// The passkeys.
#[derive(Clone, Copy, Debug)]
pub struct Passkeys<'s>(&'s Store, Option<&'s str>);

impl Store {
    /// The passkeys.
    #[must_use]
    pub const fn passkeys(&self) -> Passkeys<'_> {
        Passkeys(self, None)
    }
}

impl<'s> Passkeys<'s> {
    /// The same passkeys, for carrying out the change with the ID `waited`, if there is
    /// one (`Accounts::carrying_out`).
    #[must_use]
    pub const fn carrying_out(self, waited: Option<&'s str>) -> Self {
        Self(self.0, waited)
    }
}

/// Result of adding a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It can be used to log in from now on.
    Done,
    /// An account has this credential already (§7.1, step 26).
    Known,
    /// The account has the maximum number of passkeys.
    TooMany,
    /// The account is closed.
    Closed,
    /// The change waited and was cancelled or carried out meanwhile.
    Cancelled,
}

/// The passkey columns that `passkey` reads; `p` is the table's alias.
macro_rules! passkey_columns {
    () => {
        "p.id AS passkey_id, p.account_id, p.rp_id, p.credential_id, p.user_handle, p.public_key, p.sign_count, \
        p.backup_eligible, p.backed_up, p.transports, p.label, p.created_at AS added_at, p.last_used_at"
    };
}

const OF: &str = concat!(
    "SELECT ",
    passkey_columns!(),
    " FROM passkeys p WHERE p.account_id = $1 ORDER BY p.created_at, p.id"
);

const FIND: &str = concat!(
    "SELECT ",
    passkey_columns!(),
    ", ",
    account_columns!(),
    " FROM passkeys p JOIN accounts a ON a.id = p.account_id
    WHERE p.credential_id = $1 AND (a.status = 'active' OR a.erase_at > $2)"
);

const COUNT: &str = "SELECT count(*) AS passkeys FROM passkeys WHERE account_id = $1";

const INSERT: &str = "INSERT INTO passkeys
    (id, account_id, rp_id, credential_id, user_handle, public_key, sign_count, backup_eligible, backed_up,
        transports, label, created_at, last_used_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (credential_id) DO NOTHING";

// Of two assertions with the same counter only one is accepted: there may be two copies of
// the key.
const USE: &str = "UPDATE passkeys SET sign_count = $2, backed_up = $3, last_used_at = $4
    WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))";

const RENAME: &str = "UPDATE passkeys SET label = $3 WHERE account_id = $1 AND id = $2";

const REMOVE: &str = "DELETE FROM passkeys WHERE account_id = $1 AND id = $2";

const END_ALL_OF: &str = "DELETE FROM passkeys WHERE account_id = $1";

impl Passkeys<'_> {
    /// Returns the passkeys of an account, oldest first.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of(&self, account_id: &str) -> Result<Vec<Passkey>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF)
            .bind(account_id)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(passkey)
            .collect())
    }

    /// Returns the passkey with that credential ID, and its account, which may be a closed
    /// one whose owner may still come back.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn find(
        &self,
        credential_id: &str,
        now: Timestamp,
    ) -> Result<Option<(Passkey, Account)>, Fault> {
        if !storable(credential_id) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(FIND)
            .bind(credential_id)
            .bind(now.0)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(|row| Ok((passkey(row)?, account(row)?)))
            .transpose())
    }

    /// Adds a passkey, with the mails that notify its owner.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn add(&self, new: &Passkey, messages: &[NewMessage]) -> Result<Added, Fault> {
        let transports = serde_json::to_string(&new.transports)?;
        let mut transaction = self.0.begin().await?;
        if !hold(&mut transaction, &new.account_id).await? {
            return Ok(Added::Closed);
        }
        let has = on!(&mut transaction, db => sqlx::query(COUNT)
            .bind(&new.account_id)
            .fetch_one(&mut **db)
            .await?
            .number("passkeys")?);
        if usize::try_from(has).is_ok_and(|has| has >= MOST) {
            return Ok(Added::TooMany);
        }
        let added = on!(&mut transaction, db => sqlx::query(INSERT)
            .bind(&new.id)
            .bind(&new.account_id)
            .bind(&new.rp_id)
            .bind(&new.credential_id)
            .bind(&new.user_handle)
            .bind(&new.public_key)
            .bind(i64::from(new.sign_count))
            .bind(new.backup_eligible)
            .bind(new.backed_up)
            .bind(transports)
            .bind(&new.label)
            .bind(new.created_at.0)
            .bind(new.last_used_at.map(|at| at.0))
            .execute(&mut **db)
            .await?
            .rows_affected());
        if added == 0 {
            return Ok(Added::Known);
        }
        if !pending_changes::take(&mut transaction, self.1).await? {
            return Ok(Added::Cancelled);
        }
        let event = Event::new(EventKind::PasskeyAdded).of(&new.account_id);
        record(&mut transaction, event.with("passkey", &new.id)).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(Added::Done)
    }

    /// Notes that a passkey was used to log in. Returns `false` and notes nothing if its
    /// counter advanced meanwhile, or if it was removed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn note_use(&self, id: &str, used: Used, now: Timestamp) -> Result<bool, Fault> {
        Ok(on!(self.0.writer(), db => sqlx::query(USE)
            .bind(id)
            .bind(i64::from(used.sign_count))
            .bind(used.backed_up)
            .bind(now.0)
            .execute(db)
            .await?
            .rows_affected())
            > 0)
    }

    /// Renames a passkey of an account; returns whether it exists.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn rename(&self, account_id: &str, id: &str, label: &str) -> Result<bool, Fault> {
        if !storable(id) {
            return Ok(false);
        }
        Ok(on!(self.0.writer(), db => sqlx::query(RENAME)
            .bind(account_id)
            .bind(id)
            .bind(label)
            .execute(db)
            .await?
            .rows_affected())
            > 0)
    }

    /// Removes a passkey of an account, with the mails that notify its owner. Returns
    /// `false` and does nothing if it does not exist.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn remove(
        &self,
        account_id: &str,
        id: &str,
        messages: &[NewMessage],
    ) -> Result<bool, Fault> {
        if !storable(id) {
            return Ok(false);
        }
        let mut transaction = self.0.begin().await?;
        let removed = on!(&mut transaction, db => sqlx::query(REMOVE)
            .bind(account_id)
            .bind(id)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if removed == 0 || !pending_changes::take(&mut transaction, self.1).await? {
            return Ok(false);
        }
        let event = Event::new(EventKind::PasskeyRemoved).of(account_id);
        record(&mut transaction, event.with("passkey", id)).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Removes all passkeys of an account, in the caller's transaction.
pub(super) async fn end_of_account(
    transaction: &mut Transaction,
    account_id: &str,
) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(END_ALL_OF).bind(account_id).execute(&mut **db).await?;
    });
    Ok(())
}

fn passkey(row: &impl Columns) -> Result<Passkey, Fault> {
    let count = row.number("sign_count")?;
    Ok(Passkey {
        id: row.text("passkey_id")?,
        account_id: row.text("account_id")?,
        rp_id: row.text("rp_id")?,
        credential_id: row.text("credential_id")?,
        user_handle: row.text("user_handle")?,
        public_key: row.text("public_key")?,
        sign_count: u32::try_from(count)
            .map_err(|_| Fault::because("a passkey's counter is beyond 32 bits"))?,
        backup_eligible: row.flag("backup_eligible")?,
        backed_up: row.flag("backed_up")?,
        transports: row.json("transports")?,
        label: row.text("label")?,
        created_at: row.time("added_at")?,
        last_used_at: row.maybe_time("last_used_at")?,
    })
}
