//! Removes what expired, by design and not by a nightly job: now and then,
//! whoever adds a row first deletes more old ones than were added since. Also
//! the one clause in which the two databases differ: how workers that take rows
//! from the same end of an index keep out of each other's way.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Backend, Store};
use crate::clock::Timestamp;
use crate::fault::Fault;

/// One addition in so many sweeps. A sweep takes up to 64 rows, so the number of
/// expired ones falls eight times as fast as it can grow.
const TURNS: u32 = 8;

/// How many rows were added to each table by this process.
#[derive(Debug, Default)]
pub(super) struct Turns {
    pub(super) sessions: AtomicU32,
    pub(super) grants: AtomicU32,
    pub(super) revocations: AtomicU32,
    pub(super) outbox: AtomicU32,
    pub(super) email_undos: AtomicU32,
    pub(super) session_clients: AtomicU32,
}

/// A statement over the rows `taken`.
#[derive(Debug)]
pub(super) struct Taking {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

/// A `Taking` made of the query that selects the rows and the statement over them.
/// On PostgreSQL, rows that another transaction has locked are passed over;
/// SQLite has one writer at a time, and no such clause.
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
    /// The text for this database.
    pub(super) const fn on(&self, backend: &Backend) -> &'static str {
        match backend {
            Backend::Sqlite(_) => self.sqlite,
            Backend::Postgres(_) => self.postgres,
        }
    }
}

impl Store {
    /// Deletes a few rows that ended by `now`, if it is this addition's turn. A
    /// statement of its own, before the addition: the addition then stays one
    /// round trip where it can, and fails as a whole or not at all.
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
