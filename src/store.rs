//! The only place that talks to the database. Each public method is one atomic change or
//! one query, named for what happens. Each SQL text exists once, for both SQLite and
//! PostgreSQL, with `$1` parameters. Transactions never leave this module. Callers pass
//! secrets hashed or sealed. Reasons: `docs/decisions/0002-one-sql-text-two-databases.md`.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{Sqlite, SqlitePool};

use crate::fault::Fault;
use crate::seal::ledger_key::LedgerKey;
use crate::security_events::{Bounds, Unwritten};

/// Runs an expression on the database in use, SQLite or PostgreSQL, with the writer, a
/// reader, or a transaction bound to the given name. The text is the same for both; only
/// the driver's types differ. For a reader or a transaction, `db` is the holder:
/// `.execute(&mut **db)`. Example:
/// - `on!(store.writer(), db => sqlx::query(SQL).bind(id).execute(db).await?.rows_affected())`
macro_rules! on {
    ($backend:expr, $db:ident => $run:expr) => {
        match $backend {
            $crate::store::Backend::Sqlite($db) => $run,
            $crate::store::Backend::Postgres($db) => $run,
        }
    };
}

pub mod accounts;
pub mod authenticator_apps;
pub mod changes;
pub mod clients;
mod columns;
pub mod consents;
pub mod dealer_customers;
pub mod dealer_links;
pub mod dealers;
mod expiry;
pub mod grants;
pub mod keys;
pub mod ledger;
mod migrations;
pub mod outbox;
pub mod passkeys;
pub mod pending_changes;
pub mod recovery_codes;
pub mod secrets;
pub mod security_events;
pub mod service_use;
pub mod session_clients;
pub mod sessions;
mod sqlite;
pub mod trusted_devices;

/// How long a request waits for a connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that was idle for longer than this is pinged before it is used; pinging
/// each time would double the round trips.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// How many security events may wait in this process, and be written in an hour. A record
/// takes about 300 bytes; at this rate, an attack of a whole day adds 150 MB.
const UNWRITTEN: Bounds = Bounds {
    waiting: 10_000,
    failures_an_hour: 20_000,
};

/// The database. Each table's methods are reached through the method named after it:
/// `store.sessions().begin(..)`.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Backend,
    turns: Arc<expiry::Turns>,
    /// Key that marks each consent record that is written; unset in a command that writes
    /// none.
    ledger_key: Arc<OnceLock<LedgerKey>>,
    /// The security events of this process that wait to be written.
    unwritten: Arc<Unwritten>,
}

/// SQLite or PostgreSQL: all the connections, or one of them.
#[derive(Clone, Debug)]
enum Backend<S = sqlite::Connections, P = PgPool> {
    /// An embedded database file.
    Sqlite(S),
    /// A database server, for several nodes.
    Postgres(P),
}

/// A transaction. It is rolled back unless it is committed.
type Transaction =
    Backend<sqlx::Transaction<'static, Sqlite>, sqlx::Transaction<'static, Postgres>>;

impl Store {
    /// Opens `sqlite:PATH` (created if missing, readable by this process's user only) or
    /// `postgres://…`.
    ///
    /// # Errors
    /// `Fault` if the database cannot be reached, or if the URL is neither of these.
    pub async fn open(url: &str, connections: u32) -> Result<Self, Fault> {
        let backend = if let Some(path) = url.strip_prefix("sqlite:") {
            Backend::Sqlite(sqlite::Connections::open(path, connections).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Backend::Postgres(open_postgres(url, connections).await?)
        } else {
            return Err(Fault::because(
                "the database URL must begin with sqlite: or postgres://",
            ));
        };
        Ok(Self {
            backend,
            turns: Arc::default(),
            ledger_key: Arc::default(),
            unwritten: Arc::new(Unwritten::new(UNWRITTEN)),
        })
    }

    /// Applies the missing migrations; safe on several nodes at once.
    ///
    /// # Errors
    /// `Fault` if a migration fails, or if the database is newer than this binary.
    pub async fn migrate(&self) -> Result<(), Fault> {
        migrations::apply(self).await
    }

    /// Returns whether every migration of this binary is applied.
    ///
    /// # Errors
    /// `Fault` if the database cannot be reached.
    pub async fn is_migrated(&self) -> Result<bool, Fault> {
        migrations::are_applied(self).await
    }

    /// Checks that the database answers (`/readyz`).
    ///
    /// # Errors
    /// `Fault` if it does not answer.
    pub async fn ping(&self) -> Result<(), Fault> {
        on!(&mut self.reader().await?, db => {
            sqlx::query("SELECT 1").execute(&mut **db).await?;
        });
        Ok(())
    }

    /// Closes every connection once it is idle; SQLite's write-ahead log is then merged
    /// into its file.
    pub async fn close(&self) {
        on!(&self.backend, db => db.close().await);
    }

    /// Returns the connection or pool for a single writing statement.
    const fn writer(&self) -> Backend<&SqlitePool, &PgPool> {
        match &self.backend {
            Backend::Sqlite(db) => Backend::Sqlite(&db.writer),
            Backend::Postgres(pool) => Backend::Postgres(pool),
        }
    }

    /// Returns a read-only connection.
    async fn reader(&self) -> Result<Backend<sqlite::Reader, PoolConnection<Postgres>>, Fault> {
        Ok(match &self.backend {
            Backend::Sqlite(db) => Backend::Sqlite(db.reader().await?),
            Backend::Postgres(pool) => Backend::Postgres(pool.acquire().await?),
        })
    }

    /// Begins a transaction that will write. SQLite has to be told at the beginning: a
    /// transaction that starts with a read fails on its first write instead of waiting.
    async fn begin(&self) -> Result<Transaction, Fault> {
        Ok(match &self.backend {
            Backend::Sqlite(db) => Backend::Sqlite(db.writer.begin_with("BEGIN IMMEDIATE").await?),
            Backend::Postgres(pool) => Backend::Postgres(pool.begin().await?),
        })
    }
}

impl Transaction {
    /// Commits the transaction.
    async fn commit(self) -> Result<(), Fault> {
        on!(self, transaction => transaction.commit().await?);
        Ok(())
    }
}

/// Returns whether the text can occur in the database at all. PostgreSQL answers a zero
/// byte with an error, so a look-up with such a text, sent by an attacker, finds nothing
/// without asking.
fn storable(text: &str) -> bool {
    !text.contains('\0')
}

async fn open_postgres(url: &str, connections: u32) -> Result<PgPool, Fault> {
    let options: PgConnectOptions = url.parse()?;
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            Box::pin(async move {
                if idle.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options.application_name("common-id"))
        .await?)
}
