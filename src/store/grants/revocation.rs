//! Ends a grant before it expires. Its row is deleted at once; its id, or that of a single
//! access token, is refused for as long as such a token could be valid.

use super::Grants;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::ClientId;
use crate::security_events::Event;
use crate::store::columns::Columns as _;
use crate::store::expiry::{Taking, taking};
use crate::store::security_events::record;
use crate::store::{Store, Transaction};

// A revocation is kept beyond its expiry while a grant of that id exists: a grant that
// begins at the very moment of its revocation must not become valid later.
const SWEEP: Taking = taking!(
    "SELECT id FROM revocations r WHERE expires_at <= $1
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.id = r.id)
    ORDER BY expires_at LIMIT 64",
    "DELETE FROM revocations WHERE id IN (SELECT id FROM taken)"
);

const INSERT: &str = "INSERT INTO revocations (id, expires_at) ";

const LATER_END_COUNTS: &str = " ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at
    WHERE revocations.expires_at < excluded.expires_at";

const IS_REVOKED: &str =
    "SELECT EXISTS (SELECT 1 FROM revocations WHERE id IN ($1, $2)) AS revoked";

/// Deletes revocations that no valid token can need any more, if it is their turn.
pub(super) async fn sweep(store: &Store, now: Timestamp) -> Result<(), Fault> {
    store.sweep(&store.turns.revocations, &SWEEP, now).await
}

impl Grants<'_> {
    /// Ends grants, and refuses these ids, of grants or of single access tokens, until
    /// `expires_at`; `event` tells why.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn revoke(
        &self,
        ids: &[&str],
        expires_at: Timestamp,
        (now, event): (Timestamp, Event),
    ) -> Result<(), Fault> {
        if ids.is_empty() {
            return Ok(());
        }
        sweep(self.0, now).await?;
        let mut transaction = self.0.begin().await?;
        record(&mut transaction, event).await?;
        insert(&mut transaction, ids, expires_at).await?;
        on!(&mut transaction, db => {
            let mut query = sqlx::QueryBuilder::new("DELETE FROM grants WHERE id IN (");
            let mut names = query.separated(", ");
            for id in ids {
                names.push_bind(*id);
            }
            query.push(")");
            query.build().execute(&mut **db).await?;
        });
        transaction.commit().await
    }

    /// Returns whether either id, the grant's or the token's own, is revoked.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn is_revoked(&self, ids: [&str; 2]) -> Result<bool, Fault> {
        let [grant, token] = ids;
        on!(&mut self.0.reader().await?, db => sqlx::query(IS_REVOKED)
            .bind(grant)
            .bind(token)
            .fetch_one(&mut **db)
            .await?
            .flag("revoked"))
    }

    /// Ends the grants of an account to a client; their access tokens are refused until
    /// `revoked_until`.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn end_all_between(
        &self,
        between: (&str, &ClientId),
        revoked_until: Timestamp,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        end_between(&mut transaction, between, revoked_until, now).await?;
        transaction.commit().await
    }
}

async fn insert(
    transaction: &mut Transaction,
    ids: &[&str],
    expires_at: Timestamp,
) -> Result<(), Fault> {
    // Sorted and without duplicates: a statement must not change a row twice.
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    on!(transaction, db => {
        let mut query = sqlx::QueryBuilder::new(INSERT);
        query.push_values(&ids, |mut row, id| {
            row.push_bind(*id).push_bind(expires_at.0);
        });
        query.push(LATER_END_COUNTS);
        query.build().execute(&mut **db).await?;
    });
    Ok(())
}

const REVOKE_OF_ACCOUNT: &str = "INSERT INTO revocations (id, expires_at)
    SELECT id, $2 FROM grants WHERE account_id = $1 ON CONFLICT (id) DO NOTHING";

const END_OF_ACCOUNT: &str = "DELETE FROM grants WHERE account_id = $1";

// Not every code and token has a row in the tables above, so all issued before this are
// refused.
const REFUSE_BEFORE: &str = "UPDATE accounts SET tokens_not_before = $2 WHERE id = $1";

/// Ends every grant of an account, in the caller's transaction, including authorization
/// codes not redeemed yet and every access token issued before `now`.
pub(in crate::store) async fn end_of_account(
    transaction: &mut Transaction,
    account_id: &str,
    revoked_until: Timestamp,
    now: Timestamp,
) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(REFUSE_BEFORE).bind(account_id).bind(now.0).execute(&mut **db).await?;
        sqlx::query(REVOKE_OF_ACCOUNT)
            .bind(account_id)
            .bind(revoked_until.0)
            .execute(&mut **db)
            .await?;
        sqlx::query(END_OF_ACCOUNT).bind(account_id).execute(&mut **db).await?;
    });
    Ok(())
}

const REVOKE_BETWEEN: &str = "INSERT INTO revocations (id, expires_at)
    SELECT id, $3 FROM grants WHERE client_id = $1 AND account_id = $2 ON CONFLICT (id) DO NOTHING";

const END_BETWEEN: &str = "DELETE FROM grants WHERE client_id = $1 AND account_id = $2";

// Not every code and token has a row in `grants`, so all issued before are refused.
const REFUSE_BETWEEN: &str = "INSERT INTO revocations (id, expires_at, issued_before) VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, issued_before = excluded.issued_before";

/// The id under which the tokens of an account and a client are refused together. No id of a
/// grant or token contains a line break.
pub(in crate::store) fn between(account_id: &str, client_id: &ClientId) -> String {
    format!("{account_id}\n{}", client_id.0)
}

/// Ends the grants of an account to a client, in the caller's transaction, including
/// authorization codes not redeemed yet and every access token issued before `now`.
pub(in crate::store) async fn end_between(
    transaction: &mut Transaction,
    (account_id, client_id): (&str, &ClientId),
    revoked_until: Timestamp,
    now: Timestamp,
) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(REVOKE_BETWEEN)
            .bind(&client_id.0)
            .bind(account_id)
            .bind(revoked_until.0)
            .execute(&mut **db)
            .await?;
        sqlx::query(END_BETWEEN)
            .bind(&client_id.0)
            .bind(account_id)
            .execute(&mut **db)
            .await?;
        sqlx::query(REFUSE_BETWEEN)
            .bind(between(account_id, client_id))
            .bind(revoked_until.0)
            .bind(now.0)
            .execute(&mut **db)
            .await?;
    });
    Ok(())
}
