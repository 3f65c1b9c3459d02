//! `common-id clients`: registering relying parties, by the names of OpenID Connect
//! Dynamic Client Registration. A secret is printed once; its hash is kept.

mod registration;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Map, Value, json};

use registration::Registration;

use super::database::Database;
use super::{Failure, input, print};
use crate::config::Config;
use crate::event_delivery::seal_authorization;
use crate::oidc::client::{Client, ClientId, TokenEndpointAuthMethod};
use crate::random::Random;
use crate::seal::{Sealer, sha256_hex};
use crate::store::Store;
use crate::store::clients::StoredClient;

/// What is done with clients.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Register a client from its metadata, and print its secret
    Add {
        /// The metadata as JSON, or - for standard input
        file: PathBuf,
        /// Change the client of that `client_id`; its secrets stay
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
        /// Its `client_id`
        id: String,
        #[command(flatten)]
        database: Database,
    },
    /// Give a client another secret, and print it; the old one ends at once
    RotateSecret {
        /// Its `client_id`
        id: String,
        #[command(flatten)]
        database: Database,
    },
    /// Remove a client, its refresh tokens and what people granted it
    Remove {
        /// Its `client_id`
        id: String,
        #[command(flatten)]
        database: Database,
    },
}

/// Does it.
///
/// # Errors
/// If the metadata is unlawful, there is no such client, or the database fails.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Add {
            file,
            replace,
            database,
        } => {
            let config = database.configuration()?;
            let registration = read(&file, &config)?;
            let store = database.open(&config).await?;
            let sealed = sealed_authorization(&config, &registration)?;
            check_dealer(&store, &registration.client).await?;
            add(&store, &registration.client, sealed, replace).await?;
            store.close().await;
            Ok(())
        }
        Command::List { database } => list(&opened(&database).await?).await,
        Command::Show { id, database } => show(&opened(&database).await?, id).await,
        Command::RotateSecret { id, database } => {
            rotate_secret(&opened(&database).await?, id).await
        }
        Command::Remove { id, database } => remove(&opened(&database).await?, id).await,
    }
}

async fn opened(database: &Database) -> Result<Store, Failure> {
    database.open(&database.configuration()?).await
}

fn read(file: &Path, config: &Config) -> Result<Registration, Failure> {
    let brands: Vec<_> = config.brands.iter().map(|brand| &*brand.name).collect();
    registration::read(&input::read(file)?, &brands, &Random::System).map_err(|problems| {
        Failure::Given(format!(
            "{} cannot be registered:\n{}",
            file.display(),
            problems.join("\n")
        ))
    })
}

/// A client speaks for a dealer of the directory, or for none.
async fn check_dealer(store: &Store, client: &Client) -> Result<(), Failure> {
    let Some(code) = &client.dealer_code else {
        return Ok(());
    };
    match store.dealers().get(code).await? {
        Some(_) => Ok(()),
        None => Err(Failure::Given(format!(
            "dealer_code: the directory has no dealer {code}; `dealers import` adds it"
        ))),
    }
}

/// The header that goes with the client's events, as it may rest.
fn sealed_authorization(
    config: &Config,
    registration: &Registration,
) -> Result<Option<String>, Failure> {
    let client = &registration.client;
    let (Some(delivery), Some(header)) =
        (&client.event_delivery, &registration.event_authorization)
    else {
        return Ok(None);
    };
    let sealer = Sealer::load(&config.sealing_key_file)?;
    let place = (&client.client_id, &delivery.endpoint_url);
    let sealed = seal_authorization(&sealer, place, header.expose(), &Random::System)?;
    Ok(Some(sealed))
}

async fn add(
    store: &Store,
    client: &Client,
    event_authorization: Option<String>,
    replace: bool,
) -> Result<(), Failure> {
    let id = &client.client_id;
    let before = store.clients().get(id).await?;
    if before.is_some() && !replace {
        let message = format!("the client {id} is registered already: --replace changes it");
        return Err(Failure::Given(message));
    }
    let has_secret = before.is_some_and(|before| before.secret_hash.is_some());
    let secret = (takes_secret(client) && !has_secret).then(|| Random::System.secret());
    let hash = secret.as_ref().map(|secret| sha256_hex(secret.as_bytes()));
    store.clients().put(client, hash.as_deref()).await?;
    // As with the secret: what the file does not say stays, for the same endpoint.
    if let Some(sealed) = event_authorization {
        store
            .clients()
            .set_event_authorization(id, Some(&sealed))
            .await?;
    }
    if has_secret && !takes_secret(client) {
        store.clients().set_secret_hash(id, None).await?;
    }
    tell(id, secret)
}

/// Whether the client proves itself by a secret that we gave it.
fn takes_secret(client: &Client) -> bool {
    matches!(
        client.token_endpoint_auth_method,
        TokenEndpointAuthMethod::ClientSecretBasic | TokenEndpointAuthMethod::ClientSecretPost
    )
}

/// The one time that a secret is seen.
fn tell(id: &ClientId, secret: Option<String>) -> Result<(), Failure> {
    let mut answer = Map::from_iter([("client_id".to_owned(), json!(id))]);
    if let Some(secret) = secret {
        answer.insert("client_secret".to_owned(), json!(secret));
    }
    print(format_args!("{:#}", Value::Object(answer)))
}

async fn list(store: &Store) -> Result<(), Failure> {
    for StoredClient { client, .. } in store.clients().list().await? {
        print(format_args!(
            "{}  {}  {}  {}",
            client.client_id,
            client.party,
            client.token_endpoint_auth_method,
            client.name_in("en")
        ))?;
    }
    store.close().await;
    Ok(())
}

async fn show(store: &Store, id: String) -> Result<(), Failure> {
    let client = found(store, &ClientId(id)).await?;
    print(format_args!("{:#}", json!(client)))?;
    store.close().await;
    Ok(())
}

async fn rotate_secret(store: &Store, id: String) -> Result<(), Failure> {
    let id = ClientId(id);
    let client = found(store, &id).await?;
    if !takes_secret(&client) {
        let method = client.token_endpoint_auth_method;
        let message = format!("the client {id} has no secret: it proves itself by {method}");
        return Err(Failure::Given(message));
    }
    let secret = Random::System.secret();
    let hash = sha256_hex(secret.as_bytes());
    if !store.clients().set_secret_hash(&id, Some(&hash)).await? {
        return Err(missing(&id));
    }
    store.close().await;
    tell(&id, Some(secret))
}

async fn remove(store: &Store, id: String) -> Result<(), Failure> {
    let id = ClientId(id);
    if !store.clients().remove(&id).await? {
        return Err(missing(&id));
    }
    store.close().await;
    print(format_args!("the client {id} is removed"))
}

async fn found(store: &Store, id: &ClientId) -> Result<Client, Failure> {
    let stored = store.clients().get(id).await?;
    Ok(stored.ok_or_else(|| missing(id))?.client)
}

fn missing(id: &ClientId) -> Failure {
    Failure::Given(format!("there is no client {id}"))
}
