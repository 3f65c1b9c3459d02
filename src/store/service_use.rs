//! The services that users with a dealer link use: one row per account and service, written
//! at most once a day, and deleted with the account's last dealer link.

use super::{Store, Transaction};
use crate::accounts::day::Day;
use crate::fault::Fault;
use crate::oidc::client::ClientId;

/// The records of use.
#[derive(Clone, Copy, Debug)]
pub struct ServiceUses<'s>(&'s Store);

impl Store {
    /// The records of use.
    #[must_use]
    pub const fn service_uses(&self) -> ServiceUses<'_> {
        ServiceUses(self)
    }
}

const IS_NEWS: &str = "SELECT 1 FROM dealer_links WHERE account_id = $1
    AND NOT EXISTS (SELECT 1 FROM service_use
        WHERE account_id = $1 AND client_id = $2 AND last_used_on >= $3) LIMIT 1";

// The last link may be deleted between the check and the write.
const RECORD: &str = "INSERT INTO service_use (account_id, client_id, first_used_on, last_used_on)
    SELECT $1, $2, $3, $3 WHERE EXISTS (SELECT 1 FROM dealer_links WHERE account_id = $1)
    ON CONFLICT (account_id, client_id) DO UPDATE SET last_used_on = excluded.last_used_on
    WHERE service_use.last_used_on < excluded.last_used_on";

impl ServiceUses<'_> {
    /// Records that a user used a service. Writes nothing if the account has no dealer
    /// link, or if this day is recorded already.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn record(
        &self,
        account_id: &str,
        client_id: &ClientId,
        on: Day,
    ) -> Result<(), Fault> {
        let news = on!(&mut self.0.reader().await?, db => sqlx::query(IS_NEWS)
            .bind(account_id)
            .bind(&client_id.0)
            .bind(on.0)
            .fetch_optional(&mut **db)
            .await?
            .is_some());
        if news {
            on!(self.0.writer(), db => {
                sqlx::query(RECORD)
                    .bind(account_id)
                    .bind(&client_id.0)
                    .bind(on.0)
                    .execute(db)
                    .await?;
            });
        }
        Ok(())
    }
}

const END_WITHOUT_LINK: &str = "DELETE FROM service_use WHERE account_id = $1
    AND NOT EXISTS (SELECT 1 FROM dealer_links WHERE account_id = $1)";

/// Deletes the records of an account that has no dealer link left, in the transaction that
/// deleted a link.
pub(super) async fn end_without_link(
    transaction: &mut Transaction,
    account_id: &str,
) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(END_WITHOUT_LINK)
            .bind(account_id)
            .execute(&mut **db)
            .await?;
    });
    Ok(())
}
