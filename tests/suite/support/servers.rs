//! The PostgreSQL and the Redis that `./test` started for us, and which of the
//! two backends this run is about.

use std::env;

/// Where a provider keeps its state in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// SQLite in a folder of its own, short-lived state in process.
    Embedded,
    /// A PostgreSQL database and a Redis prefix of its own.
    Cluster,
}

impl Backend {
    /// The backend of this run, by `COMMON_ID_TEST_BACKEND`.
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

/// A PostgreSQL on which databases can be made.
pub(crate) fn postgres() -> String {
    required("COMMON_ID_TEST_POSTGRES")
}

/// A Redis.
pub(crate) fn redis() -> String {
    required("COMMON_ID_TEST_REDIS")
}

/// A test that cannot run must not pass.
fn required(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run ./test, which starts the servers that tests need")
    })
}
