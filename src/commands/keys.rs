//! `common-id keys`: the keys that sign tokens, and their turns.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::database::Database;
use super::{Failure, moment, print};
use crate::app::retention;
use crate::clock::Clock;
use crate::keys::SigningKeys;
use crate::oidc::client::SigningAlgorithm;
use crate::random::Random;
use crate::seal::Sealer;

/// What is done with keys.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Let the next key sign; the one that signed stays published while its tokens live
    Rotate {
        /// Of this algorithm alone
        #[arg(long, value_name = "ALG", value_parser = algorithms())]
        algorithm: Option<SigningAlgorithm>,
        #[command(flatten)]
        database: Database,
    },
    /// List the keys that are published
    List {
        #[command(flatten)]
        database: Database,
    },
}

/// Reads an algorithm; the help lists them.
fn algorithms() -> impl TypedValueParser<Value = SigningAlgorithm> {
    let words = SigningAlgorithm::ALL.iter().map(|one| one.as_str());
    PossibleValuesParser::new(words).try_map(|word| word.parse::<SigningAlgorithm>())
}

/// Does it.
///
/// # Errors
/// If the database fails, or the sealing key is not the one that sealed the keys.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Rotate {
            algorithm,
            database,
        } => rotate(algorithm, &database).await,
        Command::List { database } => list(&database).await,
    }
}

async fn rotate(algorithm: Option<SigningAlgorithm>, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let store = database.open(&config).await?;
    let sealer = Sealer::load(&config.sealing_key_file)?;
    let (random, clock) = (Random::System, Clock::System);
    let keys = SigningKeys::load(&store, &sealer, &random, &clock, retention(&config)).await?;
    keys.rotate(algorithm).await?;
    store.close().await;
    let rotated = algorithm.map_or("every algorithm".to_owned(), |only| only.to_string());
    print(format_args!(
        "the next key of {rotated} signs now; every node takes it up within a second"
    ))
}

async fn list(database: &Database) -> Result<(), Failure> {
    let store = database.open(&database.configuration()?).await?;
    for key in store.signing_keys().list().await? {
        print(format_args!(
            "{}  {:5}  {:7}  since {}",
            key.kid,
            key.algorithm.as_str(),
            key.state.as_str(),
            moment(key.changed_at)
        ))?;
    }
    store.close().await;
    Ok(())
}
