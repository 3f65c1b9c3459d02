//! The client configuration endpoint (RFC 7592): a client that registered itself reads,
//! replaces and deletes its registration, by its registration access token.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};

use super::{
    ACCEPTED, Counted, answer, information, is_open, place, refused, registrar, within_limits,
};
use crate::app::{App, SharedApp};
use crate::brand::Brand;
use crate::clients::self_registration::{self, Replaced};
use crate::clients::{registration, secret};
use crate::http::client_address::ClientAddress;
use crate::http::json_object::JsonObject;
use crate::http::presented_token::{self, PresentedToken};
use crate::http::refusal::ProtocolRefusal;
use crate::http::request_brand::RequestBrand;
use crate::oidc::client::ClientId;
use crate::oidc::rule::{self, Under as _};
use crate::oidc::{Error, ErrorCode};
use crate::sha256::is_sha256_of;
use crate::store::clients::StoredClient;
use crate::store::clients::registration::SelfRegistered;

/// The members that only this provider sets (RFC 7592 §2.2).
const OURS: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_id_issued_at",
    "client_secret_expires_at",
];

/// A client, and the token that proves that the registration is its own.
struct Own<'a> {
    stored: StoredClient,
    registered: SelfRegistered,
    token: &'a str,
}

/// `GET /register/{client_id}` (§2.1). The secret is not returned: only its hash is stored.
///
/// # Errors
/// A challenge for a bearer token.
pub async fn get(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ProtocolRefusal> {
    let own = own(&app, &brand, id, &headers).await?;
    let client = &own.stored.client;
    let body = information(&brand, client, None, own.token, own.registered.at);
    Ok(answer(StatusCode::OK, body))
}

/// `PUT /register/{client_id}` (§2.2): members that are left out are removed.
///
/// # Errors
/// A challenge for a bearer token; the errors of a registration.
pub async fn put(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    Path(id): Path<String>,
    address: Result<ClientAddress, std::convert::Infallible>,
    headers: HeaderMap,
    JsonObject(said): JsonObject,
) -> Result<Response, ProtocolRefusal> {
    let own = own(&app, &brand, id, &headers).await?;
    is_open(&app, &brand)?;
    let Ok(address) = address;
    within_limits(&app, address, &Counted::CHANGES).await?;
    says_who_it_is(&own, &said).under(rule::METADATA)?;
    let place = place(&app, &brand, app.clock.now());
    let replaced = self_registration::replace(&registrar(&app), &place, &own.stored, said)
        .await
        .map_err(refused)?;
    app.clients.forget_all();
    let Replaced { client, secret } = replaced;
    let at = own.registered.at;
    let body = information(&brand, &client, secret.as_ref(), own.token, at);
    Ok(answer(StatusCode::OK, body))
}

/// `DELETE /register/{client_id}` (§2.3): ends its grants and its tokens too.
///
/// # Errors
/// A challenge for a bearer token.
pub async fn delete(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ProtocolRefusal> {
    let own = own(&app, &brand, id, &headers).await?;
    let (id, now) = (&own.stored.client.client_id, app.clock.now());
    registration::remove(&app.store, id, &app.config.tokens, now).await?;
    app.clients.forget_all();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The client with that ID, if the token is its own. It is read from the store, since
/// another node may just have changed it. An unknown client and a wrong token get the same
/// answer (§2.1).
async fn own<'a>(
    app: &App,
    brand: &Brand,
    id: String,
    headers: &'a HeaderMap,
) -> Result<Own<'a>, ProtocolRefusal> {
    let token = PresentedToken::of(headers, None, ACCEPTED)?.text;
    let stored = app.store.clients().get(&ClientId(id)).await?;
    let stored = stored.filter(|stored| stored.client.brands.contains(&brand.name));
    let Some(stored) = stored else {
        return Err(presented_token::invalid(ACCEPTED, rule::REGISTRATION_TOKEN));
    };
    match stored.registered.clone() {
        Some(registered) if is_sha256_of(&registered.token_hash, token) => {
            stored.check_understood()?;
            Ok(Own {
                stored,
                registered,
                token,
            })
        }
        _ => Err(presented_token::invalid(ACCEPTED, rule::REGISTRATION_TOKEN)),
    }
}

/// §2.2: the request names the client and contains its right secret or none, and no member
/// that only this provider sets.
fn says_who_it_is(own: &Own<'_>, said: &Map<String, Value>) -> Result<(), Error> {
    let wrong = |why: String| Err(Error::new(ErrorCode::InvalidClientMetadata, why));
    let id = &own.stored.client.client_id.0;
    if said.get("client_id").and_then(Value::as_str) != Some(id) {
        return wrong("client_id: must be there, and this client's".to_owned());
    }
    if let Some(name) = OURS.iter().find(|name| said.contains_key(**name)) {
        return wrong(format!("{name}: is not the client's to say"));
    }
    match said.get("client_secret") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(given)) if secret::is_secret_of(&own.stored, given) => Ok(()),
        Some(_) => wrong("client_secret: is not the one this client has; leave it out".to_owned()),
    }
}
