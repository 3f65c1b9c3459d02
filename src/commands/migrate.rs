//! `common-id migrate`: brings the database's schema up to this version's, and takes
//! consents that an older version recorded outside of the ledger into it.

use clap::Args;

use super::database::Database;
use super::{Failure, print};
use crate::ledger;
use crate::random::Random;
use crate::seal::SealingKey;
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
/// `Fault` if the database cannot be reached or a migration fails, or if there are consents
/// to take into the ledger and the sealing key cannot be read. `Configuration` if the
/// configuration is wrong.
pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = arguments.database.configuration()?;
    arguments.database.make_folder()?;
    let store = Store::open(config.database.url.expose(), config.database.connections).await?;
    store.migrate().await?;
    let sealing_key = SealingKey::InFile(&config.sealing_key_file);
    let taken_in = ledger::take_in(&store, sealing_key, &Random::System).await?;
    store.close().await;
    if taken_in > 0 {
        print(format_args!(
            "{taken_in} consents recorded by an older version were taken into the ledger"
        ))?;
    }
    print("the database is up to date")
}
