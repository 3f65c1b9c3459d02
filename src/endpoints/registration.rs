//! The client registration endpoint (OpenID Connect Dynamic Client Registration 1.0 §3,
//! RFC 7591 §3): a relying party registers itself, where the operator lets it.

pub mod management;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use crate::app::{App, SharedApp};
use crate::brand::Brand;
use crate::clients::cache;
use crate::clients::logos;
use crate::clients::secret;
use crate::clients::sector_identifier;
use crate::clock::Timestamp;
use crate::config::RegistrationAccess;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::json_object::JsonObject;
use crate::http::presented_token::{self, PresentedToken};
use crate::http::refusal::ProtocolRefusal;
use crate::http::request_brand::RequestBrand;
use crate::oidc::client::{Client, ClientId};
use crate::oidc::client_metadata::Unlawful;
use crate::oidc::dynamic_registration::{self, Registrant};
use crate::oidc::metadata::endpoint::REGISTRATION;
use crate::oidc::rule::{self, Breaks as _, Under as _};
use crate::oidc::token_type::TokenType;
use crate::oidc::{Error, ErrorCode};
use crate::seal::sha256_hex;
use crate::secret::Secret;
use crate::store::clients::SecretAtRest;
use crate::store::clients::registration::NewClient;

/// The tokens that let a client register itself, or manage its registration, are bearer
/// tokens (RFC 7591 §3, RFC 7592 §2).
const ACCEPTED: &[TokenType] = &[TokenType::Bearer];

const HOUR: Duration = Duration::from_secs(60 * 60);

/// `POST /register`
///
/// # Errors
/// As RFC 7591 §3.2.2 says; a challenge where an initial access token is
/// wanted; 403 where nobody may.
pub async fn post(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    address: Result<ClientAddress, std::convert::Infallible>,
    headers: HeaderMap,
    JsonObject(said): JsonObject,
) -> Result<Response, ProtocolRefusal> {
    let let_in_by = let_in(&app, &brand, &headers).await?;
    let Ok(address) = address;
    within_limits(&app, address).await?;
    let now = app.clock.now();
    let registrant = Registrant {
        client_id: cache::new_id(&app.random),
        brand: brand.name.clone(),
    };
    let client = lawful(&app, &brand, said, registrant).await?;
    let logos = logos::fetch(&app.outgoing, &client, app.config.limits.logo_bytes).await;
    let (secret, kept) = fresh_secret(&app, &client)?.unzip();
    let token = app.random.secret();
    let new = NewClient {
        client: &client,
        secret: kept.as_ref(),
        token_hash: &sha256_hex(token.as_bytes()),
        let_in_by: let_in_by.as_deref(),
        logos: &logos,
    };
    if !app.store.clients().register(&new, now).await? {
        // Another registration at the same moment was the last that the token let in.
        return Err(presented_token::invalid(ACCEPTED, rule::INITIAL_TOKEN));
    }
    let life = app.config.dynamic_registration.unused_lifetime;
    if app.store.clients().forget_unused(now.before(life)).await? > 0 {
        app.clients.forget_all();
    }
    let body = information(&brand, &client, secret.as_ref(), &token, now);
    Ok(answer(StatusCode::CREATED, body))
}

/// Whether anyone may register here and now; the hash of the initial access token
/// that lets this one in, if one must.
async fn let_in(
    app: &App,
    brand: &Brand,
    headers: &HeaderMap,
) -> Result<Option<String>, ProtocolRefusal> {
    is_open(app, brand)?;
    if app.config.dynamic_registration.access == RegistrationAccess::Open {
        return Ok(None);
    }
    let token = PresentedToken::of(headers, None, ACCEPTED)?.text;
    let hash = sha256_hex(token.as_bytes());
    let now = app.clock.now();
    if !app
        .store
        .initial_access_tokens()
        .is_good(&hash, now)
        .await?
    {
        return Err(presented_token::invalid(ACCEPTED, rule::INITIAL_TOKEN));
    }
    Ok(Some(hash))
}

