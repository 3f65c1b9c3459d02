//! `common-id migrate`: brings the database's schema up to this version's, and tells of
//! consents that stand outside of the ledger.

use clap::Args;

use super::database::Database;
use super::{Failure, print};
use crate::security_events::{Event, EventKind};
use crate::store::Store;

/// The arguments of `migrate`.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    database: Database,
}

/// Applies the missing migrations.
///
/// # Errors
/// `Fault` if the database cannot be reached or a migration fails. `Configuration` if the
/// configuration is wrong.
pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = arguments.database.configuration()?;
    arguments.database.make_folder()?;
    let store = Store::open(config.database.url.expose(), config.database.connections).await?;
    store.migrate().await?;
    let run = Event::new(EventKind::CommandRun);
    store.security_events().record(run).await?;
    let outside = store.ledger().standing().await?.outside;
    store.close().await;
    if outside > 0 {
        print(format_args!(
            "{outside} consents stand outside of the ledger: `common-id ledger take-in` shows them"
        ))?;
    }
    print("the database is up to date")
}
