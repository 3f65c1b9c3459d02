//! The audit trail in the database. A record is only ever added, and deleted when the
//! operator's retention is over; the database refuses to change one.

use std::sync::Arc;

use super::columns::Columns;
use super::{Store, Transaction, storable};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{self, Event, EventKind, Record, Unwritten};

/// The most records of one statement; each has twelve parameters, and SQLite takes 32,766.
const BATCH: usize = 500;

/// A record with its place in the order of writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its number; later ones are greater.
    pub sequence: i64,
    /// The record.
    pub record: Record,
}

/// Which records to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those about this account.
    pub account_id: Option<String>,
    /// Only those from this time on.
    pub from: Option<Timestamp>,
    /// Only those before this time.
    pub before: Option<Timestamp>,
}

/// The audit trail.
#[derive(Clone, Copy, Debug)]
pub struct SecurityEvents<'s>(&'s Store);

impl Store {
    /// The audit trail.
    #[must_use]
    pub const fn security_events(&self) -> SecurityEvents<'_> {
        SecurityEvents(self)
    }
}

const INSERT: &str = "INSERT INTO security_events
    (at, kind, reason, account_id, client_id, actor, brand, device, network, correlation_id, detail, times) ";

macro_rules! columns {
    () => {
        "SELECT sequence, at, kind, reason, account_id, client_id, actor, brand, device, network, correlation_id,
            detail, times FROM security_events "
    };
}

// The two ways to read are two statements, so that each has its index.
const PART_OF_ACCOUNT: &str = concat!(
    columns!(),
    "WHERE account_id = $5 AND sequence > $1 AND at >= $2 AND at < $3 ORDER BY sequence LIMIT $4"
);

const PART: &str = concat!(
    columns!(),
    "WHERE sequence > $1 AND at >= $2 AND at < $3 ORDER BY sequence LIMIT $4"
);

const FORGET: &str = "DELETE FROM security_events WHERE sequence IN
    (SELECT sequence FROM security_events WHERE at < $1 ORDER BY at, sequence LIMIT $2)";

const FORGET_FAILURES: &str = "DELETE FROM security_events WHERE sequence IN
    (SELECT sequence FROM security_events WHERE reason IS NOT NULL AND at < $1 ORDER BY at, sequence LIMIT $2)";

impl SecurityEvents<'_> {
    /// Keeps records in memory until [`SecurityEvents::write_waiting`].
    pub fn keep(&self, records: Vec<Record>) {
        if !records.is_empty() {
            self.waiting().add(records);
        }
    }

    /// Writes the records that wait in this process: failures at once, other events when
    /// their minute is over, or all of them.
    ///
    /// # Errors
    /// `Fault` if the database fails; the records wait on.
    pub async fn write_waiting(&self, now: Timestamp, all: bool) -> Result<(), Fault> {
        let records = self.waiting().take(now, all);
        let mut rest = records.as_slice();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(rest.len().min(BATCH));
            if let Err(fault) = self.write(batch).await {
                self.waiting().put_back(rest.to_vec());
                return Err(fault);
            }
            rest = later;
        }
        Ok(())
    }

    async fn write(&self, batch: &[Record]) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        insert(&mut transaction, batch).await?;
        transaction.commit().await
    }

    /// Returns the newest records of an account's login history that come before `before` in
    /// the order of writing, `most` at the most.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn for_person(
        &self,
        account_id: &str,
        before: Option<i64>,
        most: u32,
    ) -> Result<Vec<Written>, Fault> {
        on!(&mut self.0.reader().await?, db => {
            let mut query = sqlx::QueryBuilder::new(concat!(columns!(), "WHERE account_id = "));
            query.push_bind(account_id).push(" AND sequence < ");
            query.push_bind(before.unwrap_or(i64::MAX)).push(" AND kind IN (");
            let mut kinds = query.separated(", ");
            for kind in EventKind::ALL.iter().filter(|kind| kind.is_for_person()) {
                kinds.push_bind(kind.as_str());
            }
            query.push(") ORDER BY sequence DESC LIMIT ").push_bind(i64::from(most));
            query.build().fetch_all(&mut **db).await?.iter().map(written).collect()
        })
    }

    /// Returns the wanted records that come after `after` in the order of writing, the
    /// oldest first, `most` at the most.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn part(
        &self,
        wanted: &Wanted,
        after: i64,
        most: u32,
    ) -> Result<Vec<Written>, Fault> {
        let account_id = wanted.account_id.as_deref();
        if account_id.is_some_and(|id| !storable(id)) {
            return Ok(Vec::new());
        }
        let from = wanted.from.map_or(i64::MIN, |from| from.0);
        let before = wanted.before.map_or(i64::MAX, |before| before.0);
        on!(&mut self.0.reader().await?, db => {
            let sql = account_id.map_or(PART, |_| PART_OF_ACCOUNT);
            let mut query = sqlx::query(sql)
                .bind(after)
                .bind(from)
                .bind(before)
                .bind(i64::from(most));
            if let Some(id) = account_id {
                query = query.bind(id);
            }
            query.fetch_all(&mut **db).await?.iter().map(written).collect()
        })
    }

    /// Records an event that belongs to no change of the database.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn record(&self, event: Event) -> Result<(), Fault> {
        self.write(&[security_events::current(event)]).await
    }

    /// Deletes the oldest records from before `before`, `most` at the most; returns how
    /// many.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn forget(&self, before: Timestamp, most: u32) -> Result<u64, Fault> {
        self.delete(FORGET, before, most).await
    }

    /// Deletes the oldest records of failures from before `before`, `most` at the most;
    /// returns how many.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn forget_failures(&self, before: Timestamp, most: u32) -> Result<u64, Fault> {
        self.delete(FORGET_FAILURES, before, most).await
    }

    async fn delete(&self, sql: &'static str, before: Timestamp, most: u32) -> Result<u64, Fault> {
        Ok(on!(self.0.writer(), db => sqlx::query(sql)
            .bind(before.0)
            .bind(i64::from(most))
            .execute(db)
            .await?
            .rows_affected()))
    }

    fn waiting(&self) -> &Arc<Unwritten> {
        &self.0.unwritten
    }
}

