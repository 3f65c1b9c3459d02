//! A new, migrated database for each test: SQLite in a temporary file, and a database on
//! the PostgreSQL that `./test` started.

use std::sync::atomic::{AtomicU32, Ordering};

use common_id::seal::ledger_key::LedgerKey;
use common_id::store::Store;
use sqlx::{Connection as _, PgConnection, Row as _, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::servers;

/// A database for one test. Dropping it removes the database: keep it as long as the stores
/// on it.
pub(crate) struct Database {
    /// The URL for `Store::open`.
    pub(crate) url: String,
    home: Home,
}

/// Where the database is.
enum Home {
    /// In a directory that is removed at the end.
    #[expect(dead_code, reason = "held to be removed")]
    Directory(TempDir),
    /// On that server, under that name.
    Server { server: String, name: String },
}

impl Database {
    /// Opens a store on the database, as one node does.
    pub(crate) async fn open(&self) -> Store {
        let store = Store::open(&self.url, 8).await.unwrap();
        store.keep_ledger_with(ledger_key());
        store
    }

    /// Runs a statement directly, without a store.
    pub(crate) async fn run(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql);
        if self.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
    }
}

impl Database {
    /// Returns the one text that a query finds, without a store.
    pub(crate) async fn text(&self, sql: &str) -> String {
        let sql = sqlx::AssertSqlSafe(sql);
        if self.url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
            row.get(0)
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
            row.get(0)
        }
    }
}

/// Returns the key that the consent ledger of a test is authenticated with.
pub(crate) fn ledger_key() -> LedgerKey {
    LedgerKey::new(b"the ledger's key in tests")
}

impl Drop for Database {
    fn drop(&mut self) {
        let Home::Server { server, name } = &self.home else {
            return;
        };
        let sql = format!("DROP DATABASE {name} WITH (FORCE)");
        // A new thread, since this may run within an async runtime already.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime.unwrap().block_on(execute(server, &[sql]));
            });
        });
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

/// Returns the path of a SQLite file that does not exist yet.
pub(crate) fn empty_sqlite() -> Database {
    let directory = tempfile::tempdir().unwrap();
    Database {
        url: format!("sqlite:{}/common-id.sqlite", directory.path().display()),
        home: Home::Directory(directory),
    }
}

/// A new PostgreSQL database, migrated.
pub(crate) async fn postgres() -> Database {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let server = servers::postgres();
    let template = TEMPLATE
        .get_or_init(|| async {
            let name = create(&server, "template", "template0").await;
            let store = Store::open(&url_of(&server, &name), 1).await.unwrap();
            store.migrate().await.unwrap();
            store.close().await;
            name
        })
        .await;
    let name = create(&server, "test", template).await;
    on_server(server, name)
}

/// A new, empty PostgreSQL database.
pub(crate) async fn empty_postgres() -> Database {
    let server = servers::postgres();
    let name = create(&server, "empty", "template0").await;
    on_server(server, name)
}

/// A new PostgreSQL database with the content of `template`, which must have no
/// connections.
pub(crate) async fn copy_of(template: &Database) -> Database {
    let Home::Server { server, name } = &template.home else {
        panic!("{} is not on a server", template.url);
    };
    let name = create(server, "test", name).await;
    on_server(server.clone(), name)
}

/// A new, migrated database of each kind.
pub(crate) async fn every_kind() -> [Database; 2] {
    [sqlite().await, postgres().await]
}

/// Runs a test on each kind of database, with one node.
pub(crate) async fn on_both(test: impl AsyncFn(Store)) {
    for database in every_kind().await {
        test(database.open().await).await;
    }
}

async fn create(server: &str, kind: &str, template: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let name = format!("common_id_{kind}_{}_{number}", std::process::id());
    let statements = [
        // An earlier run with our process number may have been killed and left it.
        format!("DROP DATABASE IF EXISTS {name}"),
        format!("CREATE DATABASE {name} TEMPLATE {template}"),
    ];
    execute(server, &statements).await;
    name
}

async fn execute(server: &str, statements: &[String]) {
    use sqlx::Executor as _;
    let mut connection = PgConnection::connect(server).await.unwrap();
    for sql in statements {
        let sql = sqlx::AssertSqlSafe(sql.as_str());
        connection.execute(sql).await.unwrap();
    }
    connection.close().await.unwrap();
}

fn on_server(server: String, name: String) -> Database {
    Database {
        url: url_of(&server, &name),
        home: Home::Server { server, name },
    }
}

fn url_of(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    url.into()
}
