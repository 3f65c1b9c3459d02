//! 退会: closes an account. Everything in the account's name ends at once, and the withdrawal
//! of every consent in force is recorded; its owner may come back until `erase_at`. Then the
//! personal data is erased. The account's row stays, without data, because the consent
//! records that the law requires refer to it; its address and number are free for a new
//! account.

use super::{AccountCredentials, Accounts, account_columns, account_credentials};
use crate::accounts::consent::Consent;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};
use crate::store::columns::Columns as _;
use crate::store::grants::revocation;
use crate::store::outbox::{self, NewMessage};
use crate::store::security_events::record;
use crate::store::session_clients::Farewell;
use crate::store::{
    authenticator_apps, consents, passkeys, pending_changes, service_use, sessions, storable,
};

/// An account to close, and what ends with it.
#[derive(Clone, Copy, Debug)]
pub struct Closing<'a> {
    /// The account.
    pub account_id: &'a str,
    /// Number of its dealer links.
    pub dealer_links: u64,
    /// Number of clients that the user granted scopes.
    pub scope_grants: u64,
    /// The withdrawals of the consents behind these links and grants.
    pub withdrawals: &'a [Consent],
    /// Until when access tokens issued before are refused.
    pub revoked_until: Timestamp,
    /// When the account is erased.
    pub erase_at: Timestamp,
    /// Messages to the clients of the sessions that end.
    pub farewell: Farewell<'a>,
}

// A number that logs in is one account's alone, and another account may take it over.
const CLOSE: &str = "UPDATE accounts
    SET status = 'closed', erase_at = $2, login_phone = NULL, updated_at = $3, version = version + 1
    WHERE id = $1 AND status = 'active'";

const REOPEN: &str = "UPDATE accounts
    SET status = 'active', erase_at = NULL, updated_at = $2, version = version + 1
    WHERE id = $1 AND status = 'closed' AND erase_at > $2";

const DUE: &str = "SELECT id, erase_at FROM accounts
    WHERE erase_at <= $1 AND (erase_at > $2 OR (erase_at = $2 AND id > $3))
    ORDER BY erase_at, id LIMIT 64";

const ERASE: &str = "UPDATE accounts
    SET email = '', email_key = $2, email_verified = FALSE, mobile_phone = NULL,
        mobile_phone_verified = FALSE, profile = '{}', password_hash = NULL, erase_at = NULL,
        password_changed_at = $3, updated_at = $3, version = version + 1
    WHERE id = $1 AND status = 'closed' AND erase_at <= $3";

const ERASE_AT: &str =
    "SELECT erase_at FROM accounts WHERE id = $1 AND status = 'closed' AND erase_at > $2";

const BY_EMAIL_KEY: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", a.password_hash FROM accounts a
    WHERE a.email_key = $1 AND (a.status = 'active' OR a.erase_at > $2)"
);

const END_LINKS: &str = "DELETE FROM dealer_links WHERE account_id = $1";

const END_SCOPE_GRANTS: &str = "DELETE FROM scope_grants WHERE account_id = $1";

const END_UNDOS: &str = "DELETE FROM email_undos WHERE account_id = $1";

