//! Changes of what protects an account that wait until they are due. Whatever carries one
//! out takes it off the list in the same transaction, so that it takes effect once, on
//! whichever node, and never after it was cancelled or ended by a recovery.

use super::accounts::hold;
use super::columns::Columns;
use super::outbox::{self, NewMessage};
use super::security_events::record;
use super::{Store, Transaction, storable};
use crate::accounts::pending_change::{Change, ChangeKind, PendingChange};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};

/// The changes that wait.
#[derive(Clone, Copy, Debug)]
pub struct PendingChanges<'s>(&'s Store);

impl Store {
    /// The changes that wait.
    #[must_use]
    pub const fn pending_changes(&self) -> PendingChanges<'_> {
        PendingChanges(self)
    }
}

/// The place of a change among those that are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    due_at: Timestamp,
    id: String,
}

impl Place {
    /// The place before all changes.
    #[must_use]
    pub const fn first() -> Self {
        Self {
            due_at: Timestamp(i64::MIN),
            id: String::new(),
        }
    }

    /// The place of a change.
    #[must_use]
    pub fn of(change: &PendingChange) -> Self {
        Self {
            due_at: change.due_at,
            id: change.id.clone(),
        }
    }
}

const REPLACED: &str = "DELETE FROM pending_changes WHERE account_id = $1 AND kind = $2";

const INSERT: &str = "INSERT INTO pending_changes
    (id, account_id, kind, brand, document, cancel_hash, requested_at, due_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const OF: &str = "SELECT id, account_id, brand, document, requested_at, due_at FROM pending_changes
    WHERE account_id = $1 ORDER BY due_at, id";

const DUE: &str =
    "SELECT id, account_id, brand, document, requested_at, due_at FROM pending_changes
    WHERE due_at <= $1 AND (due_at > $2 OR (due_at = $2 AND id > $3))
    ORDER BY due_at, id LIMIT $4";

const CANCEL: &str =
    "DELETE FROM pending_changes WHERE account_id = $1 AND id = $2 RETURNING account_id, kind";

const CANCEL_BY_CODE: &str =
    "DELETE FROM pending_changes WHERE cancel_hash = $1 RETURNING account_id, kind";

const TAKE: &str = "DELETE FROM pending_changes WHERE id = $1";

const END_ALL_OF: &str = "DELETE FROM pending_changes WHERE account_id = $1";

impl PendingChanges<'_> {
    /// Lets a change wait, in place of an earlier one of its kind, with the messages that
    /// tell its owner how to cancel it. Returns `false` and stores nothing if the account
    /// is closed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn put(
        &self,
        (pending, kind): (&PendingChange, ChangeKind),
        cancel_hash: &str,
        messages: &[NewMessage],
    ) -> Result<bool, Fault> {
        let document = serde_json::to_string(&pending.change)?;
        let mut transaction = self.0.begin().await?;
        if !hold(&mut transaction, &pending.account_id).await? {
            return Ok(false);
        }
        on!(&mut transaction, db => {
            sqlx::query(REPLACED)
                .bind(&pending.account_id)
                .bind(kind.as_str())
                .execute(&mut **db)
                .await?;
            sqlx::query(INSERT)
                .bind(&pending.id)
                .bind(&pending.account_id)
                .bind(kind.as_str())
                .bind(&pending.brand)
                .bind(&document)
                .bind(cancel_hash)
                .bind(pending.requested_at.0)
                .bind(pending.due_at.0)
                .execute(&mut **db)
                .await?;
        });
        let event = Event::new(EventKind::ChangeWaits).of(&pending.account_id);
        record(&mut transaction, event.with("change", kind)).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Returns the changes of an account that wait, the next first.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of(&self, account_id: &str) -> Result<Vec<PendingChange>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF)
            .bind(account_id)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(pending_change)
            .collect())
    }

    /// Returns the changes that are due, the oldest first, from behind the one that `after`
    /// names. One that cannot be read is `Change::Unknown`.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn due(
        &self,
        now: Timestamp,
        after: &Place,
        most: u32,
    ) -> Result<Vec<PendingChange>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(DUE)
            .bind(now.0)
            .bind(after.due_at.0)
            .bind(&after.id)
            .bind(i64::from(most))
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(pending_change)
            .collect())
    }

    /// Cancels a change of an account; returns whether it still waited.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn cancel(&self, account_id: &str, id: &str) -> Result<bool, Fault> {
        if !storable(id) {
            return Ok(false);
        }
        let mut transaction = self.0.begin().await?;
        let cancelled = on!(&mut transaction, db => sqlx::query(CANCEL)
            .bind(account_id)
            .bind(id)
            .fetch_all(&mut **db)
            .await?
            .first()
            .map(|row| cancelled(row, "owner"))
            .transpose()?);
        record_cancelled(transaction, cancelled).await
    }

    /// Cancels the change whose messages contain the code with that hash; returns whether
    /// it still waited.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn cancel_by_code(&self, cancel_hash: &str) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let cancelled = on!(&mut transaction, db => sqlx::query(CANCEL_BY_CODE)
            .bind(cancel_hash)
            .fetch_all(&mut **db)
            .await?
            .first()
            .map(|row| cancelled(row, "code"))
            .transpose()?);
        record_cancelled(transaction, cancelled).await
    }

    /// Gives up a change that is due and cannot be carried out any more.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn give_up(&self, id: &str) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(TAKE).bind(id).execute(db).await?;
        });
        Ok(())
    }
}

/// The event of a change that was cancelled.
fn cancelled(row: &impl Columns, how: &'static str) -> Result<Event, Fault> {
    let event = Event::new(EventKind::ChangeCancelled).of(&row.text("account_id")?);
    Ok(event.with("change", row.text("kind")?).with("how", how))
}

/// Records the cancellation, if there was one, and commits; returns whether there was.
async fn record_cancelled(
    mut transaction: Transaction,
    cancelled: Option<Event>,
) -> Result<bool, Fault> {
    let Some(event) = cancelled else {
        return Ok(false);
    };
    record(&mut transaction, event).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Takes the change that the caller's transaction carries out off the list; `true` if it
/// carries out none. `false` if that change no longer waits: the transaction must not be
/// committed. Called after the account's row was changed, and so locked.
pub(super) async fn take(
    transaction: &mut Transaction,
    waited: Option<&str>,
) -> Result<bool, Fault> {
    let Some(id) = waited else {
        return Ok(true);
    };
    let taken = on!(transaction, db => sqlx::query(TAKE)
        .bind(id)
        .execute(&mut **db)
        .await?
        .rows_affected());
    Ok(taken > 0)
}

/// Ends all changes of an account that wait, in the caller's transaction.
pub(super) async fn end_of_account(
    transaction: &mut Transaction,
    account_id: &str,
) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(END_ALL_OF).bind(account_id).execute(&mut **db).await?;
    });
    Ok(())
}

fn pending_change(row: &impl Columns) -> Result<PendingChange, Fault> {
    let id = row.text("id")?;
    let change = row.json("document").unwrap_or_else(|fault| {
        tracing::warn!(
            pending_change.id = id,
            fault = &fault as &dyn std::error::Error,
            "a change that waits cannot be read"
        );
        Change::Unknown
    });
    Ok(PendingChange {
        id,
        account_id: row.text("account_id")?,
        brand: row.text("brand")?,
        change,
        requested_at: row.time("requested_at")?,
        due_at: row.time("due_at")?,
    })
}
