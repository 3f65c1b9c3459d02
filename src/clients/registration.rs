//! Registers clients from metadata that the operator wrote, and changes such registrations.
//! `self_registration` is for clients that register themselves. Each operation returns its
//! result; the command or endpoint presents it.

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

/// The parts of this server that registering a client needs.
#[derive(Clone, Copy, Debug)]
pub struct Registrar<'a> {
    /// The database.
    pub store: &'a Store,
    /// Seals the secrets that must be readable later.
    pub sealing_key: SealingKey<'a>,
    /// Generates identifiers and secrets.
    pub random: &'a Random,
    /// Fetches logos and sector identifier documents.
    pub outgoing: &'a Outgoing,
    /// Maximum size of a client's logo in bytes.
    pub longest_logo: usize,
}

/// What happens if the client is registered already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// The registration is refused and the client stays as it is.
    Stays,
    /// Its registration is replaced; its secrets stay.
    Replaced,
}

/// A client that was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its `client_id`.
    pub client_id: ClientId,
    /// Whether the client is new or replaced.
    pub change: Change,
    /// Its new secret, if it was given one. It cannot be read again.
    pub secret: Option<Secret>,
}

/// What a registration did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A client was added.
    Added,
    /// A client was replaced.
    Replaced,
}

/// Why a client was not registered.
#[derive(Debug)]
pub enum Refused {
    /// The client is to act for the dealer of this code, which is not in the directory.
    UnknownDealer(String),
    /// The sector identifier document does not confirm the client's redirect URIs.
    Sector(Unlawful),
    /// A client with this `client_id` exists already.
    Exists(ClientId),
    /// Something failed on this server.
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for Refused {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

impl Registrar<'_> {
    /// Fetches the client's logos.
    pub(super) async fn logos(&self, client: &Client) -> Logos {
        logos::fetch(self.outgoing, client, self.longest_logo).await
    }

    /// Checks that the client's sector identifier document lists its redirect URIs.
    ///
    /// # Errors
    /// [`Unlawful`] if the document cannot be fetched or does not list them.
    pub(super) async fn check_sector(&self, client: &Client) -> Result<(), Unlawful> {
        sector_identifier::check(self.outgoing, client).await
    }
}

/// Registers a client, or replaces its registration. What the registration leaves out of
/// these is kept: the client secret, the header of events that go to the same endpoint, and
/// the subject type.
///
/// # Errors
/// [`Refused`] says why the client was not registered.
pub async fn register(
    registrar: &Registrar<'_>,
    registration: &Registration,
    existing: Existing,
) -> Result<Registered, Refused> {
    let mut client = registration.client.clone();
    let (store, id) = (registrar.store, &registration.client.client_id);
    let event_authorization = sealed_authorization(registrar, registration)?;
    if let Some(code) = unknown_dealer(store, &client).await? {
        return Err(Refused::UnknownDealer(code));
    }
    let sector = registrar.check_sector(&client).await;
    sector.map_err(Refused::Sector)?;
    let before = store.clients().get(id).await?;
    if before.is_some() && existing == Existing::Stays {
        return Err(Refused::Exists(id.clone()));
    }
    if let Some(before) = before.as_ref().filter(|_| !registration.names_subject_type) {
        // With another type, everybody would be somebody else to this client.
        client.subject_type = before.client.subject_type;
    }
    let change = match &before {
        Some(_) => Change::Replaced,
        None => Change::Added,
    };
    let logos = registrar.logos(&client).await;
    let secret = write(registrar, &client, before).await?;
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

/// Returns the code of the dealer that a client acts for, if it is not in the directory.
async fn unknown_dealer(store: &Store, client: &Client) -> Result<Option<String>, Fault> {
    let Some(code) = &client.dealer_code else {
        return Ok(None);
    };
    let known = store.dealers().get(code).await?.is_some();
    Ok(if known { None } else { Some(code.clone()) })
}

/// Returns the sealed header that is sent with the client's events.
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

/// Writes the registration; returns the secret, if the client needs a new one.
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

/// Deletes the stored forms of the old secret that the client's new authentication method
/// does not need.
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

/// Removes a client, its refresh tokens and the scopes that users granted it; returns
/// `false` if there is no such client. Its access tokens are refused until they have
/// expired.
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
