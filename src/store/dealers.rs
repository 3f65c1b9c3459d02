//! The dealer directory, each dealer stored as one JSON document. An import is applied as a
//! whole or not at all, together with its effects: notice versions are kept, and links move
//! to successors.

mod news;
pub(super) mod notices;
mod succession;

use std::collections::BTreeMap;

use super::changes::{self, Topic};
use super::columns::Columns as _;
use super::{Store, Transaction, storable};
use crate::accounts::dealer::Dealer;
use crate::accounts::dealer_directory::{self, Refusal, present, unlawful_succession};
use crate::clock::Timestamp;
use crate::fault::Fault;
pub use news::SuccessionNews;
pub use notices::KeptNotice;
pub use succession::Succession;

/// Result of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// The directory is imported, and these links moved to successors.
    Done(Vec<Succession>),
    /// Nothing changed, because these entries were refused.
    Refused(Vec<(String, Refusal)>),
}

/// The dealer directory. Every change increments the counter of the topic `dealers`.
#[derive(Clone, Copy, Debug)]
pub struct Dealers<'s>(&'s Store);

impl Store {
    /// The dealer directory.
    #[must_use]
    pub const fn dealers(&self) -> Dealers<'_> {
        Dealers(self)
    }
}

// Writing an identical entry changes nothing, so that a restart does not make every node
// load the directory again.
const PUT: &str = "INSERT INTO dealers (code, document) VALUES ($1, $2)
    ON CONFLICT (code) DO UPDATE SET document = excluded.document
    WHERE dealers.document <> excluded.document";

const GET: &str = "SELECT document FROM dealers WHERE code = $1";

const LIST: &str = "SELECT document FROM dealers ORDER BY code";

const CARRY_ON: &str = "UPDATE dealer_links SET notice_version = $3
    WHERE dealer_code = $1 AND notice_version = $2";

impl Dealers<'_> {
    /// Adds dealers or changes their entries, and moves the links of those that have a
    /// successor.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn import(&self, told: &[Dealer], now: Timestamp) -> Result<Imported, Fault> {
        let mut transaction = self.0.begin().await?;
        changes::hold(&mut transaction, Topic::Dealers).await?;
        let before = directory(&mut transaction).await?;
        let mut after = before.clone();
        after.extend(
            told.iter()
                .map(|dealer| (dealer.code.clone(), dealer.clone())),
        );
        let mut refused = Vec::new();
        let mut changed = 0;
        for dealer in told {
            let before = before.get(&dealer.code);
            changed += put(&mut transaction, dealer).await?;
            let mut refuse = |refusal| refused.push((dealer.code.clone(), refusal));
            if let Some(refusal) = unlawful_succession(dealer, before, &after) {
                refuse(refusal);
            }
            if !keep_notice(&mut transaction, dealer, before, now).await? {
                refuse(Refusal::NoticeChanged);
            }
        }
        if !refused.is_empty() {
            return Ok(Imported::Refused(refused));
        }
        let successions = succeed_all(&mut transaction, &after, now).await?;
        if changed > 0 {
            changes::bump(&mut transaction, Topic::Dealers).await?;
        }
        transaction.commit().await?;
        Ok(Imported::Done(successions))
    }

    /// Returns the dealer with that code.
    ///
    /// # Errors
    /// `Fault` if the database fails.
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

    /// Returns every dealer, by code.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn list(&self) -> Result<Vec<Dealer>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(LIST).fetch_all(&mut **db).await?
            .iter()
            .map(|row| row.json("document"))
            .collect())
    }
}

/// Returns every dealer as the transaction sees them, by code.
async fn directory(transaction: &mut Transaction) -> Result<BTreeMap<String, Dealer>, Fault> {
    on!(transaction, db => sqlx::query(LIST).fetch_all(&mut **db).await?
        .iter()
        .map(|row| row.json("document").map(|dealer: Dealer| (dealer.code.clone(), dealer)))
        .collect())
}

/// Writes an entry and returns how many rows changed. Members that this version does not
/// know are kept.
async fn put(transaction: &mut Transaction, dealer: &Dealer) -> Result<u64, Fault> {
    let before = on!(&mut *transaction, db => sqlx::query(GET)
        .bind(&dealer.code)
        .fetch_optional(&mut **db)
        .await?
        .map(|row| row.text("document"))
        .transpose()?);
    let document = match before {
        Some(before) => dealer_directory::rewritten(&before, dealer)?,
        None => serde_json::to_string(dealer)?,
    };
    Ok(on!(transaction, db => sqlx::query(PUT)
        .bind(&dealer.code)
        .bind(&document)
        .execute(&mut **db)
        .await?
        .rows_affected()))
}

/// Keeps the notice, and moves links on to a new version that needs no new consent. Returns
/// `false` if this version of the notice was kept with another text.
async fn keep_notice(
    transaction: &mut Transaction,
    dealer: &Dealer,
    before: Option<&Dealer>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let notice = &dealer.notice;
    if let Some(before) = before {
        // An older version of this program may have written this entry without keeping its
        // notice.
        notices::keep(transaction, &dealer.code, &before.notice, None).await?;
    }
    let kept = notices::keep(transaction, &dealer.code, notice, Some(now)).await?;
    let before = before.filter(|before| before.notice.version != notice.version);
    if let Some(before) = before.filter(|_| !notice.reconsent) {
        on!(transaction, db => {
            sqlx::query(CARRY_ON)
                .bind(&dealer.code)
                .bind(&before.notice.version)
                .bind(&notice.version)
                .execute(&mut **db)
                .await?;
        });
    }
    Ok(kept == *notice)
}

/// Moves the links of every succeeded dealer to the last dealer in its chain of successors.
async fn succeed_all(
    transaction: &mut Transaction,
    directory: &BTreeMap<String, Dealer>,
    now: Timestamp,
) -> Result<Vec<Succession>, Fault> {
    let mut successions = Vec::new();
    for dealer in directory.values() {
        let Some(successor) = directory.get(present(directory, &dealer.code)) else {
            continue;
        };
        if successor.code == dealer.code {
            continue;
        }
        let done = succession::succeed(transaction, dealer, successor, now).await?;
        if !(done.moved.is_empty() && done.merged.is_empty()) {
            successions.push(done);
        }
    }
    Ok(successions)
}
