//! The UserInfo endpoint (OpenID Connect Core §5.3): the claims of the access token's
//! account, by its scopes and by the claims that were requested individually.

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::Method;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};

use crate::app::{App, SharedApp};
use crate::brand::Brand;
use crate::http::parameters::{FormBody, is_form};
use crate::http::presented_token::PresentedToken;
use crate::http::refusal::ProtocolRefusal;
use crate::http::request_brand::RequestBrand;
use crate::keys::jwe::Plain;
use crate::oidc::client::{Client, ClientId};
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::token_type::TokenType;
use crate::oidc::{Error, ErrorCode, claims};
use crate::tokens::{access_token, for_client};

/// `GET /userinfo` and `POST /userinfo`
///
/// # Errors
/// A challenge for a token (RFC 6750 §3).
pub async fn answer(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    request: Request,
) -> Result<Response, ProtocolRefusal> {
    let headers = request.headers().clone();
    let in_body = token_in_body(request).await?;
    let presented = PresentedToken::of(&headers, in_body.as_deref(), TokenType::ALL)?;
    claims_for(&app, &brand, presented).await
}

/// RFC 6750 §2.2: only a POST with a form body may contain the token.
async fn token_in_body(request: Request) -> Result<Option<String>, ProtocolRefusal> {
    if request.method() != Method::POST || !is_form(request.headers()) {
        return Ok(None);
    }
    let FormBody(mut parameters) = FormBody::from_request(request, &()).await?;
    Ok(parameters.remove("access_token"))
}

async fn claims_for(
    app: &App,
    brand: &Brand,
    presented: PresentedToken<'_>,
) -> Result<Response, ProtocolRefusal> {
    let token = access_token::read_presented(app, brand, presented)?;
    let Some(account_id) = token
        .account_id
        .as_deref()
        .filter(|_| token.scope.contains("openid"))
    else {
        let error = Error::new(
            ErrorCode::InsufficientScope,
            "the access token was not granted the scope openid",
        );
        return Err(presented.refused(error.breaks(rule::TOKEN_SCOPE)));
    };
    let client_id = ClientId(token.text("client_id").unwrap_or_default().to_owned());
    let ended = || presented.invalid(rule::TOKEN_STANDS);
    // A client that was removed meanwhile gets no claims.
    let stored = app.clients.get(&app.store, &client_id).await?;
    let client = &stored.as_ref().ok_or_else(ended)?.client;
    let revocations = [token.grant_id.as_str(), token.revocation_id.as_str()];
    let account = app
        .store
        .accounts()
        .claims_source((account_id, &client_id), token.issued_at, revocations)
        .await?
        .ok_or_else(ended)?;
    let requested = token.userinfo_claims();
    let subject = token.text("sub").unwrap_or_default();
    let claims = claims::for_userinfo(&account, subject, &token.scope, &requested);
    written(app, brand, client, claims).await
}

/// The claims in the form that the client registered (§5.3.2): JSON, or a JWT that is
/// signed, encrypted, or both.
async fn written(
    app: &App,
    brand: &Brand,
    client: &Client,
    claims: Map<String, Value>,
) -> Result<Response, ProtocolRefusal> {
    let no_store = (CACHE_CONTROL, "no-store");
    let signed = match client.userinfo_signed_response_alg {
        None => None,
        Some(algorithm) => {
            let claims = claims::addressed(claims.clone(), &brand.issuer, &client.client_id);
            Some(app.keys.sign(algorithm, Some("JWT"), &claims)?)
        }
    };
    let jwt = match (signed, client.userinfo_encryption()) {
        (None, None) => return Ok(([no_store], Json(claims)).into_response()),
        (Some(signed), None) => signed,
        (Some(signed), Some(encryption)) => {
            for_client::encrypted(app, client, encryption, Plain::Jwt(&signed)).await?
        }
        (None, Some(encryption)) => {
            let claims = serde_json::to_vec(&claims)?;
            for_client::encrypted(app, client, encryption, Plain::Claims(&claims)).await?
        }
    };
    Ok(([no_store, (CONTENT_TYPE, "application/jwt")], jwt).into_response())
}
