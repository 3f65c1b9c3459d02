//! `common-id clients`: registering relying parties, by the names of OpenID Connect
//! Dynamic Client Registration. A secret is printed once; its hash is kept.

mod registration;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use serde_json::{Map, Value, json};

use registration::Registration;

use super::database::Database;
use super::{Failure, input, moment, print};
use crate::clients::logos;
use crate::clients::secret;
use crate::clients::sector_identifier;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::event_delivery::seal_authorization;
use crate::oidc::client::{Client, ClientId, TokenEndpointAuthMethod};
use crate::outgoing::Outgoing;
use crate::random::Random;
use crate::seal::{Sealer, sha256_hex};
use crate::secret::Secret;
use crate::store::Store;
use crate::store::clients::{SecretAtRest, StoredClient};

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
    /// Give out a token that lets clients register themselves, and print it
    InitialToken {
        /// How many clients it lets in
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        uses: u32,
        /// For how many days
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=400))]
        days: u32,
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
            let outgoing = Outgoing::open(&config.outgoing)?;
            check_sector(&outgoing, &registration.client).await?;
            add(&store, &config, &registration.client, sealed, replace).await?;
            let logos =
                logos::fetch(&outgoing, &registration.client, config.limits.logo_bytes).await;
            let id = &registration.client.client_id;
            store.clients().set_logos(id, &logos).await?;
            store.close().await;
            Ok(())
        }
        Command::List { database } => list(&opened(&database).await?).await,
        Command::Show { id, database } => show(&opened(&database).await?, id).await,
        Command::RotateSecret { id, database } => {
            let config = database.configuration()?;
            rotate_secret(&database.open(&config).await?, &config, id).await
        }
        Command::InitialToken {
            uses,
            days,
            database,
        } => initial_token(&opened(&database).await?, uses, days).await,
        Command::Remove { id, database } => {
            let config = database.configuration()?;
            let revoked_until = Clock::System
                .now()
                .after(config.tokens.access_token_lifetime);
            remove(&database.open(&config).await?, id, revoked_until).await
        }
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

/// The hosts that share a client's subjects say so themselves.
async fn check_sector(outgoing: &Outgoing, client: &Client) -> Result<(), Failure> {
    sector_identifier::check(outgoing, client)
        .await
        .map_err(|unlawful| Failure::Given(unlawful.to_string()))
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
    config: &Config,
    client: &Client,
    event_authorization: Option<String>,
    replace: bool,
) -> Result<(), Failure> {
    let (id, method) = (&client.client_id, client.token_endpoint_auth_method);
    let before = store.clients().get(id).await?;
    if before.is_some() && !replace {
        let message = format!("the client {id} is registered already: --replace changes it");
        return Err(Failure::Given(message));
    }
    let stays = before
        .as_ref()
        .filter(|before| secret::is_kept(before, method));
    let new = match stays {
        None if secret::is_needed(method) => Some(issued(config, id, method)?),
        _ => None,
    };
    match &new {
        Some((_, kept)) => store.clients().put_with_secret(client, kept).await?,
        None => store.clients().put(client, None).await?,
    }
    // As with the secret: what the file does not say stays, for the same endpoint.
    if let Some(sealed) = event_authorization {
        store
            .clients()
            .set_event_authorization(id, Some(&sealed))
            .await?;
    }
    if let (None, Some(before)) = (&new, before) {
        keep_no_more_than_needed(store, before, method).await?;
    }
    tell(id, new.map(|(secret, _)| secret))
}

fn issued(
    config: &Config,
    id: &ClientId,
    method: TokenEndpointAuthMethod,
) -> Result<(Secret, SecretAtRest), Failure> {
    let secret = secret::fresh(&Random::System);
    let kept = if secret::is_sealed(method) {
        let sealer = Sealer::load(&config.sealing_key_file)?;
        secret::keep(&sealer, id, method, &secret, &Random::System)?
    } else {
        secret::hashed(&secret)
    };
    Ok((secret, kept))
}

