//! A birthdate that was told wrongly and is changed by its owner: seldom, and over
//! nothing that another tab or device wrote meanwhile.

use std::time::Duration;

use super::Accounts;
use super::profile::{Updated, commit_if_saved, rewritten};
use crate::accounts::account::Account;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::columns::Columns as _;
use crate::store::outbox::NewMessage;

const CHANGED_AT: &str = "SELECT birthdate_changed_at FROM accounts WHERE id = $1";

const CHANGE: &str = "UPDATE accounts
    SET profile = $3, birthdate_changed_at = $4, updated_at = $4, version = version + 1
    WHERE id = $1 AND version = $2 AND status = 'active' AND COALESCE(birthdate_changed_at, $5) <= $5";

impl Accounts<'_> {
    /// When its owner last changed the birthdate of an account; telling it the first
    /// time is no change.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn birthdate_changed_at(&self, account_id: &str) -> Result<Option<Timestamp>, Fault> {
        let row = on!(&mut self.0.reader().await?, db => sqlx::query(CHANGED_AT)
            .bind(account_id)
            .fetch_optional(&mut **db)
            .await?
            .map(|row| row.maybe_time("birthdate_changed_at"))
            .transpose()?);
        Ok(row.flatten())
    }

    /// Saves the profile of `changed`, whose birthdate is another, if the stored account
    /// still has its version and was not changed so within `wait`; with the mails that
    /// tell of it.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn change_birthdate(
        &self,
        changed: &Account,
        messages: &[NewMessage],
        (now, wait): (Timestamp, Duration),
    ) -> Result<Updated, Fault> {
        let mut transaction = self.0.begin().await?;
        let Some(profile) = rewritten(&mut transaction, changed).await? else {
            return Ok(Updated::Conflict);
        };
        let saved = on!(&mut transaction, db => sqlx::query(CHANGE)
            .bind(&changed.id)
            .bind(changed.version)
            .bind(&profile)
            .bind(now.0)
            .bind(now.before(wait).0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        commit_if_saved(transaction, saved, messages).await
    }
}
