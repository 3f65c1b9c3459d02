//! `common-id clients`: registers relying parties, with the metadata names of OpenID
//! Connect Dynamic Client Registration. `clients` decides how that is done. A secret is
//! printed once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::database::Database;
use super::{Failure, input, moment, print};
use crate::clients::initial_access_token::{self, Terms};
use crate::clients::registration::metadata::{self, Registration};
use crate::clients::registration::{self, Existing, Refused, Registrar};
use crate::clients::secret::{self, Rotated};
use crate::clock::Clock;
use crate::config::Config;
use crate::oidc::client::ClientId;
use crate::outgoing::Outgoing;
use crate::random::Random;
use crate::seal::SealingKey;
use crate::secret::Secret;
use crate::store::Store;

/// The subcommands of `clients`.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Register a client from its metadata, and print its secret
    Add {
        /// File with the metadata as JSON, or - for standard input
        file: PathBuf,
        /// Replace the metadata of the client with that `client_id`; its secrets stay valid
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        database: Database,
    },
    /// List the clients
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Print a client's metadata
    Show {
        /// The `client_id`
        id: String,
        #[command(flatten)]
        database: Database,
    },
    /// Replace a client's secret and print the new one; the old one is refused at once
    RotateSecret {
        /// The `client_id`
        id: String,
        #[command(flatten)]
        database: Database,
    },
    /// Create an initial access token, with which clients register themselves, and print it
    InitialToken {
        /// Number of clients that may register with it
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        uses: u32,
        /// Lifetime in days
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=400))]
        days: u32,
        #[command(flatten)]
        database: Database,
    },
    /// Remove a client, its refresh tokens and its users' consents
    Remove {
        /// The `client_id`
        id: String,
        #[command(flatten)]
        database: Database,
    },
}

/// Runs the command.
///
/// # Errors
/// `Given` if the metadata is invalid, `Asked` if the file or the client does not exist,
/// `Configuration` or `Fault` if the configuration or the database fails.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add {
            file,
            replace,
            database,
        } => {
            let existing = if replace {
                Existing::Replaced
            } else {
                Existing::Stays
            };
            add(&file, existing, &database).await
        }
        Command::List { database } => list(&opened(&database).await?).await,
        Command::Show { id, database } => show(&opened(&database).await?, id).await,
        Command::RotateSecret { id, database } => rotate_secret(id, &database).await,
        Command::InitialToken {
            uses,
            days,
            database,
        } => initial_token(&opened(&database).await?, uses, days).await,
        Command::Remove { id, database } => remove(id, &database).await,
    }
}

async fn opened(database: &Database) -> Result<Store, Failure> {
    database.open(&database.configuration()?).await
}

async fn add(file: &Path, existing: Existing, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let registration = read(file, &config)?;
    let store = database.open(&config).await?;
    let registrar = Registrar {
        store: &store,
        sealing_key: SealingKey::InFile(&config.sealing_key_file),
        random: &Random::System,
        outgoing: &Outgoing::open(&config.outgoing)?,
        longest_logo: config.limits.logo_bytes,
    };
    let registered = registration::register(&registrar, &registration, existing)
        .await
        .map_err(refused)?;
    store.close().await;
    tell(&registered.client_id, registered.secret)
}

fn read(file: &Path, config: &Config) -> Result<Registration, Failure> {
    let brands: Vec<_> = config.brands.iter().map(|brand| &*brand.name).collect();
    metadata::read(&input::read(file)?, &brands, &Random::System).map_err(|problems| {
        Failure::Given(format!(
            "{} cannot be registered:\n{}",
            file.display(),
            problems.join("\n")
        ))
    })
}

fn refused(refused: Refused) -> Failure {
    Failure::Given(match refused {
        Refused::UnknownDealer(code) => {
            format!("dealer_code: the directory has no dealer {code}; `dealers import` adds it")
        }
        Refused::Sector(unlawful) => unlawful.to_string(),
        Refused::Exists(id) => {
            format!("the client {id} is registered already: --replace changes it")
        }
        Refused::Fault(fault) => return fault.into(),
    })
}

/// Prints the `client_id` and the secret, which is shown only this once.
fn tell(id: &ClientId, secret: Option<Secret>) -> Result<(), Failure> {
    let mut answer = Map::from_iter([("client_id".to_owned(), json!(id))]);
    if let Some(secret) = secret {
        answer.insert("client_secret".to_owned(), json!(secret.expose()));
    }
    print(format_args!("{:#}", Value::Object(answer)))
}

/// Printed in place of a value that a newer version wrote.
const NOT_UNDERSTOOD: &str = "(of a newer version)";

async fn list(store: &Store) -> Result<(), Failure> {
    for stored in store.clients().list().await? {
        let client = &stored.client;
        let (party, method) = (client.party, client.token_endpoint_auth_method);
        let word = |member, word: &'static str| {
            if stored.not_understood.contains(&member) {
                NOT_UNDERSTOOD
            } else {
                word
            }
        };
        print(format_args!(
            "{}  {}  {}  {}",
            client.client_id,
            word("party", party.as_str()),
            word("token_endpoint_auth_method", method.as_str()),
            client.name_in("en")
        ))?;
    }
    store.close().await;
    Ok(())
}

async fn show(store: &Store, id: String) -> Result<(), Failure> {
    let id = ClientId(id);
    let stored = store.clients().get(&id).await?;
    let stored = stored.ok_or_else(|| missing(&id))?;
    let mut client = json!(stored.client);
    if let Some(members) = client.as_object_mut() {
        let not_understood = stored.not_understood.into_iter();
        members.extend(not_understood.map(|member| (member.to_owned(), json!(NOT_UNDERSTOOD))));
    }
    print(format_args!("{client:#}"))?;
    store.close().await;
    Ok(())
}

async fn rotate_secret(id: String, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let store = database.open(&config).await?;
    let (id, sealing_key) = (ClientId(id), SealingKey::InFile(&config.sealing_key_file));
    match secret::rotate(&store, sealing_key, &Random::System, &id).await? {
        Rotated::To(secret) => {
            store.close().await;
            tell(&id, Some(secret))
        }
        Rotated::NeedsNone(method) => {
            let message = format!("the client {id} has no secret: it proves itself by {method}");
            Err(Failure::Given(message))
        }
        Rotated::NoClient => Err(missing(&id)),
    }
}

/// Issues a token and prints it; it is shown only this once.
async fn initial_token(store: &Store, uses: u32, days: u32) -> Result<(), Failure> {
    let lifetime = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    let (terms, now) = (Terms { uses, lifetime }, Clock::System.now());
    let issued = initial_access_token::issue(store, &Random::System, terms, now).await?;
    store.close().await;
    let answer = json!({
        "initial_access_token": issued.token.expose(),
        "uses": issued.uses,
        "expires_at": moment(issued.expires_at),
    });
    print(format_args!("{answer:#}"))
}

async fn remove(id: String, database: &Database) -> Result<(), Failure> {
    let config = database.configuration()?;
    let store = database.open(&config).await?;
    let (id, now) = (ClientId(id), Clock::System.now());
    if !registration::remove(&store, &id, &config.tokens, now).await? {
        return Err(missing(&id));
    }
    store.close().await;
    print(format_args!("the client {id} is removed"))
}

fn missing(id: &ClientId) -> Failure {
    Failure::Given(format!("there is no client {id}"))
}
