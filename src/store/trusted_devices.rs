//! Trusted devices, found by account and by the hash of the browser's secret; and whether an
//! account wants two steps at every login, without which no device is trusted.

use super::columns::Columns;
use super::expiry::{Taking, taking};
use super::outbox::{self, NewMessage};
use super::security_events::record;
use super::{Store, Transaction, storable};
use crate::accounts::trusted_device::TrustedDevice;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};

/// The trusted devices.
#[derive(Clone, Copy, Debug)]
pub struct TrustedDevices<'s>(&'s Store);

impl Store {
    /// The trusted devices.
    #[must_use]
    pub const fn trusted_devices(&self) -> TrustedDevices<'_> {
        TrustedDevices(self)
    }
}

/// How many steps a login takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// The first alone, unless a client wants more.
    One,
    /// Two, at every login.
    Two,
}

const SWEEP: Taking = taking!(
    "SELECT id FROM trusted_devices WHERE expires_at <= $1 ORDER BY expires_at LIMIT 64",
    "DELETE FROM trusted_devices WHERE id IN (SELECT id FROM taken)"
);

const TRUST: &str = "INSERT INTO trusted_devices
    (id, account_id, secret_hash, brand, device, created_at, last_used_at, expires_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8
    WHERE EXISTS (SELECT 1 FROM accounts WHERE id = $2 AND two_steps_at IS NOT NULL AND status = 'active')
    ON CONFLICT (account_id, secret_hash) DO UPDATE
    SET device = excluded.device, last_used_at = excluded.last_used_at, expires_at = excluded.expires_at";

const RECOGNISE: &str = "UPDATE trusted_devices SET last_used_at = $3
    WHERE account_id = $1 AND secret_hash = $2 AND expires_at > $3
    RETURNING id";

const OF: &str =
    "SELECT id, account_id, secret_hash, brand, device, created_at, last_used_at, expires_at
    FROM trusted_devices WHERE account_id = $1 AND expires_at > $2
    ORDER BY last_used_at DESC, id";

const REVOKE: &str = "DELETE FROM trusted_devices WHERE account_id = $1 AND id = $2";

const END_ALL_OF: &str = "DELETE FROM trusted_devices WHERE account_id = $1";

const TWO_STEPS: &str = "UPDATE accounts SET two_steps_at = $2
    WHERE id = $1 AND two_steps_at IS NULL AND status = 'active'";

const ONE_STEP: &str = "UPDATE accounts SET two_steps_at = NULL
    WHERE id = $1 AND two_steps_at IS NOT NULL AND status = 'active'";

impl TrustedDevices<'_> {
    /// Trusts a device, or trusts it for longer. Does nothing if the account does not want
    /// two steps.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn trust(&self, new: &TrustedDevice, now: Timestamp) -> Result<(), Fault> {
        let turns = &self.0.turns.trusted_devices;
        self.0.sweep(turns, &SWEEP, now).await?;
        let mut transaction = self.0.begin().await?;
        let trusted = on!(&mut transaction, db => sqlx::query(TRUST)
            .bind(&new.id)
            .bind(&new.account_id)
            .bind(&new.secret_hash)
            .bind(&new.brand)
            .bind(&new.device)
            .bind(new.created_at.0)
            .bind(new.last_used_at.0)
            .bind(new.expires_at.0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if trusted > 0 {
            let event = Event::new(EventKind::DeviceTrusted).of(&new.account_id);
            record(&mut transaction, event).await?;
        }
        transaction.commit().await
    }

    /// Returns the id of the account's trusted device that has this secret, and notes that
    /// it was used.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn recognise(
        &self,
        account_id: &str,
        secret_hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Fault> {
        on!(self.0.writer(), db => sqlx::query(RECOGNISE)
            .bind(account_id)
            .bind(secret_hash)
            .bind(now.0)
            .fetch_optional(db)
            .await?
            .map(|row| row.text("id"))
            .transpose())
    }

    /// Returns the trusted devices of an account, most recently used first.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of(&self, account_id: &str, now: Timestamp) -> Result<Vec<TrustedDevice>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF)
            .bind(account_id)
            .bind(now.0)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(device)
            .collect())
    }

    /// Ends the trust in one device of an account; returns whether it was trusted.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn revoke(&self, account_id: &str, id: &str) -> Result<bool, Fault> {
        if !storable(id) {
            return Ok(false);
        }
        let mut transaction = self.0.begin().await?;
        let revoked = on!(&mut transaction, db => sqlx::query(REVOKE)
            .bind(account_id)
            .bind(id)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if revoked == 0 {
            return Ok(false);
        }
        let event = Event::new(EventKind::DeviceTrustEnded).of(account_id);
        record(&mut transaction, event).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Sets how many steps every login of an account takes, with the mails that notify its
    /// owner. With one, no device is trusted any more. Returns `false` and does nothing if
    /// that was so before, or if the account is closed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn set_steps(
        &self,
        account_id: &str,
        steps: Steps,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let changed = on!(&mut transaction, db => match steps {
            Steps::Two => sqlx::query(TWO_STEPS).bind(account_id).bind(now.0),
            Steps::One => sqlx::query(ONE_STEP).bind(account_id),
        }
        .execute(&mut **db)
        .await?
        .rows_affected());
        if changed == 0 {
            return Ok(false);
        }
        let kind = match steps {
            Steps::One => EventKind::TwoStepsOff,
            Steps::Two => EventKind::TwoStepsOn,
        };
        if steps == Steps::One {
            end_of_account(&mut transaction, account_id).await?;
        }
        record(&mut transaction, Event::new(kind).of(account_id)).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Ends the trust in every device of an account, in the caller's transaction.
pub(super) async fn end_of_account(
    transaction: &mut Transaction,
    account_id: &str,
) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(END_ALL_OF).bind(account_id).execute(&mut **db).await?;
    });
    Ok(())
}

fn device(row: &impl Columns) -> Result<TrustedDevice, Fault> {
    Ok(TrustedDevice {
        id: row.text("id")?,
        account_id: row.text("account_id")?,
        secret_hash: row.text("secret_hash")?,
        brand: row.text("brand")?,
        device: row.text("device")?,
        created_at: row.time("created_at")?,
        last_used_at: row.time("last_used_at")?,
        expires_at: row.time("expires_at")?,
    })
}
