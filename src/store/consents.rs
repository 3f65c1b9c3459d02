//! The ledger of consents, which only grows, and what is in force of the scope
//! consents: the scopes each person granted each client. A grant and its record
//! are written together or not at all.

use super::columns::Columns;
use super::grants::revocation;
use super::{Store, Transaction, accounts, ledger};
use crate::accounts::consent::Consent;
use crate::accounts::ledger::RawRecord;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::ClientId;
use crate::oidc::scope::Scope;

/// What a person granted a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeGrant {
    /// To whom.
    pub client_id: ClientId,
    /// Everything granted so far.
    pub scope: Scope,
    /// When, the last time.
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

/// A consent's columns, as `consent` reads them.
macro_rules! consent_columns {
    () => {
        "id, account_id, kind, action, target, wording_version, wording_hash, locale, brand,
        client_id, recorded_at, record"
    };
}

/// The consents of a person that this version knows of. The others stay in the ledger,
/// and are exported and verified with it.
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

// The update changes nothing but locks the row, and answers with the scope there.
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

    /// A person's records of the kinds that this version knows, oldest first.
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

    /// The same, newest first: so many, after so many.
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

    /// A person grants a client scopes, besides those granted before. `false`, and
    /// nothing written, if the account is closed.
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

    /// What a person granted a client, if anything is in force.
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

    /// What a person granted to whom, by client.
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

    /// A person takes back what was granted a client: the grant goes, its refresh
    /// tokens go, and its access tokens are refused until `revoked_until`, when the
    /// last of them has expired. `false`, and no record, if nothing was granted.
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
        revocation::end_between(&mut transaction, account_id, client_id, revoked_until).await?;
        insert_all(self.0, &mut transaction, std::slice::from_ref(withdrawn)).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

const INSERT: &str = "INSERT INTO consents
    (id, account_id, kind, action, target, wording_version, wording_hash, locale, brand, client_id, recorded_at, record,
     sequence, previous, hash, origin) ";

/// Adds records at the end of the ledger, within the event that makes them, and
/// as the last thing in it: nobody else can add any until it ends.
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