/// Refuses where clients are registered by the operator alone.
fn is_open(app: &App, brand: &Brand) -> Result<(), ProtocolRefusal> {
    if app.config.registers_clients_at(&brand.name) {
        return Ok(());
    }
    let error = "clients do not register themselves here: ask the operator of this server";
    let error = Error::new(ErrorCode::AccessDenied, error);
    Err(ProtocolRefusal::Forbidden(
        error.breaks(rule::REGISTRATION_OPEN),
    ))
}

async fn within_limits(app: &App, address: ClientAddress) -> Result<(), ProtocolRefusal> {
    let most = app.config.dynamic_registration.per_ip_hour;
    if most == 0 {
        return Ok(());
    }
    let key = format!("registrations-from:{}", address.counted_as());
    if app.ephemeral.count(Key::Rate(&key), HOUR).await? > most {
        return Err(Error::new(
            ErrorCode::TemporarilyUnavailable,
            "too many clients were registered from this address: try again later",
        )
        .breaks(rule::REGISTRATION_LIMIT)
        .into());
    }
    Ok(())
}

/// The client, if it may be registered as it says and as somebody vouches for it.
async fn lawful(
    app: &App,
    brand: &Brand,
    mut said: Map<String, Value>,
    registrant: Registrant,
) -> Result<Client, ProtocolRefusal> {
    match said.get("software_statement") {
        None | Some(Value::Null) => {}
        Some(Value::String(statement)) => {
            let now = app.clock.now();
            let statements = &app.software_statements;
            let vouched = statements.verified(statement, &brand.issuer, now);
            // RFC 7591 §2.3: what is vouched for goes before what is merely said.
            said.extend(vouched.under(rule::STATEMENT)?);
        }
        Some(_) => {
            let why = "software_statement: must be a JWT";
            let error = Error::new(ErrorCode::InvalidSoftwareStatement, why);
            return Err(error.breaks(rule::STATEMENT).into());
        }
    }
    let policy = &app.config.dynamic_registration.policy;
    let client = dynamic_registration::read(said, registrant, policy).under(rule::METADATA)?;
    sector_identifier::check(&app.outgoing, &client)
        .await
        .map_err(|Unlawful { field, reason }| {
            let why = format!("{field}: {reason}");
            Error::new(ErrorCode::InvalidClientMetadata, why).breaks(rule::METADATA)
        })?;
    Ok(client)
}

/// A new secret and what is kept of it, if the client proves itself by one.
fn fresh_secret(app: &App, client: &Client) -> Result<Option<(Secret, SecretAtRest)>, Fault> {
    let (id, method) = (&client.client_id, client.token_endpoint_auth_method);
    if !secret::is_needed(method) {
        return Ok(None);
    }
    let fresh = secret::fresh(&app.random);
    let kept = secret::keep(&app.sealer, id, method, &fresh, &app.random)?;
    Ok(Some((fresh, kept)))
}

/// The client information response (RFC 7591 §3.2.1, RFC 7592 §3).
fn information(
    brand: &Brand,
    client: &Client,
    new: Option<&Secret>,
    token: &str,
    registered_at: Timestamp,
) -> Map<String, Value> {
    let mut information = dynamic_registration::told(client);
    let place = place_of(brand, &client.client_id);
    information.insert("client_id_issued_at".to_owned(), json!(registered_at));
    information.insert("registration_access_token".to_owned(), json!(token));
    information.insert("registration_client_uri".to_owned(), json!(place));
    if let Some(secret) = new {
        information.insert("client_secret".to_owned(), json!(secret.expose()));
    }
    if secret::is_needed(client.token_endpoint_auth_method) {
        // It does not expire.
        information.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    information
}

fn place_of(brand: &Brand, id: &ClientId) -> String {
    format!("{}{REGISTRATION}/{id}", brand.issuer)
}

fn answer(status: StatusCode, body: Map<String, Value>) -> Response {
    let headers = [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];
    (status, headers, Json(body)).into_response()
}
