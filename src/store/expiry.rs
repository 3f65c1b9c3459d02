//! Deletes expired rows without a nightly job: every few additions, the process that adds a
//! row first deletes more old rows than were added since. Also holds the one clause in
//! which the two databases differ: how workers that take rows from the same end of an index
//! avoid each other.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Backend, Store};
use crate::clock::Timestamp;
use crate::fault::Fault;

/// One addition in this many sweeps. A sweep deletes up to 64 rows, so the number of
/// expired rows falls eight times as fast as it can grow.
const TURNS: u32 = 8;

/// Number of rows that this process added to each table.
#[derive(Debug, Default)]
pub(super) struct Turns {
    pub(super) sessions: AtomicU32,
    pub(super) grants: AtomicU32,
    pub(super) revocations: AtomicU32,
    pub(super) outbox: AtomicU32,
    pub(super) email_undos: AtomicU32,
    pub(super) session_clients: AtomicU32,
    pub(super) trusted_devices: AtomicU32,
}

/// A statement over the rows `taken`.
#[derive(Debug)]
pub(super) struct Taking {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

/// Builds a `Taking` from the query that selects the rows and the statement that uses them.
/// On PostgreSQL, rows locked by another transaction are skipped; SQLite has one writer at
/// a time and no such clause.
macro_rules! taking {
    ($select:literal, $then:expr) => {
        $crate::store::expiry::Taking {
            sqlite: concat!("WITH taken AS MATERIALIZED (", $select, ") ", $then),
            postgres: concat!(
                "WITH taken AS MATERIALIZED (",
                $select,
                " FOR UPDATE SKIP LOCKED) ",
                $then
            ),
        }
    };
}
pub(super) use taking;

impl Taking {
    /// Returns the SQL for this database.
    pub(super) const fn on(&self, backend: &Backend) -> &'static str {
        match backend {
            Backend::Sqlite(_) => self.sqlite,
            Backend::Postgres(_) => self.postgres,
        }
    }
}

impl Store {
    /// Deletes a few rows that expired by `now`, if it is this addition's turn. The
    /// deletion is a separate statement before the addition, so that the addition stays one
    /// round trip where possible, and fails as a whole or not at all.
    pub(super) async fn sweep(
        &self,
        turns: &AtomicU32,
        expired: &Taking,
        now: Timestamp,
    ) -> Result<(), Fault> {
        if turns.fetch_add(1, Ordering::Relaxed).is_multiple_of(TURNS) {
            let sql = expired.on(&self.backend);
            on!(self.writer(), db => {
                sqlx::query(sql).bind(now.0).execute(db).await?;
            });
        }
        Ok(())
    }
}
