//! The hash chain of the consents: each record has a sequence number and the hash of the
//! record before it. There is one chain, and one row holds its last record. A transaction
//! that appends locks that row until it ends, so it appends as its last step. Reasons:
//! `docs/decisions/0010-one-chain-of-consents.md`.

use sqlx::QueryBuilder;

use super::columns::Columns;
use super::{Store, Transaction};
use crate::accounts::consent::ConsentKind;
use crate::accounts::ledger::{Entry, Head, Origin, Place, RawRecord};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::seal::ledger_key::LedgerKey;

/// Number of records that are read or taken in at once.
const PART: i64 = 500;

/// State of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The chain's head as stored: its last record.
    pub head: Head,
    /// The highest sequence number of any record.
    pub last: i64,
    /// Number of records that are not in the chain yet.
    pub outside: i64,
}

/// Filter for records of the chain; the default selects all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only records between the operator and one of these dealers, by code.
    pub dealers: Option<Vec<String>>,
    /// Only records from this time on.
    pub from: Option<Timestamp>,
    /// Only records before this time.
    pub before: Option<Timestamp>,
}

/// The ledger.
#[derive(Clone, Copy, Debug)]
pub struct Ledger<'s>(&'s Store);

impl Store {
    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> Ledger<'_> {
        Ledger(self)
    }

    /// Sets the key that marks every consent written by this store or a clone of it. The
    /// key is set once; a later one is ignored.
    pub fn keep_ledger_with(&self, key: LedgerKey) {
        // A second key could only be the same one, read from the same database.
        let _first = self.ledger_key.set(key);
    }

    /// Returns the key that marks every consent written by this store.
    ///
    /// # Errors
    /// `Fault` if it is not loaded.
    pub fn own_ledger_key(&self) -> Result<&LedgerKey, Fault> {
        self.ledger_key()
    }

    fn ledger_key(&self) -> Result<&LedgerKey, Fault> {
        self.ledger_key
            .get()
            .ok_or_else(|| Fault::because("a consent was to be written without the ledger's key"))
    }
}

const STANDING: &str = "SELECT sequence, hash,
        (SELECT COALESCE(MAX(sequence), 0) FROM consents) AS last,
        (SELECT COUNT(*) FROM consents WHERE sequence IS NULL) AS outside
    FROM ledger_head WHERE ledger = 'consents'";

/// The columns that `entry` reads.
macro_rules! entry_columns {
    () => {
        "id, account_id, kind, action, target, wording_version, wording_hash, locale, brand,
        client_id, recorded_at, record, sequence, previous, hash, origin"
    };
}

const PART_AFTER: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM consents WHERE sequence > "
);

const OF: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM consents WHERE account_id = $1 ORDER BY recorded_at DESC, sequence DESC, id
    LIMIT $2 OFFSET $3"
);

const OUTSIDE: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM consents WHERE sequence IS NULL ORDER BY recorded_at, id LIMIT $1 OFFSET $2"
);

