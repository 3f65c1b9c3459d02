//! The append-only ledger of consents, and the scope consents in force: the scopes that
//! each user granted each client. A grant and its record are written in one transaction.

use super::columns::Columns;
use super::grants::revocation;
use super::security_events::record_all;
use super::{Store, Transaction, accounts, ledger};
use crate::accounts::consent::{Consent, ConsentAction};
use crate::accounts::ledger::RawRecord;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::ClientId;
use crate::oidc::scope::Scope;
use crate::security_events::{Event, EventKind};

/// The scopes that a user granted a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeGrant {
    /// The client.
    pub client_id: ClientId,
    /// All scopes granted so far.
    pub scope: Scope,
    /// Time of the latest grant.
    pub granted_at: Timestamp,
}

/// The consents.
#[derive(Clone, Copy, Debug)]
pub struct Consents<'s>(&'s Store);

impl Store {
    /// The consents.
    #[must_use]
    pub const fn consents(&self) -> Consents<'_> {
        Consents(self)
    }
}

/// The columns that `consent` reads.
macro_rules! consent_columns {
    () => {
        "id, account_id, kind, action, target, wording_version, wording_hash, locale, brand,
        client_id, recorded_at, record"
    };
}

/// The consents of an account whose kind this version knows. Those of other kinds stay in
/// the ledger, and are exported and verified with it.
macro_rules! of_account {
    () => {
        " FROM consents WHERE account_id = $1
            AND kind IN ('terms', 'dealer_to_toyota', 'toyota_to_dealer', 'scope')
            AND action IN ('given', 'withdrawn')"
    };
}

const OF: &str = concat!(
    "SELECT ",
    consent_columns!(),
    of_account!(),
    " ORDER BY recorded_at, sequence, id"
);

const LATEST_OF: &str = concat!(
    "SELECT ",
    consent_columns!(),
    of_account!(),
    " ORDER BY recorded_at DESC, sequence DESC, id
    LIMIT $2 OFFSET $3"
);

// The update changes nothing, but locks the row and returns the stored scope.
const LOCK_GRANT: &str = "INSERT INTO scope_grants (account_id, client_id, scope, granted_at)
    VALUES ($1, $2, '', $3)
    ON CONFLICT (account_id, client_id) DO UPDATE SET granted_at = excluded.granted_at
    RETURNING scope";

const WIDEN_GRANT: &str =
    "UPDATE scope_grants SET scope = $3 WHERE account_id = $1 AND client_id = $2";

const GRANTED_SCOPE: &str =
    "SELECT scope FROM scope_grants WHERE account_id = $1 AND client_id = $2";

const GRANTS_OF: &str = "SELECT client_id, scope, granted_at FROM scope_grants
    WHERE account_id = $1 ORDER BY client_id";

const REVOKE_GRANT: &str = "DELETE FROM scope_grants WHERE account_id = $1 AND client_id = $2";

