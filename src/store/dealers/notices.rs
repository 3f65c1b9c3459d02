//! Every version of every dealer's notice. A notice that a user consented to can be shown
//! again, and the text of a version never changes.

use super::{Dealers, directory};
use crate::accounts::dealer::DealerNotice;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::columns::Columns;
use crate::store::{Transaction, storable};

/// A version of a dealer's notice.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptNotice {
    /// The notice.
    pub notice: DealerNotice,
    /// When it was first in the directory; none if that was before versions were kept.
    pub first_seen_at: Option<Timestamp>,
}

const KEEP: &str = "INSERT INTO dealer_notices (dealer_code, version, document, first_seen_at)
    VALUES ($1, $2, $3, $4) ON CONFLICT (dealer_code, version) DO NOTHING";

const KEPT: &str = "SELECT document FROM dealer_notices WHERE dealer_code = $1 AND version = $2";

const OF: &str = "SELECT document, first_seen_at FROM dealer_notices WHERE dealer_code = $1
    ORDER BY first_seen_at NULLS FIRST, version";

impl Dealers<'_> {
    /// Returns every version of a dealer's notice, oldest first.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn notices(&self, code: &str) -> Result<Vec<KeptNotice>, Fault> {
        if !storable(code) {
            return Ok(Vec::new());
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(OF)
            .bind(code)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(kept_notice)
            .collect())
    }
}

/// Keeps a notice, and returns the one kept under its version: another text, if that was
/// kept first.
pub(super) async fn keep(
    transaction: &mut Transaction,
    code: &str,
    notice: &DealerNotice,
    first_seen_at: Option<Timestamp>,
) -> Result<DealerNotice, Fault> {
    let document = serde_json::to_string(notice)?;
    on!(transaction, db => {
        sqlx::query(KEEP)
            .bind(code)
            .bind(&notice.version)
            .bind(&document)
            .bind(first_seen_at.map(|at| at.0))
            .execute(&mut **db)
            .await?;
        sqlx::query(KEPT)
            .bind(code)
            .bind(&notice.version)
            .fetch_one(&mut **db)
            .await?
            .json("document")
    })
}

/// Keeps the notices of a directory that was filled before versions were kept.
pub(in crate::store) async fn keep_those_in_force(
    transaction: &mut Transaction,
) -> Result<(), Fault> {
    for dealer in directory(transaction).await?.values() {
        keep(transaction, &dealer.code, &dealer.notice, None).await?;
    }
    Ok(())
}

fn kept_notice(row: &impl Columns) -> Result<KeptNotice, Fault> {
    Ok(KeptNotice {
        notice: row.json("document")?,
        first_seen_at: row.maybe_time("first_seen_at")?,
    })
}
