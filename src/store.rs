//! The one database seam. A method is one event, atomic and named for it; the
//! SQL stands once for SQLite and PostgreSQL, with `$1`. Transactions never
//! leave this module. Secrets come in hashed or sealed.
//! Why so: `docs/decisions/0002-one-sql-text-two-databases.md`.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{Sqlite, SqlitePool};

use crate::fault::Fault;
use crate::seal::ledger_key::LedgerKey;

/// Runs an expression on whichever database it is, with the writer, a reader, or
/// a transaction, under the name given. The text is the same for both; only the
/// driver's types differ:
/// `on!(store.writer(), db => sqlx::query(SQL).bind(id).execute(db).await?.rows_affected())`.
/// Of a reader or a transaction, `db` is the holder: `.execute(&mut **db)`.
macro_rules! on {
    ($backend:expr, $db:ident => $run:expr) => {
        match $backend {
            $crate::store::Backend::Sqlite($db) => $run,
            $crate::store::Backend::Postgres($db) => $run,
        }
    };
}

pub mod accounts;
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
pub mod secrets;
pub mod service_use;
pub mod session_clients;
pub mod sessions;
mod sqlite;

/// How long a request waits for a connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection idle for longer is asked whether it still lives before it is
/// used; asking each time would double the round trips.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// The database. Each table's methods are behind its name:
/// `store.sessions().begin(..)`.
#[derive(Clone, Debug)]
pub struct Store {
    backend: Backend,
    turns: Arc<expiry::Turns>,
    /// What marks the consents written; nothing yet, for a command that writes none.
    ledger_key: Arc<OnceLock<LedgerKey>>,
}

/// One of the two databases: all its connections, or one of them.
#[derive(Clone, Debug)]
enum Backend<S = sqlite::Connections, P = PgPool> {
    /// An embedded file.
    Sqlite(S),
    /// A server, for several nodes.
    Postgres(P),
}

/// A transaction. It ends without effect unless committed.
type Transaction =
    Backend<sqlx::Transaction<'static, Sqlite>, sqlx::Transaction<'static, Postgres>>;

impl Store {
    /// Opens `sqlite:PATH` (made if missing, readable by us alone) or `postgres://…`.
    ///
    /// # Errors
    /// If it cannot be reached or the URL is neither.
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
        })
    }

    /// Applies the migrations that are missing; safe on several nodes at once.
    ///
    /// # Errors
    /// If one fails, or the database is newer than this binary.
    pub async fn migrate(&self) -> Result<(), Fault> {
        migrations::apply(self).await
    }

    /// Whether every migration of this binary is applied.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn is_migrated(&self) -> Result<bool, Fault> {
        migrations::are_applied(self).await
    }

    /// Answers once the database does (`/readyz`).
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<(), Fault> {
        on!(&mut self.reader().await?, db => {
            sqlx::query("SELECT 1").execute(&mut **db).await?;
        });
        Ok(())
    }

    /// Closes every connection once it is idle; SQLite's log is folded into its file then.
    pub async fn close(&self) {
        on!(&self.backend, db => db.close().await);
    }

    /// What writes, one statement at a time.
    const fn writer(&self) -> Backend<&SqlitePool, &PgPool> {
        match &self.backend {
            Backend::Sqlite(db) => Backend::Sqlite(&db.writer),
            Backend::Postgres(pool) => Backend::Postgres(pool),
        }
    }

    /// A connection that only reads.
    async fn reader(&self) -> Result<Backend<sqlite::Reader, PoolConnection<Postgres>>, Fault> {
        Ok(match &self.backend {
            Backend::Sqlite(db) => Backend::Sqlite(db.reader().await?),
            Backend::Postgres(pool) => Backend::Postgres(pool.acquire().await?),
        })
    }

    /// Begins a transaction that will write. SQLite must be told at once: a
    /// transaction that begins by reading fails instead of waiting for its turn.
    async fn begin(&self) -> Result<Transaction, Fault> {
        Ok(match &self.backend {
            Backend::Sqlite(db) => Backend::Sqlite(db.writer.begin_with("BEGIN IMMEDIATE").await?),
            Backend::Postgres(pool) => Backend::Postgres(pool.begin().await?),
        })
    }
}

impl Transaction {
    /// Puts everything done in it in force.
    async fn commit(self) -> Result<(), Fault> {
        on!(self, transaction => transaction.commit().await?);
        Ok(())
    }
}

/// Whether the text can be in the database at all. PostgreSQL refuses a zero
/// byte as an error: a look-up of such a name, sent by an attacker, finds
/// nothing instead.
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
