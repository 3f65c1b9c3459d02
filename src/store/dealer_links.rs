//! Which dealers a person is linked with. A link and the two consents that make
//! it are written together or not at all, and only once.

use super::columns::Columns;
use super::{Store, Transaction, consents};
use crate::accounts::consent::Consent;
use crate::accounts::dealer::DealerLink;
use crate::fault::Fault;

/// What came of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// It is in force now.
    New,
    /// It was in force already: that link. No consent was recorded.
    Already(DealerLink),
}

/// The dealer links.
#[derive(Clone, Copy, Debug)]
pub struct DealerLinks<'s>(&'s Store);

impl Store {
    /// The dealer links.
    #[must_use]
    pub const fn dealer_links(&self) -> DealerLinks<'_> {
        DealerLinks(self)
    }
}

const LINK: &str = "INSERT INTO dealer_links
    (account_id, dealer_code, linked_at, consent_to_toyota, consent_to_dealer, client_id)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, dealer_code) DO NOTHING";

const LINK_WITH: &str =
    "SELECT dealer_code, linked_at, consent_to_toyota, consent_to_dealer, client_id
    FROM dealer_links WHERE account_id = $1 AND dealer_code = $2";

const OF: &str = "SELECT dealer_code, linked_at, consent_to_toyota, consent_to_dealer, client_id
    FROM dealer_links WHERE account_id = $1 ORDER BY dealer_code";

const UNLINK: &str = "DELETE FROM dealer_links WHERE account_id = $1 AND dealer_code = $2";

impl DealerLinks<'_> {
    /// Links a dealer of the directory; `consents` are the two that the link names.
    ///
    /// # Errors
    /// If the directory has no such dealer, or the database fails.
    pub async fn link(
        &self,
        account_id: &str,
        link: &DealerLink,
        consents: &[Consent; 2],
    ) -> Result<Linked, Fault> {
        let mut transaction = self.0.begin().await?;
        if let Some(link) = insert_or_find(&mut transaction, account_id, link).await? {
            return Ok(Linked::Already(link));
        }
        consents::insert_all(&mut transaction, consents).await?;
        transaction.commit().await?;
        Ok(Linked::New)
    }

    /// The links of an account, by dealer code.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn of(&self, account_id: &str) -> Result<Vec<DealerLink>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF)
            .bind(account_id)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(dealer_link)
            .collect())
    }

    /// Ends a link and records that both consents are withdrawn; `false`, and no
    /// record, if there is none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unlink(
        &self,
        account_id: &str,
        dealer_code: &str,
        withdrawn: &[Consent; 2],
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let ended = on!(&mut transaction, db => sqlx::query(UNLINK)
            .bind(account_id)
            .bind(dealer_code)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if ended == 0 {
            return Ok(false);
        }
        consents::insert_all(&mut transaction, withdrawn).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Inserts the link, or answers with the one that is there.
async fn insert_or_find(
    transaction: &mut Transaction,
    account_id: &str,
    link: &DealerLink,
) -> Result<Option<DealerLink>, Fault> {
    let [to_toyota, to_dealer] = &link.consent_ids;
    on!(transaction, db => {
        let inserted = sqlx::query(LINK)
            .bind(account_id)
            .bind(&link.dealer_code)
            .bind(link.linked_at.0)
            .bind(to_toyota)
            .bind(to_dealer)
            .bind(&link.client_id)
            .execute(&mut **db)
            .await?
            .rows_affected();
        if inserted > 0 {
            return Ok(None);
        }
        let row = sqlx::query(LINK_WITH)
            .bind(account_id)
            .bind(&link.dealer_code)
            .fetch_one(&mut **db)
            .await?;
        dealer_link(&row).map(Some)
    })
}

fn dealer_link(row: &impl Columns) -> Result<DealerLink, Fault> {
    Ok(DealerLink {
        dealer_code: row.text("dealer_code")?,
        linked_at: row.time("linked_at")?,
        consent_ids: [
            row.text("consent_to_toyota")?,
            row.text("consent_to_dealer")?,
        ],
        client_id: row.maybe_text("client_id")?,
    })
}
