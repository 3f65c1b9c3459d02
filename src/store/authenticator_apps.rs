//! Authenticator apps: at most one of an account, its secret sealed. Of the codes of one
//! time step only one is accepted, on whatever node it arrives.

use super::columns::Columns as _;
use super::outbox::{self, NewMessage};
use super::security_events::record;
use super::{Store, Transaction, recovery_codes};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};

/// The authenticator apps.
#[derive(Clone, Copy, Debug)]
pub struct AuthenticatorApps<'s>(&'s Store);

impl Store {
    /// The authenticator apps.
    #[must_use]
    pub const fn authenticator_apps(&self) -> AuthenticatorApps<'_> {
        AuthenticatorApps(self)
    }
}

/// The app of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApp {
    /// The shared secret, sealed.
    pub sealed: String,
    /// When the app was added.
    pub added_at: Timestamp,
}

/// An app that proved its secret by a code.
#[derive(Clone, Copy, Debug)]
pub struct NewApp<'a> {
    /// The account.
    pub account_id: &'a str,
    /// The shared secret, sealed.
    pub sealed: &'a str,
    /// The time step of the code.
    pub step: i64,
}

const FIND: &str = "SELECT app_sealed, COALESCE(app_added_at, 0) AS app_added_at FROM accounts
    WHERE id = $1 AND app_sealed IS NOT NULL AND (status = 'active' OR erase_at IS NOT NULL)";

const ADD: &str = "UPDATE accounts SET app_sealed = $2, app_step = $3, app_added_at = $4
    WHERE id = $1 AND app_sealed IS NULL AND status = 'active'";

const USE: &str = "UPDATE accounts SET app_step = $3
    WHERE id = $1 AND app_sealed = $2 AND app_step < $3 AND (status = 'active' OR erase_at IS NOT NULL)";

const REMOVE: &str = "UPDATE accounts SET app_sealed = NULL, app_step = NULL, app_added_at = NULL
    WHERE id = $1 AND app_sealed IS NOT NULL AND status = 'active'";

const END: &str = "UPDATE accounts
    SET app_sealed = NULL, app_step = NULL, app_added_at = NULL, two_steps_at = NULL
    WHERE id = $1";

const ALL_SEALED: &str = "SELECT id, app_sealed FROM accounts WHERE app_sealed IS NOT NULL";

const RESEAL: &str = "UPDATE accounts SET app_sealed = $3 WHERE id = $1 AND app_sealed = $2";

impl AuthenticatorApps<'_> {
    /// Returns the app of an account, or of a closed one whose owner may still come back.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of(&self, account_id: &str) -> Result<Option<StoredApp>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(FIND)
            .bind(account_id)
            .fetch_optional(&mut **db)
            .await?
            .map(|row| {
                Ok(StoredApp {
                    sealed: row.text("app_sealed")?,
                    added_at: row.time("app_added_at")?,
                })
            })
            .transpose())
    }

    /// Adds the app of an account, with the mails that notify its owner; the step of its
    /// code is used. Returns `false` and does nothing if the account has an app or is
    /// closed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn add(
        &self,
        new: &NewApp<'_>,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let added = on!(&mut transaction, db => sqlx::query(ADD)
            .bind(new.account_id)
            .bind(new.sealed)
            .bind(new.step)
            .bind(now.0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if added == 0 {
            return Ok(false);
        }
        let event = Event::new(EventKind::AppAdded).of(new.account_id);
        record(&mut transaction, event).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Uses a time step of the app with that sealed secret. Returns `false` if that step or
    /// a later one was used before (RFC 6238 §5.2), or if the app was removed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn use_step(&self, account_id: &str, sealed: &str, step: i64) -> Result<bool, Fault> {
        Ok(on!(self.0.writer(), db => sqlx::query(USE)
            .bind(account_id)
            .bind(sealed)
            .bind(step)
            .execute(db)
            .await?
            .rows_affected())
            > 0)
    }

    /// Removes the app of an account, with the mails that notify its owner. Returns `false`
    /// and does nothing if it has none.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn remove(&self, account_id: &str, messages: &[NewMessage]) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let removed = on!(&mut transaction, db => sqlx::query(REMOVE)
            .bind(account_id)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if removed == 0 {
            return Ok(false);
        }
        let event = Event::new(EventKind::AppRemoved).of(account_id);
        record(&mut transaction, event).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Returns every account that has an app, with the sealed secret.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn sealed_secrets(&self) -> Result<Vec<(String, String)>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(ALL_SEALED)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(|row| Ok((row.text("id")?, row.text("app_sealed")?)))
            .collect())
    }

    /// Replaces the sealed form of a secret, unless another node has already done so.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn reseal(&self, account_id: &str, old: &str, new: &str) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(RESEAL).bind(account_id).bind(old).bind(new).execute(db).await?;
        });
        Ok(())
    }
}

/// Removes the authenticator app and the recovery codes of an account, and its wish for two
/// steps, in the caller's transaction.
pub(super) async fn end_of_account(
    transaction: &mut Transaction,
    account_id: &str,
) -> Result<(), Fault> {
    on!(&mut *transaction, db => {
        sqlx::query(END).bind(account_id).execute(&mut **db).await?;
    });
    recovery_codes::end_of_account(transaction, account_id).await
}
