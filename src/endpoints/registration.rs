//! The client registration endpoint (OpenID Connect Dynamic Client Registration 1.0 §3, RFC
//! 7591 §3): a relying party registers itself, if the operator allows it.

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
use crate::clients::registration::Registrar;
use crate::clients::self_registration::{self, Place, Refused, Registered};
use crate::clients::{initial_access_token, secret};
use crate::clock::Timestamp;
use crate::config::RegistrationAccess;
use crate::http::client_address::ClientAddress;
use crate::http::json_object::JsonObject;
use crate::http::presented_token::{self, PresentedToken};
use crate::http::refusal::ProtocolRefusal;
use crate::http::request_brand::RequestBrand;
use crate::oidc::client::{Client, ClientId};
use crate::oidc::dynamic_registration;
use crate::oidc::metadata::endpoint::REGISTRATION;
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::token_type::TokenType;
use crate::oidc::{Error, ErrorCode};
use crate::seal::SealingKey;
use crate::secret::Secret;

/// Initial access tokens and registration access tokens are bearer tokens (RFC 7591 §3, RFC
/// 7592 §2).
const ACCEPTED: &[TokenType] = &[TokenType::Bearer];

const HOUR: Duration = Duration::from_secs(60 * 60);

/// `POST /register`
///
/// # Errors
/// As RFC 7591 §3.2.2 says; a challenge if an initial access token is required; 403 if
/// registration is closed.
pub async fn post(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    address: Result<ClientAddress, std::convert::Infallible>,
    headers: HeaderMap,
    JsonObject(said): JsonObject,
) -> Result<Response, ProtocolRefusal> {
    let let_in_by = let_in(&app, &brand, &headers).await?;
    let Ok(address) = address;
    within_limits(&app, address, &Counted::REGISTRATIONS).await?;
    let now = app.clock.now();
    let place = place(&app, &brand, now);
    let registered =
        self_registration::register(&registrar(&app), &place, said, let_in_by.as_deref())
            .await
            .map_err(refused)?;
    let life = app.config.dynamic_registration.unused_lifetime;
    if app.store.clients().forget_unused(now.before(life)).await? > 0 {
        app.clients.forget_all();
    }
    let Registered {
        client,
        secret,
        token,
        at,
    } = registered;
    let body = information(&brand, &client, secret.as_ref(), token.expose(), at);
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
    let now = app.clock.now();
    let good = initial_access_token::good(&app.store, token, now).await?;
    let Some(hash) = good else {
        return Err(presented_token::invalid(ACCEPTED, rule::INITIAL_TOKEN));
    };
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

/// What is counted by address, each by itself.
struct Counted {
    counter: &'static str,
    refused: &'static str,
}

impl Counted {
    const REGISTRATIONS: Self = Self {
        counter: "registrations-from",
        refused: "too many clients were registered from this address: try again later",
    };
    /// Each empties every node's cache of clients, and fetches what the client names.
    const CHANGES: Self = Self {
        counter: "registration-changes-from",
        refused: "too many registrations were changed from this address: try again later",
    };
}

async fn within_limits(
    app: &App,
    address: ClientAddress,
    counted: &Counted,
) -> Result<(), ProtocolRefusal> {
    let most = app.config.dynamic_registration.per_ip_hour;
    if most == 0 {
        return Ok(());
    }
    let limits = address.limits(counted.counter, HOUR, most);
    if !app.ephemeral.count_within(&limits).await? {
        let error = Error::new(ErrorCode::TemporarilyUnavailable, counted.refused);
        return Err(error.breaks(rule::REGISTRATION_LIMIT).into());
    }
    Ok(())
}

/// Returns what registering a client needs of this server.
const fn registrar(app: &App) -> Registrar<'_> {
    Registrar {
        store: &app.store,
        sealing_key: SealingKey::Loaded(&app.sealer),
        random: &app.random,
        outgoing: &app.outgoing,
        longest_logo: app.config.limits.logo_bytes,
    }
}

/// The issuer at which a client registers itself now.
fn place<'a>(app: &'a App, brand: &'a Brand, now: Timestamp) -> Place<'a> {
    Place {
        issuer: &brand.issuer,
        brand: &brand.name,
        brands: (app.config.dynamic_registration.access == RegistrationAccess::Open)
            .then_some(&*app.config.brands),
        policy: &app.config.dynamic_registration.policy,
        statements: &app.software_statements,
        now,
    }
}

fn refused(refused: Refused) -> ProtocolRefusal {
    match refused {
        Refused::Unlawful(error) => error.into(),
        Refused::TokenSpent => presented_token::invalid(ACCEPTED, rule::INITIAL_TOKEN),
        Refused::Gone => presented_token::invalid(ACCEPTED, rule::REGISTRATION_TOKEN),
        Refused::Fault(fault) => ProtocolRefusal::Fault(fault),
    }
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
