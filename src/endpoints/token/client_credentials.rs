//! The client credentials grant (RFC 6749 §4.4): a token for the client itself.

use crate::app::App;
use crate::brand::Brand;
use crate::http::client_authentication::AuthenticatedClient;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::access_token::{AccessTokenClaims, audience};
use crate::oidc::scope::Scope;
use crate::oidc::token_response::TokenResponse;
use crate::tokens::access_token;

/// Grants a token to the client itself.
///
/// # Errors
/// `Fault` if signing fails.
pub fn grant(
    app: &App,
    brand: &Brand,
    client: &AuthenticatedClient,
    scope: Scope,
) -> Result<TokenResponse, ProtocolRefusal> {
    let now = app.clock.now();
    let claims = AccessTokenClaims {
        iss: brand.issuer.clone(),
        // RFC 9068 §3: without a resource owner, the client is the subject.
        sub: client.client_id.to_string(),
        aud: audience(&brand.issuer, client),
        client_id: client.client_id.clone(),
        iat: now,
        exp: now.after(access_token::life(app)),
        jti: access_token::handle(app, &app.random.id(), None)?,
        scope: scope.clone(),
        auth_time: None,
        acr: None,
        authorization_details: Vec::new(),
        userinfo_claims: None,
        claims_locales: Vec::new(),
    };
    Ok(TokenResponse {
        access_token: access_token::sign(app, &claims)?,
        refresh_token: None,
        id_token: None,
        scope: scope.clone(),
        authorization_details: Vec::new(),
    })
}
