//! Brings the schema up to this binary's version: applies the files of `migrations/` in
//! order, in one transaction that only one node can hold. sqlx's own table records the
//! applied migrations with the checksum of each file.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Row as _, SqlSafeStr as _};

use super::dealers::notices;
use super::{Backend, Store};
use crate::fault::Fault;

/// Every migration, oldest first. A released file never changes.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (
        1,
        "foundation",
        include_str!("../../migrations/0001_foundation.sql"),
    ),
    (
        2,
        "secrets",
        include_str!("../../migrations/0002_secrets.sql"),
    ),
    (
        8,
        "second_factor",
        include_str!("../../migrations/0008_second_factor.sql"),
    ),
    (
        9,
        "grants_of_account",
        include_str!("../../migrations/0009_grants_of_account.sql"),
    ),
    (
        10,
        "ledger",
        include_str!("../../migrations/0010_ledger.sql"),
    ),
    (
        11,
        "dealer_succession",
        include_str!("../../migrations/0011_dealer_succession.sql"),
    ),
    (
        12,
        "dealers_side",
        include_str!("../../migrations/0012_dealers_side.sql"),
    ),
    (
        13,
        "sessions_of_one_login",
        include_str!("../../migrations/0013_sessions_of_one_login.sql"),
    ),
    (
        14,
        "member_pages",
        include_str!("../../migrations/0014_member_pages.sql"),
    ),
    (
        15,
        "tokens_not_before",
        include_str!("../../migrations/0015_tokens_not_before.sql"),
    ),
    (
        16,
        "succession_news",
        include_str!("../../migrations/0016_succession_news.sql"),
    ),
    (
        17,
        "passkeys",
        include_str!("../../migrations/0017_passkeys.sql"),
    ),
    (
        19,
        "registration",
        include_str!("../../migrations/0019_registration.sql"),
    ),
    (
        21,
        "encryption",
        include_str!("../../migrations/0021_encryption.sql"),
    ),
    (
        23,
        "session_clients",
        include_str!("../../migrations/0023_session_clients.sql"),
    ),
    (
        25,
        "grants_outlive_logins",
        include_str!("../../migrations/0025_grants_outlive_logins.sql"),
    ),
    (
        26,
        "birthdate_changes",
        include_str!("../../migrations/0026_birthdate_changes.sql"),
    ),
];

/// Additional SQL of a migration, where the two databases need different statements.
struct InOwnWords {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

const IN_OWN_WORDS: &[InOwnWords] = &[InOwnWords {
    version: 10,
    sqlite: include_str!("../../migrations/0010_ledger.sqlite.sql"),
    postgres: include_str!("../../migrations/0010_ledger.postgres.sql"),
}];

/// The PostgreSQL advisory lock that serializes nodes.
const LOCK: i64 = 0x0063_6f6d_6d6f_6e69;

/// Applies the missing migrations.
pub(super) async fn apply(store: &Store) -> Result<(), Fault> {
    let mut migrator = Migrator::with_migrations(
        MIGRATIONS
            .iter()
            .map(|&(version, name, sql)| {
                let sql = AssertSqlSafe(whole(store, version, sql)).into_sql_str();
                Migration::new(version, name.into(), MigrationType::Simple, sql, false)
            })
            .collect(),
    );
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

/// Returns the whole SQL of a migration for this database.
fn whole(store: &Store, version: i64, sql: &str) -> String {
    let own = IN_OWN_WORDS.iter().find(|own| own.version == version);
    let own = own.map_or("", |own| match &store.backend {
        Backend::Sqlite(_) => own.sqlite,
        Backend::Postgres(_) => own.postgres,
    });
    format!("{sql}{own}")
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
        Ok(versions) => Ok(MIGRATIONS
            .iter()
            .all(|(version, ..)| versions.contains(version))),
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

    #[test]
    fn every_file_is_applied() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            // SQL for one database (`NAME.sqlite.sql`) belongs to the file with the same
            // number.
            .filter(|name| name.matches('.').count() == 1)
            .collect();
        let applied = MIGRATIONS
            .iter()
            .map(|(version, name, _)| format!("{version:04}_{name}.sql"));
        assert_eq!(applied.collect::<BTreeSet<_>>(), files);
    }
}