/// Records an event in the transaction of the change that it tells of.
pub(super) async fn record(transaction: &mut Transaction, event: Event) -> Result<(), Fault> {
    insert(transaction, &[security_events::current(event)]).await
}

/// Records the events of one change.
pub(super) async fn record_all(
    transaction: &mut Transaction,
    events: Vec<Event>,
) -> Result<(), Fault> {
    let records: Vec<Record> = events.into_iter().map(security_events::current).collect();
    insert(transaction, &records).await
}

async fn insert(transaction: &mut Transaction, records: &[Record]) -> Result<(), Fault> {
    if records.is_empty() {
        return Ok(());
    }
    let details = records.iter().map(|record| {
        let detail = (!record.detail.is_empty()).then(|| serde_json::to_string(&record.detail));
        detail.transpose()
    });
    let details = details.collect::<Result<Vec<_>, _>>()?;
    on!(transaction, db => {
        let mut query = sqlx::QueryBuilder::new(INSERT);
        query.push_values(records.iter().zip(&details), |mut row, (record, detail)| {
            row.push_bind(record.at.0)
                .push_bind(&record.kind)
                .push_bind(&record.reason)
                .push_bind(&record.account_id)
                .push_bind(&record.client_id)
                .push_bind(&record.actor)
                .push_bind(&record.brand)
                .push_bind(&record.device)
                .push_bind(&record.network)
                .push_bind(&record.correlation_id)
                .push_bind(detail)
                .push_bind(record.times);
        });
        query.build().execute(&mut **db).await?;
    });
    Ok(())
}

fn written(row: &impl Columns) -> Result<Written, Fault> {
    let detail = row.maybe_text("detail")?;
    let detail = detail.map(|detail| serde_json::from_str(&detail));
    Ok(Written {
        sequence: row.number("sequence")?,
        record: Record {
            at: row.time("at")?,
            kind: row.text("kind")?,
            reason: row.maybe_text("reason")?,
            account_id: row.maybe_text("account_id")?,
            client_id: row.maybe_text("client_id")?,
            actor: row.text("actor")?,
            brand: row.maybe_text("brand")?,
            device: row.maybe_text("device")?,
            network: row.maybe_text("network")?,
            correlation_id: row.maybe_text("correlation_id")?,
            detail: detail.transpose()?.unwrap_or_default(),
            times: row.number("times")?,
        },
    })
}
