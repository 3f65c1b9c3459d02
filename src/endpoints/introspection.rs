//! Token introspection (RFC 7662): whether a token is active, for the client it was issued
//! to and for the servers in its audience. Anyone else, and any token that is not active,
//! gets the same answer: not active.

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};

use crate::app::{App, SharedApp};
use crate::brand::Brand;
use crate::fault::Fault;
use crate::http::client_authentication::AuthenticatedRequest;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::client::{Client, ClientId};
use crate::oidc::introspection::Introspection;
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::{Error, ErrorCode};
use crate::tokens::access_token::{self, AccessToken};
use crate::tokens::refresh_token::RefreshToken;

/// `POST /introspect`
///
/// # Errors
/// `invalid_client` if the client does not authenticate; `invalid_request` without a token.
pub async fn post(
    State(app): State<SharedApp>,
    AuthenticatedRequest {
        brand,
        client,
        parameters,
    }: AuthenticatedRequest,
) -> Result<Response, ProtocolRefusal> {
    if !client.is_proven() {
        // RFC 7662 §2.1: the client must be authenticated, or tokens could be guessed.
        return Err(Error::new(
            ErrorCode::UnauthorizedClient,
            "a public client may not introspect tokens",
        )
        .breaks(rule::CONFIDENTIAL)
        .into());
    }
    let Some(token) = parameters.get("token") else {
        let missing = Error::invalid_request("token is missing");
        return Err(missing.breaks(rule::TOKEN_PARAMETER).into());
    };
    let answer = match access_token::read(&app, &brand, token) {
        Some(token) => of_access_token(&app, &client, token).await?,
        None => of_refresh_token(&app, &brand, &client, token).await?,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

async fn of_access_token(
    app: &App,
    client: &Client,
    token: AccessToken,
) -> Result<Introspection, Fault> {
    if !concerns(client, &token) {
        return Ok(Introspection::inactive());
    }
    // The tokens of a client end with the client.
    let holder = ClientId(token.text("client_id").unwrap_or_default().to_owned());
    if app.clients.get(&app.store, &holder).await?.is_none() {
        return Ok(Introspection::inactive());
    }
    let revocations = [token.grant_id.as_str(), token.revocation_id.as_str()];
    let good = match &token.account_id {
        Some(account_id) => app
            .store
            .accounts()
            .claims_source((account_id, &holder), token.issued_at, revocations)
            .await?
            .is_some(),
        None => !app.store.grants().is_revoked(revocations).await?,
    };
    Ok(if good {
        Introspection::of_access_token(token.token_type(), token.claims)
    } else {
        Introspection::inactive()
    })
}

/// A token concerns the client it was given to and the servers in its audience.
fn concerns(client: &Client, token: &AccessToken) -> bool {
    let own = token.text("client_id") == Some(client.client_id.0.as_str());
    let audience = token
        .claims
        .get("aud")
        .and_then(serde_json::Value::as_array);
    let named = |name: &str| audience.is_some_and(|all| all.iter().any(|entry| entry == name));
    own || named(&client.client_id.0)
}

async fn of_refresh_token(
    app: &App,
    brand: &Brand,
    client: &Client,
    text: &str,
) -> Result<Introspection, Fault> {
    let Some(token) = RefreshToken::read(&app.sealer, text) else {
        return Ok(Introspection::inactive());
    };
    let Some(family) = app
        .store
        .grants()
        .find(&token.grant_id, app.clock.now())
        .await?
    else {
        return Ok(Introspection::inactive());
    };
    let grant = &family.grant;
    let good = grant.client_id == client.client_id
        && grant.issuer == brand.issuer
        && family.generation == token.generation;
    if !good {
        return Ok(Introspection::inactive());
    }
    let subject = app.pairwise.subject(client, &grant.account_id);
    Ok(Introspection::of_refresh_token(
        &brand.issuer,
        &client.client_id,
        &subject,
        &grant.access.scope,
        family.expires_at,
    ))
}
