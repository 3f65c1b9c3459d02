//! Changes of a birthdate that was entered wrongly: rarely allowed, and never over a change
//! that another tab or device made meanwhile.

use std::time::Duration;

use super::Accounts;
use super::profile::{Updated, commit_if_saved, rewritten};
use crate::accounts::account::Account;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};
use crate::store::columns::Columns as _;
use crate::store::outbox::NewMessage;
use crate::store::security_events::record;

const CHANGED_AT: &str = "SELECT birthdate_changed_at FROM accounts WHERE id = $1";

const CHANGE: &str = "UPDATE accounts
    SET profile = $3, birthdate_changed_at = $4, profile_changed_at = $4, updated_at = $4, version = version + 1
    WHERE id = $1 AND version = $2 AND status = 'active' AND COALESCE(birthdate_changed_at, $5) <= $5";

impl Accounts<'_> {
    /// Returns when the birthdate of an account was last changed. Entering it for the first
    /// time is not a change.
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

    /// Saves the profile of `changed`, with its new birthdate, and the mails that report
    /// the change. Saves only if the stored account still has the version of `changed` and
    /// its birthdate was not changed within `wait`.
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
        if saved > 0 {
            let event = Event::new(EventKind::BirthdateChanged).of(&changed.id);
            record(&mut transaction, event).await?;
        }
        commit_if_saved(transaction, saved, messages).await
    }
}
