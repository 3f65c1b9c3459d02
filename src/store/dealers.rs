//! The dealer directory, each dealer as one JSON document.

use super::changes::{self, Topic};
use super::columns::Columns as _;
use super::{Store, storable};
use crate::accounts::dealer::Dealer;
use crate::fault::Fault;

/// The dealer directory. Every change bumps the topic `dealers`.
#[derive(Clone, Copy, Debug)]
pub struct Dealers<'s>(&'s Store);

impl Store {
    /// The dealer directory.
    #[must_use]
    pub const fn dealers(&self) -> Dealers<'_> {
        Dealers(self)
    }
}

// An entry that says nothing new changes nothing, so that a restart does not
// make every node load the directory again.
const PUT: &str = "INSERT INTO dealers (code, document) VALUES ($1, $2)
    ON CONFLICT (code) DO UPDATE SET document = excluded.document
    WHERE dealers.document <> excluded.document";

const GET: &str = "SELECT document FROM dealers WHERE code = $1";

const LIST: &str = "SELECT document FROM dealers ORDER BY code";

impl Dealers<'_> {
    /// Adds a dealer, or changes its entry.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put(&self, dealer: &Dealer) -> Result<(), Fault> {
        let document = serde_json::to_string(dealer)?;
        let mut transaction = self.0.begin().await?;
        let changed = on!(&mut transaction, db => sqlx::query(PUT)
            .bind(&dealer.code)
            .bind(&document)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if changed > 0 {
            changes::bump(&mut transaction, Topic::Dealers).await?;
        }
        transaction.commit().await
    }

    /// The dealer of that code.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn get(&self, code: &str) -> Result<Option<Dealer>, Fault> {
        if !storable(code) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(GET)
            .bind(code)
            .fetch_optional(&mut **db)
            .await?
            .map(|row| row.json("document"))
            .transpose())
    }

    /// Every dealer, by code.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(&self) -> Result<Vec<Dealer>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(LIST).fetch_all(&mut **db).await?
            .iter()
            .map(|row| row.json("document"))
            .collect())
    }
}