impl Ledger<'_> {
    /// Returns the state of the ledger.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn standing(&self) -> Result<Standing, Fault> {
        on!(&mut self.0.reader().await?, db => {
            let row = sqlx::query(STANDING).fetch_one(&mut **db).await?;
            Ok(Standing {
                head: head(&row)?,
                last: row.number("last")?,
                outside: row.number("outside")?,
            })
        })
    }

    /// Returns the next records that match `wanted` after that sequence number, in order;
    /// none after the last.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn part(&self, wanted: &Wanted, after: i64) -> Result<Vec<Entry>, Fault> {
        if wanted.dealers.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        on!(&mut self.0.reader().await?, db => {
            let mut query = QueryBuilder::new(PART_AFTER);
            query.push_bind(after);
            if let Some(dealers) = &wanted.dealers {
                let mut kinds = query.push(" AND kind IN (").separated(", ");
                kinds.push_bind(ConsentKind::DealerToToyota.as_str());
                kinds.push_bind(ConsentKind::ToyotaToDealer.as_str());
                let mut codes = query.push(") AND target IN (").separated(", ");
                for code in dealers {
                    codes.push_bind(code);
                }
                query.push(")");
            }
            if let Some(from) = wanted.from {
                query.push(" AND recorded_at >= ").push_bind(from.0);
            }
            if let Some(before) = wanted.before {
                query.push(" AND recorded_at < ").push_bind(before.0);
            }
            query.push(" ORDER BY sequence LIMIT ").push_bind(PART);
            query.build().fetch_all(&mut **db).await?.iter().map(entry).collect()
        })
    }

    /// Returns a page of an account's records, newest first.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of(&self, account_id: &str, limit: i64, offset: i64) -> Result<Vec<Entry>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF)
            .bind(account_id)
            .bind(limit)
            .bind(offset)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(entry)
            .collect())
    }

    /// Returns a part of the records that are not in the chain, oldest first.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn outside(&self, offset: i64) -> Result<Vec<RawRecord>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OUTSIDE)
            .bind(PART)
            .bind(offset)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(|row| entry(row).map(|entry| entry.record))
            .collect())
    }

    /// Appends the oldest records that are not in the chain to its end and returns how many
    /// they were. Several nodes may do so at once.
    ///
    /// # Errors
    /// `Fault` if the database fails, or if the ledger's key is missing.
    pub async fn take_in_some(&self) -> Result<u64, Fault> {
        let mut transaction = self.0.begin().await?;
        let head = hold(&mut transaction).await?;
        let entries: Vec<Entry> = on!(&mut transaction, db => sqlx::query(OUTSIDE)
            .bind(PART)
            .bind(0_i64)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(entry)
            .collect::<Result<_, Fault>>()?);
        if entries.is_empty() {
            return Ok(0);
        }
        let records: Vec<RawRecord> = entries.into_iter().map(|entry| entry.record).collect();
        let key = self.0.ledger_key()?;
        let (places, end) = head.append(&records, Origin::TakenIn, |marked| key.mark(marked));
        on!(&mut transaction, db => {
            let mut query = QueryBuilder::new(TAKE_IN);
            query.push_values(records.iter().zip(&places), |mut row, (record, place)| {
                row.push_bind(&record.id)
                    .push_bind(place.sequence)
                    .push_bind(&place.previous)
                    .push_bind(&place.hash)
                    .push_bind(&place.origin);
            });
            query.push(TAKEN_IN).build().execute(&mut **db).await?;
        });
        set_head(&mut transaction, &end).await?;
        transaction.commit().await?;
        Ok(records.len() as u64)
    }
}

// Both databases use these names for the columns of VALUES.
const TAKE_IN: &str = "UPDATE consents
    SET sequence = v.column2, previous = v.column3, hash = v.column4, origin = v.column5
    FROM (";

const TAKEN_IN: &str = ") AS v WHERE consents.id = v.column1";

// The update changes nothing, but locks the row, so that no other transaction appends
// meanwhile.
const HOLD: &str = "UPDATE ledger_head SET sequence = sequence WHERE ledger = 'consents'
    RETURNING sequence, hash";

const SET_HEAD: &str = "UPDATE ledger_head SET sequence = $1, hash = $2 WHERE ledger = 'consents'";

async fn hold(transaction: &mut Transaction) -> Result<Head, Fault> {
    on!(transaction, db => head(&sqlx::query(HOLD).fetch_one(&mut **db).await?))
}

async fn set_head(transaction: &mut Transaction, end: &Head) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(SET_HEAD)
            .bind(end.sequence)
            .bind(&end.hash)
            .execute(&mut **db)
            .await?;
    });
    Ok(())
}

/// Assigns places in the chain to records that are written in this transaction.
pub(super) async fn append(
    store: &Store,
    transaction: &mut Transaction,
    records: &[RawRecord],
) -> Result<Vec<Place>, Fault> {
    let key = store.ledger_key()?;
    let head = hold(transaction).await?;
    let (places, end) = head.append(records, Origin::Written, |marked| key.mark(marked));
    set_head(transaction, &end).await?;
    Ok(places)
}

fn head(row: &impl Columns) -> Result<Head, Fault> {
    Ok(Head {
        sequence: row.number("sequence")?,
        hash: row.text("hash")?,
    })
}

fn entry(row: &impl Columns) -> Result<Entry, Fault> {
    let place = |sequence| {
        Ok::<_, Fault>(Place {
            sequence,
            previous: row.maybe_text("previous")?.unwrap_or_default(),
            hash: row.maybe_text("hash")?.unwrap_or_default(),
            origin: row.maybe_text("origin")?.unwrap_or_default(),
        })
    };
    Ok(Entry {
        place: row.maybe_number("sequence")?.map(place).transpose()?,
        record: RawRecord {
            id: row.text("id")?,
            account_id: row.text("account_id")?,
            kind: row.text("kind")?,
            action: row.text("action")?,
            target: row.text("target")?,
            wording_version: row.text("wording_version")?,
            wording_hash: row.text("wording_hash")?,
            locale: row.text("locale")?,
            brand: row.text("brand")?,
            client_id: row.maybe_text("client_id")?,
            recorded_at: row.number("recorded_at")?,
            record: row.text("record")?,
        },
    })
}