impl Consents<'_> {
    /// Adds a record to the ledger.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn record(&self, consent: &Consent) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        insert_all(self.0, &mut transaction, std::slice::from_ref(consent)).await?;
        transaction.commit().await
    }

    /// Returns an account's records of the kinds that this version knows, oldest first.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of(&self, account_id: &str) -> Result<Vec<Consent>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF)
            .bind(account_id)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(consent)
            .collect())
    }

    /// Returns the same records, newest first, one page of them.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn latest_of(
        &self,
        account_id: &str,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<Consent>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(LATEST_OF)
            .bind(account_id)
            .bind(limit)
            .bind(offset)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(consent)
            .collect())
    }

    /// Adds the scopes that a user grants a client to those granted before. Returns `false`
    /// and writes nothing if the account is closed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn grant_scope(
        &self,
        account_id: &str,
        client_id: &ClientId,
        scope: &Scope,
        given: &Consent,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        if !accounts::hold(&mut transaction, account_id).await? {
            return Ok(false);
        }
        let granted: Scope = on!(&mut transaction, db => sqlx::query(LOCK_GRANT)
            .bind(account_id)
            .bind(&client_id.0)
            .bind(given.at.0)
            .fetch_one(&mut **db)
            .await?
            .word("scope")?);
        on!(&mut transaction, db => {
            sqlx::query(WIDEN_GRANT)
                .bind(account_id)
                .bind(&client_id.0)
                .bind(granted.union(scope).to_string())
                .execute(&mut **db)
                .await?;
        });
        insert_all(self.0, &mut transaction, std::slice::from_ref(given)).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Returns the scopes in force that a user granted a client, if any.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn granted_scope(
        &self,
        account_id: &str,
        client_id: &ClientId,
    ) -> Result<Option<Scope>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(GRANTED_SCOPE)
            .bind(account_id)
            .bind(&client_id.0)
            .fetch_optional(&mut **db)
            .await?
            .map(|row| row.word("scope"))
            .transpose())
    }

    /// Returns the grants of an account, by client.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn grants_of(&self, account_id: &str) -> Result<Vec<ScopeGrant>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(GRANTS_OF)
            .bind(account_id)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(scope_grant)
            .collect())
    }

    /// Withdraws a user's grant to a client: deletes the grant and its refresh tokens; its
    /// access tokens are refused until `revoked_until`, when the last of them has expired.
    /// Returns `false` and records nothing if nothing was granted.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn revoke_scope(
        &self,
        account_id: &str,
        client_id: &ClientId,
        withdrawn: &Consent,
        revoked_until: Timestamp,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        if !accounts::hold(&mut transaction, account_id).await? {
            return Ok(false);
        }
        let revoked = on!(&mut transaction, db => sqlx::query(REVOKE_GRANT)
            .bind(account_id)
            .bind(&client_id.0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if revoked == 0 {
            return Ok(false);
        }
        let (between, now) = ((account_id, client_id), withdrawn.at);
        revocation::end_between(&mut transaction, between, revoked_until, now).await?;
        insert_all(self.0, &mut transaction, std::slice::from_ref(withdrawn)).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

const INSERT: &str = "INSERT INTO consents
    (id, account_id, kind, action, target, wording_version, wording_hash, locale, brand, client_id, recorded_at, record,
     sequence, previous, hash, origin) ";

/// Appends records to the ledger in the caller's transaction, as its last step: no other
/// transaction can append until this one ends.
pub(super) async fn insert_all(
    store: &Store,
    transaction: &mut Transaction,
    consents: &[Consent],
) -> Result<(), Fault> {
    if consents.is_empty() {
        return Ok(());
    }
    let records = consents.iter().map(RawRecord::of);
    let records = records.collect::<Result<Vec<_>, _>>()?;
    record_all(transaction, consents.iter().map(told).collect()).await?;
    let places = ledger::append(store, transaction, &records).await?;
    on!(transaction, db => {
        let mut query = sqlx::QueryBuilder::new(INSERT);
        query.push_values(records.iter().zip(&places), |mut row, (record, place)| {
            row.push_bind(&record.id)
                .push_bind(&record.account_id)
                .push_bind(&record.kind)
                .push_bind(&record.action)
                .push_bind(&record.target)
                .push_bind(&record.wording_version)
                .push_bind(&record.wording_hash)
                .push_bind(&record.locale)
                .push_bind(&record.brand)
                .push_bind(&record.client_id)
                .push_bind(record.recorded_at)
                .push_bind(&record.record)
                .push_bind(place.sequence)
                .push_bind(&place.previous)
                .push_bind(&place.hash)
                .push_bind(&place.origin);
        });
        query.build().execute(&mut **db).await?;
    });
    Ok(())
}

/// The security event of a consent.
fn told(consent: &Consent) -> Event {
    let event = Event::new(match consent.action {
        ConsentAction::Given => EventKind::ConsentGiven,
        ConsentAction::Withdrawn => EventKind::ConsentWithdrawn,
    });
    let event = event.of(&consent.account_id).with("consent", consent.kind);
    event.with("target", &consent.target)
}

fn consent(row: &impl Columns) -> Result<Consent, Fault> {
    Ok(Consent {
        id: row.text("id")?,
        account_id: row.text("account_id")?,
        kind: row.word("kind")?,
        action: row.word("action")?,
        target: row.text("target")?,
        wording_version: row.text("wording_version")?,
        wording_hash: row.text("wording_hash")?,
        locale: row.locale("locale")?,
        brand: row.text("brand")?,
        client_id: row.maybe_text("client_id")?,
        at: row.time("recorded_at")?,
        record: row.json("record")?,
    })
}

fn scope_grant(row: &impl Columns) -> Result<ScopeGrant, Fault> {
    Ok(ScopeGrant {
        client_id: ClientId(row.text("client_id")?),
        scope: row.word("scope")?,
        granted_at: row.time("granted_at")?,
    })
}
