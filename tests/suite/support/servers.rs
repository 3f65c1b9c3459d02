//! The PostgreSQL and the Redis that `./test` started, and which of the two backends this
//! run tests.

use std::env;

/// Where a provider keeps its state in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// SQLite in its own folder, short-lived state in process.
    Embedded,
    /// Its own PostgreSQL database and Redis key prefix.
    Cluster,
}

impl Backend {
    /// Reads the backend of this run from `COMMON_ID_TEST_BACKEND`.
    pub(crate) fn of_this_run() -> Self {
        let thread = std::thread::current();
        let runs_once = thread.name().is_some_and(|test| test.starts_with("once::"));
        assert!(
            !runs_once,
            "what depends on the backend runs on both: it cannot be in `once`"
        );
        match env::var("COMMON_ID_TEST_BACKEND").as_deref() {
            Err(env::VarError::NotPresent) | Ok("embedded") => Self::Embedded,
            Ok("cluster") => Self::Cluster,
            other => panic!("COMMON_ID_TEST_BACKEND is embedded or cluster, not {other:?}"),
        }
    }
}

/// Returns the URL of a PostgreSQL on which databases can be created.
pub(crate) fn postgres() -> String {
    required("COMMON_ID_TEST_POSTGRES")
}

/// Returns the URL of a Redis.
pub(crate) fn redis() -> String {
    required("COMMON_ID_TEST_REDIS")
}

/// Fails the test if the variable is missing, since a test that cannot run must not pass.
fn required(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run ./test, which starts the servers that tests need")
    })
}
