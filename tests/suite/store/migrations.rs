//! Opening a database and migrating it.

use common_id::store::Store;

use crate::support::database::{Database, empty_postgres, empty_sqlite, on_both};

async fn empty_databases() -> [Database; 2] {
    [empty_sqlite(), empty_postgres().await]
}

#[tokio::test]
async fn a_new_database_is_not_migrated_until_it_is() {
    for database in empty_databases().await {
        let store = database.open().await;
        store.ping().await.unwrap();
        assert!(!store.is_migrated().await.unwrap());
        store.migrate().await.unwrap();
        assert!(store.is_migrated().await.unwrap());
    }
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    on_both(async |store| {
        store.migrate().await.unwrap();
        assert!(store.is_migrated().await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_at_once_migrate_once() {
    for database in empty_databases().await {
        let nodes: Vec<_> = (0..6)
            .map(|_| {
                let url = database.url.clone();
                tokio::spawn(async move {
                    let store = Store::open(&url, 2).await.unwrap();
                    store.migrate().await.unwrap();
                    store.is_migrated().await.unwrap()
                })
            })
            .collect();
        for node in nodes {
            assert!(node.await.unwrap());
        }
    }
}

#[tokio::test]
async fn a_sqlite_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let database = empty_sqlite();
    let store = database.open().await;
    store.migrate().await.unwrap();
    let path = database.url.trim_start_matches("sqlite:");
    for file in [path.to_owned(), format!("{path}-wal")] {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}");
    }
}

#[tokio::test]
async fn a_database_without_a_place_of_its_own_is_refused() {
    for url in [
        "sqlite:",
        "sqlite::memory:",
        "mysql://localhost/x",
        "data.sqlite",
    ] {
        assert!(Store::open(url, 1).await.is_err(), "{url}");
    }
}
