//! Which services people with a dealer link use, a row for each and at most one
//! write a day. It goes with the last link.

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

// The last link may end between the look and the write.
const RECORD: &str = "INSERT INTO service_use (account_id, client_id, first_used_on, last_used_on)
    SELECT $1, $2, $3, $3 WHERE EXISTS (SELECT 1 FROM dealer_links WHERE account_id = $1)
    ON CONFLICT (account_id, client_id) DO UPDATE SET last_used_on = excluded.last_used_on
    WHERE service_use.last_used_on < excluded.last_used_on";

impl ServiceUses<'_> {
    /// A person used a service. Writes nothing for who has no dealer link, nor
    /// twice for one day.
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

/// Forgets what a person uses once no dealer may know, within the event that
/// ended a link.
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
