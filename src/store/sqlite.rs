//! SQLite's connections. It has one writer at a time: those who write line up
//! here for one connection, in turn, rather than fail and try again within
//! SQLite. Those who read share a few others, which the log (WAL) lets read
//! meanwhile. sqlx's pool would ask a connection after each use whether it still
//! lives, which costs as much as a look-up; a reader in this process needs no asking.

use std::fs::OpenOptions;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::ACQUIRE_TIMEOUT;
use crate::fault::Fault;

/// How long SQLite waits for a writer of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The connections to one file.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    /// The one that writes.
    pub(super) writer: SqlitePool,
    readers: Readers,
}

/// Those that read; none there any more once they are closed.
#[derive(Clone, Debug)]
struct Readers {
    connections: Arc<[Arc<Mutex<Option<SqliteConnection>>>]>,
    free: Arc<Semaphore>,
}

/// A connection to read by, until it is dropped.
#[derive(Debug)]
pub(super) struct Reader {
    // Let go of in this order: whoever gets a place finds a connection.
    connection: OwnedMappedMutexGuard<Option<SqliteConnection>, SqliteConnection>,
    _place: OwnedSemaphorePermit,
}

impl Deref for Reader {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Connections {
    /// Opens the file at `path`, made if missing, readable by us alone.
    pub(super) async fn open(path: &str, connections: u32) -> Result<Self, Fault> {
        if path.is_empty() || path.starts_with(':') {
            // Each connection would have a database of its own.
            return Err(Fault::because("sqlite: needs the path of a file"));
        }
        // SQLite would make it readable by all; its log takes the same mode.
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(BUSY_TIMEOUT)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true);
        // First, so that the readers find the log in place rather than race to make it.
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        let reading = options.pragma("query_only", "ON");
        let mut readers = Vec::new();
        for _ in 0..connections.saturating_sub(1).max(1) {
            let connection = reading.connect().await?;
            readers.push(Arc::new(Mutex::new(Some(connection))));
        }
        Ok(Self {
            writer,
            readers: Readers {
                free: Arc::new(Semaphore::new(readers.len())),
                connections: readers.into(),
            },
        })
    }

    /// A connection to read by, as soon as one is free.
    pub(super) async fn reader(&self) -> Result<Reader, Fault> {
        let free = Arc::clone(&self.readers.free);
        let place = match Arc::clone(&free).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => tokio::time::timeout(ACQUIRE_TIMEOUT, free.acquire_owned())
                .await
                .map_err(|_late| sqlx::Error::PoolTimedOut)?
                .map_err(|_closed| sqlx::Error::PoolClosed)?,
        };
        // The first that is free: the more one is used, the warmer its cache.
        let unused = self
            .readers
            .connections
            .iter()
            .find_map(|connection| Arc::clone(connection).try_lock_owned().ok());
        let connection =
            unused.and_then(|slot| OwnedMutexGuard::try_map(slot, Option::as_mut).ok());
        Ok(Reader {
            connection: connection.ok_or(sqlx::Error::PoolClosed)?,
            _place: place,
        })
    }

    /// Closes every connection once it is idle.
    pub(super) async fn close(&self) {
        self.readers.free.close();
        for slot in &*self.readers.connections {
            if let Some(connection) = slot.lock().await.take() {
                // It was only read by: nothing can be lost.
                drop(connection.close().await);
            }
        }
        // The last one folds the log into the file.
        self.writer.close().await;
    }
}