impl Accounts<'_> {
    /// Closes an account in one transaction. Returns `false` and does nothing if the
    /// account is closed already, if its numbers of links and grants differ from those in
    /// `closing`, or if the change that waited waits no more.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn close(
        &self,
        closing: &Closing<'_>,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let id = closing.account_id;
        let mut transaction = self.0.begin().await?;
        let (closed, links, grants) = on!(&mut transaction, db => {
            let closed = sqlx::query(CLOSE)
                .bind(id)
                .bind(closing.erase_at.0)
                .bind(now.0)
                .execute(&mut **db)
                .await?
                .rows_affected();
            let links = sqlx::query(END_LINKS).bind(id).execute(&mut **db).await?.rows_affected();
            let grants =
                sqlx::query(END_SCOPE_GRANTS).bind(id).execute(&mut **db).await?.rows_affected();
            (closed, links, grants)
        });
        // Something was linked or granted in another tab meanwhile: its withdrawal would be
        // missing.
        if (closed, links, grants) != (1, closing.dealer_links, closing.scope_grants) {
            return Ok(false);
        }
        if !pending_changes::take(&mut transaction, self.1).await? {
            return Ok(false);
        }
        pending_changes::end_of_account(&mut transaction, id).await?;
        service_use::end_without_link(&mut transaction, id).await?;
        on!(&mut transaction, db => {
            sqlx::query(END_UNDOS).bind(id).execute(&mut **db).await?;
        });
        record(
            &mut transaction,
            Event::new(EventKind::AccountClosed).of(id),
        )
        .await?;
        sessions::end_of_account(&mut transaction, id, (None, "all"), closing.farewell).await?;
        revocation::end_of_account(&mut transaction, id, closing.revoked_until, now).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        consents::insert_all(self.0, &mut transaction, closing.withdrawals).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Returns the account with that e-mail address (in ASCII lower case), active or closed,
    /// if its owner may still come back. One query, so that its work tells nobody which.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn by_email_key_or_closed(
        &self,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<AccountCredentials>, Fault> {
        if !storable(key) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(BY_EMAIL_KEY)
            .bind(key)
            .bind(now.0)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(account_credentials)
            .transpose())
    }

    /// Returns when a closed account is erased; `None` if it is not closed, or erased.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn erased_at(&self, id: &str, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(ERASE_AT)
            .bind(id)
            .bind(now.0)
            .fetch_optional(&mut **db)
            .await?
            .map(|row| row.time("erase_at"))
            .transpose())
    }

    /// Opens a closed account again, with the mails that notify its owner. Returns `false`
    /// and does nothing if it is not closed, or if its time is over.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn reopen(
        &self,
        id: &str,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let reopened = on!(&mut transaction, db => sqlx::query(REOPEN)
            .bind(id)
            .bind(now.0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if reopened == 0 {
            return Ok(false);
        }
        record(
            &mut transaction,
            Event::new(EventKind::AccountReopened).of(id),
        )
        .await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Erases the personal data of closed accounts whose time is over; returns how many there
    /// were. One that cannot be erased is logged, stays, and keeps no other.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn erase_due(&self, now: Timestamp) -> Result<usize, Fault> {
        let (mut erased, mut after) = (0, (Timestamp(i64::MIN), String::new()));
        loop {
            let due = self.due(now, &after).await?;
            let Some((last, at)) = due.last() else {
                return Ok(erased);
            };
            after = (*at, last.clone());
            for (id, _) in &due {
                match self.erase(id, now).await {
                    Ok(done) => erased += usize::from(done),
                    Err(fault) => tracing::warn!(
                        account.id = id,
                        fault = &fault as &dyn std::error::Error,
                        "a closed account could not be erased"
                    ),
                }
            }
        }
    }

    async fn due(
        &self,
        now: Timestamp,
        (erase_at, id): &(Timestamp, String),
    ) -> Result<Vec<(String, Timestamp)>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(DUE)
            .bind(now.0)
            .bind(erase_at.0)
            .bind(id)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(|row| Ok((row.text("id")?, row.time("erase_at")?)))
            .collect())
    }

    /// Erases one account; returns whether it did. Another node may have erased it, or its
    /// owner opened it again.
    async fn erase(&self, id: &str, now: Timestamp) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let erased = on!(&mut transaction, db => sqlx::query(ERASE)
            .bind(id)
            .bind(format!("closed:{id}"))
            .bind(now.0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if erased == 0 {
            return Ok(false);
        }
        passkeys::end_of_account(&mut transaction, id).await?;
        authenticator_apps::end_of_account(&mut transaction, id).await?;
        let event = Event::new(EventKind::AccountErased).of(id);
        record(&mut transaction, event).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
