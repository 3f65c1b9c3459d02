//! `common-id keys`: lists and rotates the keys that sign tokens and the keys that others
//! encrypt to.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::database::Database;
use super::{Failure, moment, print};
use crate::app::retention;
use crate::clock::Clock;
use crate::keys::rotation::{self, Algorithm};
use crate::keys::{EncryptionKeys, SigningKeys};
use crate::random::Random;
use crate::seal::Sealer;
use crate::wire_words::UnknownWord;

/// The subcommands of `keys`.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Rotate: sign with the next keys, and publish the next encryption keys; retired keys still
    /// verify and decrypt what was made with them
    Rotate {
        /// Only the keys of this algorithm
        #[arg(long, value_name = "ALG", value_parser = algorithms())]
        algorithm: Option<Algorithm>,
        #[command(flatten)]
        database: Database,
    },
    /// List the keys
    List {
        #[command(flatten)]
        database: Database,
    },
}

/// Parses an algorithm; the help lists them.
fn algorithms() -> impl TypedValueParser<Value = Algorithm> {
    let words = Algorithm::all().map(Algorithm::as_str);
    PossibleValuesParser::new(words).try_map(|word| {
        let found = Algorithm::all().find(|one| one.as_str() == word);
        found.ok_or(UnknownWord)
    })
}

/// Runs the command.
///
/// # Errors
/// `Fault` if the database fails, or if the keys were sealed with another sealing key;
/// `Configuration` if the configuration is wrong.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Rotate {
            algorithm,
            database,
        } => rotate(algorithm, &database).await,
        Command::List { database } => list(&database).await,
    }
}

async fn rotate(algorithm: Option<Algorithm>, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let store = database.open(&config).await?;
    let sealer = Sealer::load(&config.sealing_key_file)?;
    let (random, clock) = (Random::System, Clock::System);
    let signing = SigningKeys::load(&store, &sealer, &random, &clock, retention(&config)).await?;
    let encryption = EncryptionKeys::load(&store, &sealer, &random, &clock).await?;
    rotation::rotate(&signing, &encryption, algorithm).await?;
    store.close().await;
    let rotated = algorithm.map_or("every algorithm", Algorithm::as_str);
    print(format_args!(
        "the next key of {rotated} is current now; every node takes it up within a second"
    ))
}

async fn list(database: &Database) -> Result<(), Failure> {
    let store = database.open(&database.configuration()?).await?;
    for key in rotation::list(&store).await? {
        print(format_args!(
            "{}  {:14}  {:7}  since {}",
            key.kid,
            key.algorithm.as_str(),
            key.state.as_str(),
            moment(key.since)
        ))?;
    }
    store.close().await;
    Ok(())
}
