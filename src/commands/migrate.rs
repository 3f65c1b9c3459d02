//! `common-id migrate`: brings the database's schema up to this version's.

use clap::Args;

use super::database::Database;
use super::{Failure, print};
use crate::store::Store;

/// What `migrate` takes.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    database: Database,
}

/// Applies the migrations that are missing.
///
/// # Errors
/// If the database cannot be reached or a migration fails.
pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = arguments.database.configuration()?;
    arguments.database.make_folder()?;
    let store = Store::open(config.database.url.expose(), config.database.connections).await?;
    store.migrate().await?;
    store.close().await;
    print("the database is up to date")
}
