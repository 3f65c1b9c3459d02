//! Moves a dealer's links to its successor unchanged: no consent is given or changed by it.
//! An account that was linked with both keeps its link with the successor, which then
//! refers to the consents of both.

use crate::accounts::dealer::Dealer;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::Transaction;
use crate::store::columns::Columns;

/// The links that moved from one dealer to its successor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Succession {
    /// The code of the dealer that was succeeded.
    pub predecessor: String,
    /// The code of the dealer that has the links now.
    pub successor: String,
    /// The accounts whose link moved.
    pub moved: Vec<String>,
    /// The accounts that were linked with both.
    pub merged: Vec<String>,
}

const LINKED_WITH_BOTH: &str =
    "SELECT older.account_id, older.consent_to_toyota, older.consent_to_dealer,
        older.taken_over, newer.taken_over AS newer_taken_over
    FROM dealer_links older
    JOIN dealer_links newer ON newer.account_id = older.account_id AND newer.dealer_code = $2
    WHERE older.dealer_code = $1 ORDER BY older.account_id";

const TAKE_OVER: &str =
    "UPDATE dealer_links SET taken_over = $3 WHERE account_id = $1 AND dealer_code = $2";

const END: &str = "DELETE FROM dealer_links WHERE account_id = $1 AND dealer_code = $2";

const NEWS: &str = "INSERT INTO succession_news
        (name, account_id, predecessor, successor, was_linked, happened_at)
    SELECT account_id || ' ' || dealer_code, account_id, dealer_code, $2,
        EXISTS (SELECT 1 FROM dealer_links newer
            WHERE newer.account_id = older.account_id AND newer.dealer_code = $2), $3
    FROM dealer_links older WHERE dealer_code = $1
    ON CONFLICT (name) DO NOTHING";

// A user who had not answered the predecessor's new notice still has to answer.
const MOVE: &str = "UPDATE dealer_links
    SET dealer_code = $2, made_with = COALESCE(made_with, dealer_code),
        notice_version = CASE WHEN notice_version = $3 THEN $4 ELSE '' END
    WHERE dealer_code = $1 RETURNING account_id";

/// A link with the predecessor that is merged into the account's link with the successor.
struct Double {
    account_id: String,
    taken_over: String,
}

/// Moves every link with `predecessor` to `successor`. Repeating it only moves links that a
/// node made before it knew of the succession.
pub(super) async fn succeed(
    transaction: &mut Transaction,
    predecessor: &Dealer,
    successor: &Dealer,
    now: Timestamp,
) -> Result<Succession, Fault> {
    on!(&mut *transaction, db => {
        sqlx::query(NEWS)
            .bind(&predecessor.code)
            .bind(&successor.code)
            .bind(now.0)
            .execute(&mut **db)
            .await?;
    });
    let doubles: Vec<Double> = on!(&mut *transaction, db => sqlx::query(LINKED_WITH_BOTH)
        .bind(&predecessor.code)
        .bind(&successor.code)
        .fetch_all(&mut **db)
        .await?
        .iter()
        .map(double)
        .collect::<Result<_, Fault>>()?);
    for double in &doubles {
        take_over(transaction, double, predecessor, successor).await?;
    }
    let moved = on!(transaction, db => sqlx::query(MOVE)
        .bind(&predecessor.code)
        .bind(&successor.code)
        .bind(&predecessor.notice.version)
        .bind(&successor.notice.version)
        .fetch_all(&mut **db)
        .await?
        .iter()
        .map(|row| row.text("account_id"))
        .collect::<Result<_, Fault>>()?);
    Ok(Succession {
        predecessor: predecessor.code.clone(),
        successor: successor.code.clone(),
        moved,
        merged: doubles
            .into_iter()
            .map(|double| double.account_id)
            .collect(),
    })
}

async fn take_over(
    transaction: &mut Transaction,
    double: &Double,
    predecessor: &Dealer,
    successor: &Dealer,
) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(TAKE_OVER)
            .bind(&double.account_id)
            .bind(&successor.code)
            .bind(&double.taken_over)
            .execute(&mut **db)
            .await?;
        sqlx::query(END)
            .bind(&double.account_id)
            .bind(&predecessor.code)
            .execute(&mut **db)
            .await?;
    });
    Ok(())
}

fn double(row: &impl Columns) -> Result<Double, Fault> {
    let mut taken_over: Vec<String> = row.json("newer_taken_over")?;
    taken_over.push(row.text("consent_to_toyota")?);
    taken_over.push(row.text("consent_to_dealer")?);
    taken_over.extend(row.json::<Vec<String>>("taken_over")?);
    Ok(Double {
        account_id: row.text("account_id")?,
        taken_over: serde_json::to_string(&taken_over)?,
    })
}
