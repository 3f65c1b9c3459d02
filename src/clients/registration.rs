//! Registering clients as the operator decides: from metadata that a person wrote, or
//! changed by such. Clients that register themselves are in `self_registration`. Each
//! operation returns its result; how it is told is left to the command or the endpoint.

pub mod metadata;

use crate::clock::Timestamp;
use crate::config::TokenSettings;
use crate::event_delivery::seal_authorization;
use crate::fault::Fault;
use crate::oidc::client::{Client, ClientId, TokenEndpointAuthMethod};
use crate::oidc::client_metadata::Unlawful;
use crate::outgoing::Outgoing;
use crate::random::Random;
use crate::seal::SealingKey;
use crate::secret::Secret;
use crate::store::Store;
use crate::store::clients::logos::Logos;
use crate::store::clients::{SecretAtRest, StoredClient};

use super::{logos, secret, sector_identifier};
use metadata::Registration;

/// What registering a client needs of this server.
#[derive(Clone, Copy, Debug)]
pub struct Registrar<'a> {
    /// The database.
    pub store: &'a Store,
    /// Seals the secrets that must be read again.
    pub sealing_key: SealingKey<'a>,
    /// Makes identifiers and secrets.
    pub random: &'a Random,
    /// Fetches logos and sector documents.
    pub outgoing: &'a Outgoing,
    /// The biggest logo of a client, in bytes.
    pub longest_logo: usize,
}

/// What happens to a client that is registered already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays as it is, and the registration is refused.
    Stays,
    /// Its registration is replaced; its secrets stay.
    Replaced,
}

/// A client that was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its `client_id`.
    pub client_id: ClientId,
    /// Whether it is new.
    pub change: Change,
    /// Its new secret, if it got one. It is not to be had again.
    pub secret: Option<Secret>,
}

/// What a registration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is a client more.
    Added,
    /// A client was replaced.
    Replaced,
}

/// Why a client was not registered.
#[derive(Debug)]
pub enum Refused {
    /// The directory has no dealer of this code, for which the client is to speak.
    UnknownDealer(String),
    /// The hosts that are to share the client's subjects do not say so.
    Sector(Unlawful),
    /// There is a client of this `client_id`.
    Exists(ClientId),
    /// Something failed.
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for Refused {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

impl Registrar<'_> {
    /// Fetches the logos that people will see of a client.
    pub(super) async fn logos(&self, client: &Client) -> Logos {
        logos::fetch(self.outgoing, client, self.longest_logo).await
    }

    /// Checks that the hosts which share a client's subjects say so themselves.
    ///
    /// # Errors
    /// If they do not.
    pub(super) async fn check_sector(&self, client: &Client) -> Result<(), Unlawful> {
        sector_identifier::check(self.outgoing, client).await
    }
}

/// Registers a client, or replaces its registration. What the registration leaves out of the
/// secret parts stays: the secret, and the header of events that go to the same endpoint.
///
/// # Errors
/// [`Refused`] says why the client was not registered.
pub async fn register(
    registrar: &Registrar<'_>,
    registration: &Registration,
    existing: Existing,
) -> Result<Registered, Refused> {
    let client = &registration.client;
    let (store, id) = (registrar.store, &client.client_id);
    let event_authorization = sealed_authorization(registrar, registration)?;
    if let Some(code) = unknown_dealer(store, client).await? {
        return Err(Refused::UnknownDealer(code));
    }
    let sector = registrar.check_sector(client).await;
    sector.map_err(Refused::Sector)?;
    let before = store.clients().get(id).await?;
    if before.is_some() && existing == Existing::Stays {
        return Err(Refused::Exists(id.clone()));
    }
    let change = match &before {
        Some(_) => Change::Replaced,
        None => Change::Added,
    };
    let logos = registrar.logos(client).await;
    let secret = write(registrar, client, before).await?;
    if let Some(sealed) = event_authorization {
        let clients = store.clients();
        clients.set_event_authorization(id, Some(&sealed)).await?;
    }
    store.clients().set_logos(id, &logos).await?;
    Ok(Registered {
        client_id: id.clone(),
        change,
        secret,
    })
}

/// The code of the dealer that a client speaks for, if the directory does not have it.
async fn unknown_dealer(store: &Store, client: &Client) -> Result<Option<String>, Fault> {
    let Some(code) = &client.dealer_code else {
        return Ok(None);
    };
    let known = store.dealers().get(code).await?.is_some();
    Ok(if known { None } else { Some(code.clone()) })
}

/// The header that goes with the client's events, as it may rest.
fn sealed_authorization(
    registrar: &Registrar<'_>,
    registration: &Registration,
) -> Result<Option<String>, Fault> {
    let client = &registration.client;
    let (Some(delivery), Some(header)) =
        (&client.event_delivery, &registration.event_authorization)
    else {
        return Ok(None);
    };
    let sealer = registrar.sealing_key.sealer()?;
    let place = (&client.client_id, &delivery.endpoint_url);
    seal_authorization(&sealer, place, header.expose(), registrar.random).map(Some)
}

/// Writes the registration; gives the secret, if the client needs another than it had.
async fn write(
    registrar: &Registrar<'_>,
    client: &Client,
    before: Option<StoredClient>,
) -> Result<Option<Secret>, Fault> {
    let (id, method) = (&client.client_id, client.token_endpoint_auth_method);
    let clients = registrar.store.clients();
    let stays = before
        .as_ref()
        .is_some_and(|before| secret::is_kept(before, method));
    let issued = if stays {
        None
    } else {
        secret::issue(registrar.sealing_key, registrar.random, id, method)?
    };
    if let Some(issued) = issued {
        clients.put_with_secret(client, &issued.kept).await?;
        return Ok(Some(issued.secret));
    }
    clients.put(client, None).await?;
    if let Some(before) = before {
        keep_no_more_than_needed(registrar.store, &before, method).await?;
    }
    Ok(None)
}

/// Forgets what a client with another method needs no more of its old secret.
async fn keep_no_more_than_needed(
    store: &Store,
    before: &StoredClient,
    method: TokenEndpointAuthMethod,
) -> Result<(), Fault> {
    let kept = before.secret_hash.clone().map(|hash| SecretAtRest {
        hash,
        sealed: before.sealed_secret.clone(),
    });
    let needed = kept
        .clone()
        .filter(|_| secret::is_needed(method))
        .map(|kept| SecretAtRest {
            sealed: kept.sealed.filter(|_| secret::is_sealed(method)),
            ..kept
        });
    if needed != kept {
        let id = &before.client.client_id;
        store.clients().set_secret(id, needed.as_ref()).await?;
    }
    Ok(())
}

/// Removes a client, its refresh tokens and what people granted it; `false` if there is
/// none of that name. Its access tokens are refused for as long as they live.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn remove(
    store: &Store,
    id: &ClientId,
    tokens: &TokenSettings,
    now: Timestamp,
) -> Result<bool, Fault> {
    let revoked_until = now.after(tokens.access_token_lifetime);
    store.clients().remove(id, revoked_until).await
}
