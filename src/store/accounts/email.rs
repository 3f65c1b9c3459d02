//! Changes of the e-mail address, and their undoing. The owner of the old mailbox can undo
//! a change for some days, and with it all later changes: of several changes in a row, the
//! owner's undoing wins over a thief's. A thief who changed the address knew the password,
//! so undoing removes every means of logging in except the mailbox.

use super::{Accounts, account, account_columns, is_taken};
use crate::accounts::account::Account;
use crate::accounts::email_address::EmailAddress;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};
use crate::store::columns::Columns;
use crate::store::expiry::{Taking, taking};
use crate::store::grants::revocation;
use crate::store::outbox::{self, NewMessage};
use crate::store::security_events::record;
use crate::store::session_clients::Farewell;
use crate::store::{authenticator_apps, passkeys, pending_changes, sessions, storable};

/// A new e-mail address that was verified.
#[derive(Clone, Copy, Debug)]
pub struct NewEmail<'a> {
    /// The account as it is, with the address to replace.
    pub account: &'a Account,
    /// The new address.
    pub email: &'a EmailAddress,
    /// Hash of the code that undoes the change.
    pub undo_hash: &'a str,
    /// Until when the change can be undone.
    pub undo_until: Timestamp,
}

/// Result of changing the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailSet {
    /// The account has the address.
    Done,
    /// The account's address was changed meanwhile, or the account is closed.
    Conflict,
    /// Another account has the address.
    Taken,
}

/// A change that can be undone or was undone.
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

/// Result of undoing a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailUndone {
    /// The account has its old address.
    Done,
    /// The change was undone already, or can no longer be undone.
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

// The phone login is removed with the password: a thief may have verified their own number.
const RESTORE: &str = "UPDATE accounts
    SET email = $2, email_key = $3, email_verified = TRUE, email_changed_at = $4, password_hash = NULL,
        password_changed_at = $4, password_set_at = $4, mobile_phone_verified = FALSE, phone_to_confirm = FALSE, login_phone = NULL,
        updated_at = $4, version = version + 1
    WHERE id = $1 AND status = 'active'";

const USE: &str = "UPDATE email_undos SET used_at = $2
    WHERE secret_hash = $1 AND used_at IS NULL AND expires_at > $2";

const FORGET_LATER: &str = "DELETE FROM email_undos WHERE account_id = $1 AND version > $2";

/// The times that the undoing of a change of address depends on.
#[derive(Clone, Copy, Debug)]
pub struct UndoTimes {
    /// Now.
    pub now: Timestamp,
    /// Until when the access tokens of the ended grants are refused: when the last of them
    /// expires.
    pub revoked_until: Timestamp,
}

impl Accounts<'_> {
    /// Changes the address if the old one is still what it was, stores the code that undoes
    /// the change, and queues the mails that report it.
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
        if !pending_changes::take(&mut transaction, self.1).await? {
            return Ok(EmailSet::Conflict);
        }
        let event = Event::new(EventKind::EmailChanged).of(&new.account.id);
        record(&mut transaction, event).await?;
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

    /// Returns the change that a code undoes, until the code expires, even if it was used.
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

    /// Undoes a change and all later ones. This also removes the password, phone login,
    /// passkeys and the changes that wait, and ends every session and every grant; access
    /// tokens are refused until `revoked_until`.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn undo_email(
        &self,
        (secret_hash, undo): (&str, &EmailUndo),
        messages: &[NewMessage],
        UndoTimes { now, revoked_until }: UndoTimes,
        farewell: Farewell<'_>,
    ) -> Result<EmailUndone, Fault> {
        let id = &undo.account.id;
        let mut transaction = self.0.begin().await?;
        // Updates the account first, as every transaction on both tables does, to avoid
        // deadlocks.
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
        let event = Event::new(EventKind::EmailChangeUndone).of(id);
        record(&mut transaction, event).await?;
        pending_changes::end_of_account(&mut transaction, id).await?;
        passkeys::end_of_account(&mut transaction, id).await?;
        authenticator_apps::end_of_account(&mut transaction, id).await?;
        sessions::end_of_account(&mut transaction, id, (None, "all"), farewell).await?;
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
