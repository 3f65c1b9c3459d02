//! A fresh, migrated database for each test: always SQLite in a temporary file,
//! and PostgreSQL where `COMMON_ID_TEST_POSTGRES` names a server on which we may
//! create databases, as `postgres://user@host:port/postgres`.

use std::sync::atomic::{AtomicU32, Ordering};

use common_id::store::Store;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The variable that names the PostgreSQL server.
const SERVER: &str = "COMMON_ID_TEST_POSTGRES";

/// A database of one test's own. Keep it as long as the stores on it.
pub(crate) struct Database {
    /// What `Store::open` takes.
    pub(crate) url: String,
    /// The file's directory, removed in the end.
    _directory: Option<TempDir>,
}

impl Database {
    /// A node's view of it.
    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.url, 8).await.unwrap()
    }
}

/// A new SQLite file, migrated.
pub(crate) async fn sqlite() -> Database {
    let database = empty_sqlite();
    let store = database.open().await;
    store.migrate().await.unwrap();
    store.close().await;
    database
}

/// The name of a SQLite file that is not there yet.
pub(crate) fn empty_sqlite() -> Database {
    let directory = tempfile::tempdir().unwrap();
    Database {
        url: format!("sqlite:{}/common-id.sqlite", directory.path().display()),
        _directory: Some(directory),
    }
}

/// A new PostgreSQL database, migrated, if there is a server.
pub(crate) async fn postgres() -> Option<Database> {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let server = std::env::var(SERVER).ok()?;
    let template = TEMPLATE
        .get_or_init(|| async {
            let empty = create(&server, "template", "template0").await;
            let store = empty.open().await;
            store.migrate().await.unwrap();
            store.close().await;
            name_of(&empty).to_owned()
        })
        .await;
    Some(create(&server, "test", template).await)
}

/// A new PostgreSQL database with nothing in it, if there is a server.
pub(crate) async fn empty_postgres() -> Option<Database> {
    let server = std::env::var(SERVER).ok()?;
    Some(create(&server, "empty", "template0").await)
}

/// Runs a test on both databases, as one node sees them.
pub(crate) async fn on_both(test: impl AsyncFn(Store)) {
    test(sqlite().await.open().await).await;
    if let Some(database) = postgres().await {
        let store = database.open().await;
        test(store.clone()).await;
        store.close().await;
    }
}

async fn create(server: &str, kind: &str, template: &str) -> Database {
    use sqlx::{Connection as _, Executor as _};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let name = format!("common_id_{kind}_{}_{number}", std::process::id());
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    // A run before us may have had our process number.
    for sql in [
        format!("DROP DATABASE IF EXISTS {name}"),
        format!("CREATE DATABASE {name} TEMPLATE {template}"),
    ] {
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
    connection.close().await.unwrap();
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(&name);
    Database {
        url: url.into(),
        _directory: None,
    }
}

fn name_of(database: &Database) -> &str {
    database.url.rsplit('/').next().unwrap()
}
