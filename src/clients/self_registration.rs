//! Registers clients that register themselves (OpenID Connect Dynamic Client Registration
//! 1.0, RFC 7591) and replaces their registrations (RFC 7592): their metadata is completed
//! by the software statement, checked, and written. The endpoint decides before who may
//! register.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::config::BrandSettings;
use crate::fault::Fault;
use crate::oidc::client::{Client, Party};
use crate::oidc::client_metadata::Unlawful;
use crate::oidc::dynamic_registration::{self, Policy, Registrant};
use crate::oidc::rule::{self, Breaks as _, Under as _};
use crate::oidc::{Error, ErrorCode};
use crate::seal::sha256_hex;
use crate::secret::Secret;
use crate::store::clients::StoredClient;
use crate::store::clients::registration::{NewClient, SecretChange};

use super::cache;
use super::registration::Registrar;
use super::reserved_names::ReservedNames;
use super::secret::{self, Issued};
use super::software_statements::SoftwareStatements;

/// The issuer at which a client registers itself, and the policy there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The name of its brand.
    pub brand: &'a str,
    /// The metadata that clients may have.
    pub policy: &'a Policy,
    /// The brands, whose names a client may not have where everybody may register; none
    /// where the operator lets each client in.
    pub brands: Option<&'a [BrandSettings]>,
    /// Verifies software statements.
    pub statements: &'a SoftwareStatements,
    /// The present time.
    pub now: Timestamp,
}

/// A client that registered itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Registered {
    /// Its registration.
    pub client: Client,
    /// Its new secret, if it was given one. It cannot be read again.
    pub secret: Option<Secret>,
    /// Its registration access token, with which it reads and changes its registration.
    pub token: Secret,
    /// When it registered.
    pub at: Timestamp,
}

/// A registration that its client replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Replaced {
    /// The new registration.
    pub client: Client,
    /// Its new secret, if it needs another than it had. It cannot be read again.
    pub secret: Option<Secret>,
}

/// Why a registration was not written.
#[derive(Debug)]
pub enum Refused {
    /// The client's metadata is not allowed.
    Unlawful(Error),
    /// The initial access token was used up meanwhile.
    TokenSpent,
    /// The registration no longer exists.
    Gone,
    /// Something failed on this server.
    Fault(Fault),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Unlawful(error)
    }
}

impl<F: Into<Fault>> From<F> for Refused {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// Registers a client with its metadata `said`; `let_in_by` is the hash of the initial
/// access token, if one is required.
///
/// # Errors
/// [`Refused`] says why it was not registered.
pub async fn register(
    registrar: &Registrar<'_>,
    place: &Place<'_>,
    said: Map<String, Value>,
    let_in_by: Option<&str>,
) -> Result<Registered, Refused> {
    let registrant = Registrant {
        client_id: cache::new_id(registrar.random),
        brand: place.brand.to_owned(),
        had: None,
    };
    let client = lawful(registrar, place, said, registrant).await?;
    let logos = registrar.logos(&client).await;
    let issued = issue(registrar, &client)?;
    let token = Secret::from(registrar.random.secret());
    let new = NewClient {
        client: &client,
        secret: issued.as_ref().map(|issued| &issued.kept),
        token_hash: &sha256_hex(token.expose().as_bytes()),
        let_in_by,
        logos: &logos,
    };
    if !registrar.store.clients().register(&new, place.now).await? {
        // Another registration at the same time was the last that the token allowed.
        return Err(Refused::TokenSpent);
    }
    Ok(Registered {
        client,
        secret: issued.map(|issued| issued.secret),
        token,
        at: place.now,
    })
}

/// Replaces the registration of a client that registered itself.
///
/// # Errors
/// [`Refused`] says why it was not replaced.
pub async fn replace(
    registrar: &Registrar<'_>,
    place: &Place<'_>,
    before: &StoredClient,
    said: Map<String, Value>,
) -> Result<Replaced, Refused> {
    let registrant = Registrant {
        client_id: before.client.client_id.clone(),
        brand: place.brand.to_owned(),
        had: Some(before.client.subject_type),
    };
    let client = lawful(registrar, place, said, registrant).await?;
    let logos = registrar.logos(&client).await;
    let method = client.token_endpoint_auth_method;
    let issued = if secret::is_kept(before, method) {
        None
    } else {
        issue(registrar, &client)?
    };
    let change = match &issued {
        Some(issued) => SecretChange::Replaced(&issued.kept),
        None if secret::is_needed(method) => SecretChange::None,
        None => SecretChange::Removed,
    };
    let clients = registrar.store.clients();
    if !clients.replace(&client, change, &logos).await? {
        return Err(Refused::Gone);
    }
    Ok(Replaced {
        client,
        secret: issued.map(|issued| issued.secret),
    })
}

fn issue(registrar: &Registrar<'_>, client: &Client) -> Result<Option<Issued>, Fault> {
    let (id, method) = (&client.client_id, client.token_endpoint_auth_method);
    secret::issue(registrar.sealing_key, registrar.random, id, method)
}

/// Returns the client, if it may be registered with its metadata and its software
/// statement.
async fn lawful(
    registrar: &Registrar<'_>,
    place: &Place<'_>,
    mut said: Map<String, Value>,
    registrant: Registrant,
) -> Result<Client, Refused> {
    match said.get("software_statement") {
        None | Some(Value::Null) => {}
        Some(Value::String(statement)) => {
            let statements = place.statements;
            let vouched = statements.verified(statement, place.issuer, place.now);
            // RFC 7591 §2.3: the values of the statement take precedence over the client's
            // own.
            said.extend(vouched.under(rule::STATEMENT)?);
        }
        Some(_) => {
            let why = "software_statement: must be a JWT";
            let error = Error::new(ErrorCode::InvalidSoftwareStatement, why);
            return Err(error.breaks(rule::STATEMENT).into());
        }
    }
    let client = dynamic_registration::read(said, registrant, place.policy);
    let client = client.under(rule::METADATA)?;
    let sector = registrar.check_sector(&client).await;
    sector.map_err(unlawful)?;
    if let Some(brands) = place.brands {
        not_under_our_name(registrar, brands, &client).await?;
    }
    Ok(client)
}

/// Refuses a name that people would take for one of the brands or of our services.
async fn not_under_our_name(
    registrar: &Registrar<'_>,
    brands: &[BrandSettings],
    client: &Client,
) -> Result<(), Refused> {
    let of_operator = registrar.store.clients().of_operator().await?;
    let ours = of_operator
        .iter()
        .filter(|client| client.party == Party::First);
    let of_services = ours.flat_map(|client| client.client_name.values());
    let of_brands = brands.iter().flat_map(|brand| brand.display_name.values());
    let reserved = ReservedNames::new(of_services.chain(of_brands).map(String::as_str));
    if client
        .client_name
        .values()
        .any(|name| reserved.include(name))
    {
        return Err(unlawful(Unlawful {
            field: "client_name",
            reason: "contains a name of this provider or of one of its services".to_owned(),
        })
        .into());
    }
    Ok(())
}

fn unlawful(Unlawful { field, reason }: Unlawful) -> Error {
    let why = format!("{field}: {reason}");
    Error::new(ErrorCode::InvalidClientMetadata, why).breaks(rule::METADATA)
}
