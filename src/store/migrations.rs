//! Brings the schema up to this binary's version: applies the files of `migrations/` in
//! order, in one transaction that only one node can hold. sqlx's own table records the
//! applied migrations with the checksum of each file.

use std::collections::BTreeMap;

use rust_embed::Embed;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Row as _, SqlSafeStr as _};

use super::dealers::notices;
use super::{Backend, Store};
use crate::fault::Fault;

/// The files of `migrations/`. A released file never changes.
///
/// `0010_ledger.sql` is migration 10 for every database. `0010_ledger.sqlite.sql` and
/// `0010_ledger.postgres.sql` are executed after it on one database only, where the two
/// need different statements.
#[derive(Embed)]
#[folder = "migrations"]
struct Files;

/// A migration, as read from its files.
struct Written {
    version: i64,
    name: String,
    sql: String,
}

/// Returns every migration for the database of that name, oldest first.
fn all(database: &str) -> Result<Vec<Written>, Fault> {
    let mut all: Vec<Written> = Vec::new();
    let mut own = BTreeMap::new();
    for file in Files::iter() {
        let parts: Vec<&str> = file.split('.').collect();
        match parts[..] {
            [name, "sql"] => {
                let (version, name) = named(name).ok_or_else(|| unnamed(&file))?;
                let (name, sql) = (name.to_owned(), text(&file)?);
                all.push(Written { version, name, sql });
            }
            [name, of, "sql"] if of == database => {
                own.insert(named(name).ok_or_else(|| unnamed(&file))?.0, text(&file)?);
            }
            _ => {}
        }
    }
    all.sort_by_key(|written| written.version);
    for written in &mut all {
        written
            .sql
            .push_str(&own.remove(&written.version).unwrap_or_default());
    }
    Ok(all)
}

/// Returns the version and the name from a file name such as `0010_ledger`.
fn named(file: &str) -> Option<(i64, &str)> {
    let (version, name) = file.split_once('_')?;
    Some((version.parse().ok()?, name))
}

fn unnamed(file: &str) -> Fault {
    Fault::because(format_args!("migrations/{file} has no version in its name"))
}

fn text(file: &str) -> Result<String, Fault> {
    let found = Files::get(file)
        .ok_or_else(|| Fault::because(format_args!("migrations/{file} is not there")))?;
    String::from_utf8(found.data.into_owned()).map_err(Fault::because)
}

/// The PostgreSQL advisory lock that serializes nodes.
const LOCK: i64 = 0x0063_6f6d_6d6f_6e69;

/// Applies the missing migrations.
pub(super) async fn apply(store: &Store) -> Result<(), Fault> {
    let migrations = all(database(store))?.into_iter().map(|written| {
        let sql = AssertSqlSafe(written.sql).into_sql_str();
        let name = written.name.into();
        Migration::new(written.version, name, MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // sqlx takes a session lock on PostgreSQL, which a connection pooler in between may
    // break, and no lock on SQLite. The transaction locks both.
    migrator.set_locking(false);
    // Calls `run_direct`, because the type parameters of `run` make the future not `Send`.
    let mut transaction = store.begin().await?;
    match &mut transaction {
        Backend::Sqlite(db) => migrator.run_direct(None, &mut **db, false).await?,
        Backend::Postgres(db) => {
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind(LOCK)
                .execute(&mut **db)
                .await?;
            migrator.run_direct(None, &mut **db, false).await?;
        }
    }
    notices::keep_those_in_force(&mut transaction).await?;
    transaction.commit().await
}

/// Returns the database's name as used in file names.
fn database(store: &Store) -> &'static str {
    match &store.backend {
        Backend::Sqlite(_) => "sqlite",
        Backend::Postgres(_) => "postgres",
    }
}

const APPLIED: &str = "SELECT version FROM _sqlx_migrations WHERE success";

/// Returns whether every migration is applied.
pub(super) async fn are_applied(store: &Store) -> Result<bool, Fault> {
    let applied: Result<Vec<i64>, sqlx::Error> = on!(&mut store.reader().await?, db => {
        sqlx::query(APPLIED).fetch_all(&mut **db).await.and_then(|rows| {
            rows.iter().map(|row| row.try_get("version")).collect()
        })
    });
    match applied {
        Ok(versions) => Ok(all(database(store))?
            .iter()
            .all(|written| versions.contains(&written.version))),
        Err(error) if names_no_table(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn names_no_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        // PostgreSQL: `undefined_table`. SQLite has no separate code for it.
        error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const DATABASES: [&str; 2] = ["sqlite", "postgres"];

    fn files() -> BTreeSet<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let files = std::fs::read_dir(folder).unwrap();
        files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn every_file_is_applied() {
        let for_all: BTreeSet<String> = files()
            .into_iter()
            // SQL for one database (`NAME.sqlite.sql`) belongs to the file with the same
            // number.
            .filter(|name| name.matches('.').count() == 1)
            .collect();
        for database in DATABASES {
            let applied = all(database).unwrap();
            let applied = applied
                .iter()
                .map(|written| format!("{:04}_{}.sql", written.version, written.name));
            assert_eq!(applied.collect::<BTreeSet<_>>(), for_all);
        }
    }

    #[test]
    fn migrations_are_applied_in_order_and_no_number_is_given_twice() {
        let versions: Vec<i64> = all("sqlite")
            .unwrap()
            .iter()
            .map(|one| one.version)
            .collect();
        assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
        assert_eq!(versions.first(), Some(&1));
    }

    #[test]
    fn what_a_database_is_told_in_its_own_words_follows_what_both_are_told() {
        let own: Vec<String> = files()
            .into_iter()
            .filter(|name| name.matches('.').count() == 2)
            .collect();
        assert!(!own.is_empty());
        for file in own {
            let [name, database, "sql"] = file.split('.').collect::<Vec<_>>()[..] else {
                panic!("{file}");
            };
            assert!(DATABASES.contains(&database), "{file}");
            let all = all(database).unwrap();
            let (version, name) = named(name).unwrap();
            let written = all.iter().find(|one| one.version == version).unwrap();
            assert_eq!(written.name, name, "{file}");
            let for_all = text(&format!("{version:04}_{name}.sql")).unwrap();
            assert_eq!(written.sql, for_all + &text(&file).unwrap(), "{file}");
        }
    }
}