/// A client that has another method now may need less of its old secret, or none of it.
async fn keep_no_more_than_needed(
    store: &Store,
    before: StoredClient,
    method: TokenEndpointAuthMethod,
) -> Result<(), Failure> {
    let needed = before
        .secret_hash
        .clone()
        .filter(|_| secret::is_needed(method));
    let sealed = before.sealed_secret.clone();
    let after = needed.map(|hash| SecretAtRest {
        hash,
        sealed: sealed.filter(|_| secret::is_sealed(method)),
    });
    let stays = (
        after.as_ref().map(|after| &after.hash),
        after.as_ref().and_then(|after| after.sealed.as_ref()),
    );
    if stays != (before.secret_hash.as_ref(), before.sealed_secret.as_ref()) {
        let id = &before.client.client_id;
        store.clients().set_secret(id, after.as_ref()).await?;
    }
    Ok(())
}

/// The one time that a secret is seen.
fn tell(id: &ClientId, secret: Option<Secret>) -> Result<(), Failure> {
    let mut answer = Map::from_iter([("client_id".to_owned(), json!(id))]);
    if let Some(secret) = secret {
        answer.insert("client_secret".to_owned(), json!(secret.expose()));
    }
    print(format_args!("{:#}", Value::Object(answer)))
}

/// What is printed in the place of a word that a newer version wrote.
const NOT_UNDERSTOOD: &str = "(of a newer version)";

async fn list(store: &Store) -> Result<(), Failure> {
    for stored in store.clients().list().await? {
        let client = &stored.client;
        let (party, method) = (client.party, client.token_endpoint_auth_method);
        let word = |member, word: &'static str| match stored.not_understood.contains(&member) {
            true => NOT_UNDERSTOOD,
            false => word,
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
    let stored = found(store, &ClientId(id)).await?;
    let mut client = json!(stored.client);
    if let Some(members) = client.as_object_mut() {
        let not_understood = stored.not_understood.into_iter();
        members.extend(not_understood.map(|member| (member.to_owned(), json!(NOT_UNDERSTOOD))));
    }
    print(format_args!("{client:#}"))?;
    store.close().await;
    Ok(())
}

async fn rotate_secret(store: &Store, config: &Config, id: String) -> Result<(), Failure> {
    let id = ClientId(id);
    let stored = found(store, &id).await?;
    stored.check_understood()?;
    let method = stored.client.token_endpoint_auth_method;
    if !secret::is_needed(method) {
        let message = format!("the client {id} has no secret: it proves itself by {method}");
        return Err(Failure::Given(message));
    }
    let (secret, kept) = issued(config, &id, method)?;
    if !store.clients().set_secret(&id, Some(&kept)).await? {
        return Err(missing(&id));
    }
    store.close().await;
    tell(&id, Some(secret))
}

/// The one time that the token is seen.
async fn initial_token(store: &Store, uses: u32, days: u32) -> Result<(), Failure> {
    let (token, now) = (Random::System.secret(), Clock::System.now());
    let expires_at = now.after(Duration::from_secs(u64::from(days) * 24 * 60 * 60));
    let tokens = store.initial_access_tokens();
    let hash = sha256_hex(token.as_bytes());
    tokens.issue(&hash, uses, now, expires_at).await?;
    store.close().await;
    let answer = json!({
        "initial_access_token": token,
        "uses": uses,
        "expires_at": moment(expires_at),
    });
    print(format_args!("{answer:#}"))
}

async fn remove(store: &Store, id: String, revoked_until: Timestamp) -> Result<(), Failure> {
    let id = ClientId(id);
    if !store.clients().remove(&id, revoked_until).await? {
        return Err(missing(&id));
    }
    store.close().await;
    print(format_args!("the client {id} is removed"))
}

async fn found(store: &Store, id: &ClientId) -> Result<StoredClient, Failure> {
    let stored = store.clients().get(id).await?;
    stored.ok_or_else(|| missing(id))
}

fn missing(id: &ClientId) -> Failure {
    Failure::Given(format!("there is no client {id}"))
}
