//! Another e-mail address, and the way back to the old one. Whoever has the old
//! mailbox may undo a change for some days, and all that came after it: of several
//! in a row the owner's undoing wins over a thief's. Who could change the address
//! knew the password, so undoing leaves nothing by which to get in but the mailbox.

use super::{Accounts, account, account_columns, is_taken};
use crate::accounts::account::Account;
use crate::accounts::email_address::EmailAddress;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::columns::Columns;
use crate::store::expiry::{Taking, taking};
use crate::store::grants::revocation;
use crate::store::outbox::{self, NewMessage};
use crate::store::session_clients::Farewell;
use crate::store::{passkeys, sessions, storable};

/// A new address that was proven.
#[derive(Clone, Copy, Debug)]
pub struct NewEmail<'a> {
    /// The account as it is, with the address that the new one takes the place of.
    pub account: &'a Account,
    /// The new address.
    pub email: &'a EmailAddress,
    /// The hash of the code that undoes it.
    pub undo_hash: &'a str,
    /// Until when that is good.
    pub undo_until: Timestamp,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailSet {
    /// The account has the address.
    Done,
    /// The account's address became another meanwhile, or the account is closed.
    Conflict,
    /// Another account has the address.
    Taken,
}

/// A change that can be undone, or was.
#[derive(Clone, Debug, PartialEq)]
pub struct EmailUndo {
    /// The account, as it is now.
    pub account: Account,
    /// The address before the change.
    pub email: String,
    /// The account's version that the change made.
    pub version: i64,
    /// Whether it was undone already.
    pub used: bool,
}

/// What came of undoing a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailUndone {
    /// The account has its old address.
    Done,
    /// It was undone already, or cannot be any more.
    Over,
    /// Another account has the old address by now.
    Taken,
}

const SWEEP: Taking = taking!(
    "SELECT secret_hash FROM email_undos WHERE expires_at <= $1 ORDER BY expires_at LIMIT 64",
    "DELETE FROM email_undos WHERE secret_hash IN (SELECT secret_hash FROM taken)"
);

const SET: &str = "UPDATE accounts
    SET email = $2, email_key = $3, email_verified = TRUE, email_changed_at = $5, updated_at = $5, version = version + 1
    WHERE id = $1 AND email_key = $4 AND status = 'active'
    RETURNING version";

const INSERT_UNDO: &str =
    "INSERT INTO email_undos (secret_hash, account_id, email, version, expires_at)
    VALUES ($1, $2, $3, $4, $5)";

const FIND_UNDO: &str = concat!(
    "SELECT u.email AS old_email, u.version AS undo_version, u.used_at, ",
    account_columns!(),
    " FROM email_undos u JOIN accounts a ON a.id = u.account_id
    WHERE u.secret_hash = $1 AND u.expires_at > $2 AND a.status = 'active'"
);

// The number goes with the password: a thief may have proven one of their own.
const RESTORE: &str = "UPDATE accounts
    SET email = $2, email_key = $3, email_verified = TRUE, email_changed_at = $4, password_hash = NULL,
        password_changed_at = $4, mobile_phone_verified = FALSE, login_phone = NULL, updated_at = $4, version = version + 1
    WHERE id = $1 AND status = 'active'";

const USE: &str = "UPDATE email_undos SET used_at = $2
    WHERE secret_hash = $1 AND used_at IS NULL AND expires_at > $2";

const FORGET_LATER: &str = "DELETE FROM email_undos WHERE account_id = $1 AND version > $2";

impl Accounts<'_> {
    /// Sets the address, if the old one is still what it was, and keeps the way
    /// back; with the mails that tell of it.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn set_email(
        &self,
        new: &NewEmail<'_>,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<EmailSet, Fault> {
        let turns = &self.0.turns.email_undos;
        self.0.sweep(turns, &SWEEP, now).await?;
        let mut transaction = self.0.begin().await?;
        let set = on!(&mut transaction, db => sqlx::query(SET)
            .bind(&new.account.id)
            .bind(new.email.typed())
            .bind(new.email.key())
            .bind(super::email_key(new.account))
            .bind(now.0)
            .fetch_optional(&mut **db)
            .await
            .map(|row| row.map(|row| row.number("version"))));
        let version = match set {
            Ok(Some(version)) => version?,
            Ok(None) => return Ok(EmailSet::Conflict),
            Err(error) if is_taken(&error) => return Ok(EmailSet::Taken),
            Err(error) => return Err(error.into()),
        };
        on!(&mut transaction, db => {
            sqlx::query(INSERT_UNDO)
                .bind(new.undo_hash)
                .bind(&new.account.id)
                .bind(&new.account.email)
                .bind(version)
                .bind(new.undo_until.0)
                .execute(&mut **db)
                .await?;
        });
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(EmailSet::Done)
    }

    /// The change that a code undoes, while it can, or could and did.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn email_undo(
        &self,
        secret_hash: &str,
        now: Timestamp,
    ) -> Result<Option<EmailUndo>, Fault> {
        if !storable(secret_hash) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(FIND_UNDO)
            .bind(secret_hash)
            .bind(now.0)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(email_undo)
            .transpose())
    }

    /// Undoes a change and all later ones. The password, phone login, passkeys, every
    /// session and every grant end with it; access tokens are refused until `revoked_until`.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn undo_email(
        &self,
        (secret_hash, undo): (&str, &EmailUndo),
        messages: &[NewMessage],
        (now, revoked_until): (Timestamp, Timestamp),
        farewell: Farewell<'_>,
    ) -> Result<EmailUndone, Fault> {
        let id = &undo.account.id;
        let mut transaction = self.0.begin().await?;
        // The account first, as whatever else touches both: nobody waits for ever.
        let restored = on!(&mut transaction, db => sqlx::query(RESTORE)
            .bind(id)
            .bind(&undo.email)
            .bind(undo.email.to_ascii_lowercase())
            .bind(now.0)
            .execute(&mut **db)
            .await
            .map(|done| done.rows_affected()));
        match restored {
            Ok(0) => return Ok(EmailUndone::Over),
            Ok(_) => {}
            Err(error) if is_taken(&error) => return Ok(EmailUndone::Taken),
            Err(error) => return Err(error.into()),
        }
        let used = on!(&mut transaction, db => {
            let used = sqlx::query(USE).bind(secret_hash).bind(now.0).execute(&mut **db).await?;
            sqlx::query(FORGET_LATER).bind(id).bind(undo.version).execute(&mut **db).await?;
            used.rows_affected()
        });
        if used == 0 {
            return Ok(EmailUndone::Over);
        }
        passkeys::end_of_account(&mut transaction, id).await?;
        sessions::end_of_account(&mut transaction, id, None, farewell).await?;
        revocation::end_of_account(&mut transaction, id, revoked_until, now).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(EmailUndone::Done)
    }
}

fn email_undo(row: &impl Columns) -> Result<EmailUndo, Fault> {
    Ok(EmailUndo {
        account: account(row)?,
        email: row.text("old_email")?,
        version: row.number("undo_version")?,
        used: row.maybe_time("used_at")?.is_some(),
    })
}
