//! SQLite's connections. SQLite has one writer at a time, so writers wait here in turn for
//! one connection, rather than fail and retry within SQLite. Readers share a few other
//! connections, which the write-ahead log (WAL) allows to read meanwhile. sqlx's pool would
//! ping a connection after each use, which costs as much as a look-up; a reader in this
//! process needs no ping.

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

/// How often a new file is opened when others open it at the same time.
const OPEN_ATTEMPTS: usize = 16;

/// The result code of SQLite for a lock that another process holds.
const SQLITE_BUSY: i32 = 5;

/// The connections to one file.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    /// The connection that writes.
    pub(super) writer: SqlitePool,
    readers: Readers,
}

/// The connections that read; each slot is empty once its connection is closed.
#[derive(Clone, Debug)]
struct Readers {
    connections: Arc<[Arc<Mutex<Option<SqliteConnection>>>]>,
    free: Arc<Semaphore>,
}

/// A reading connection, borrowed until it is dropped.
#[derive(Debug)]
pub(super) struct Reader {
    // Fields are dropped in this order, so that a task that gets a place finds a free
    // connection.
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

/// Opens the connection that writes. The first one to a new file switches it to the log. If
/// several processes do so at once, SQLite refuses some of them without waiting: each waits
/// for the lock of the others, and tries again.
async fn writer(path: &str, options: &SqliteConnectOptions) -> Result<SqlitePool, Fault> {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None);
    for _ in 1..OPEN_ATTEMPTS {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if is_busy(&error) => wait_for_others(path).await?,
            opened => return Ok(opened?),
        }
    }
    Ok(pool.connect_with(options.clone()).await?)
}

/// Waits until no other process holds a lock on the file, for `BUSY_TIMEOUT` at most.
async fn wait_for_others(path: &str) -> Result<(), Fault> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT);
    let mut connection = options.connect().await?;
    match sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut connection)
        .await
    {
        Err(error) if !is_busy(&error) => return Err(error.into()),
        // Closing the connection ends the transaction.
        _ => {}
    }
    Ok(connection.close().await?)
}

/// Whether SQLite refused because of another process's lock (`SQLITE_BUSY`).
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    // The primary code is in the low byte of an extended one.
    code.and_then(|code| code.parse::<i32>().ok())
        .is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

impl Connections {
    /// Opens the file at `path`, created if missing, readable by this process's user only.
    pub(super) async fn open(path: &str, connections: u32) -> Result<Self, Fault> {
        if path.is_empty() || path.starts_with(':') {
            // Each connection would have its own database.
            return Err(Fault::because("sqlite: needs the path of a file"));
        }
        // SQLite would create it readable by all users; its log takes the same mode.
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
        // Opened first, so that the readers find the log in place instead of racing to
        // create it.
        let writer = writer(path, &options).await?;
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

    /// Returns a reading connection as soon as one is free.
    pub(super) async fn reader(&self) -> Result<Reader, Fault> {
        let free = Arc::clone(&self.readers.free);
        let place = match Arc::clone(&free).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => tokio::time::timeout(ACQUIRE_TIMEOUT, free.acquire_owned())
                .await
                .map_err(|_late| sqlx::Error::PoolTimedOut)?
                .map_err(|_closed| sqlx::Error::PoolClosed)?,
        };
        // Takes the first free one: the more a connection is used, the warmer its cache.
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
                // It has only been read from, so nothing can be lost.
                drop(connection.close().await);
            }
        }
        // Closing the last connection merges the log into the file.
        self.writer.close().await;
    }
}
