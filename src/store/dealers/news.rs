//! Links that moved to a successor and that both dealers' systems have not been notified of
//! yet. The notifications are queued in the transaction that deletes the news, so that none
//! is lost or sent twice, whichever node does it.

use super::Dealers;
use crate::accounts::dealer::DealerLink;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::columns::Columns;
use crate::store::dealer_links::dealer_link;
use crate::store::outbox::{self, NewMessage};

/// A link that moved to a successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuccessionNews {
    name: String,
    /// The linked account.
    pub account_id: String,
    /// Code of the dealer that was succeeded.
    pub predecessor: String,
    /// Code of the dealer that has the link now.
    pub successor: String,
    /// Whether the account was linked with the successor before.
    pub was_linked: bool,
    /// When the link moved.
    pub happened_at: Timestamp,
    /// The link as it is now, if it still exists.
    pub link: Option<DealerLink>,
}

const NEWS: &str =
    "SELECT n.name, n.account_id AS owner, n.predecessor, n.successor, n.was_linked, n.happened_at,
        l.dealer_code, l.linked_at, l.consent_to_toyota, l.consent_to_dealer, l.client_id,
        l.notice_version, l.made_with, l.taken_over, l.customer_number, l.numbered_by
    FROM succession_news n
    LEFT JOIN dealer_links l ON l.account_id = n.account_id AND l.dealer_code = n.successor
    ORDER BY n.name LIMIT $1";

impl Dealers<'_> {
    /// Returns up to `limit` moved links for which no notification was queued yet.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn news(&self, limit: u32) -> Result<Vec<SuccessionNews>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(NEWS)
            .bind(i64::from(limit))
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(news)
            .collect())
    }

    /// Queues the notifications of `news`. Returns `false` and queues nothing if another
    /// node queued some of them meanwhile.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn told(
        &self,
        news: &[SuccessionNews],
        messages: &[NewMessage],
    ) -> Result<bool, Fault> {
        if news.is_empty() {
            return Ok(false);
        }
        let mut transaction = self.0.begin().await?;
        let ended = on!(&mut transaction, db => {
            let mut query = sqlx::QueryBuilder::new("DELETE FROM succession_news WHERE name IN (");
            let mut names = query.separated(", ");
            for one in news {
                names.push_bind(&one.name);
            }
            query.push(")");
            query.build().execute(&mut **db).await?.rows_affected()
        });
        if ended != news.len() as u64 {
            return Ok(false);
        }
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

fn news(row: &impl Columns) -> Result<SuccessionNews, Fault> {
    Ok(SuccessionNews {
        name: row.text("name")?,
        account_id: row.text("owner")?,
        predecessor: row.text("predecessor")?,
        successor: row.text("successor")?,
        was_linked: row.flag("was_linked")?,
        happened_at: row.time("happened_at")?,
        link: match row.maybe_text("dealer_code")? {
            Some(_) => Some(dealer_link(row)?),
            None => None,
        },
    })
}
