//! Encrypts ID tokens and UserInfo responses to a key of the client, where it registered so
//! (OpenID Connect Core §10.2). A response that cannot be encrypted is refused, and never
//! sent unencrypted.

use serde_json::Value;

use crate::app::App;
use crate::http::refusal::ProtocolRefusal;
use crate::keys::jwe::{self, Plain};
use crate::oidc::client::Client;
use crate::oidc::encryption::Encryption;
use crate::oidc::id_token::IdTokenClaims;
use crate::oidc::{Error, ErrorCode};

/// Signs an ID token, and encrypts it if the client registered so.
///
/// # Errors
/// `invalid_client_metadata` if it cannot be encrypted to the client's keys. `Fault` if
/// signing fails.
pub async fn id_token(
    app: &App,
    client: &Client,
    claims: &IdTokenClaims,
) -> Result<String, ProtocolRefusal> {
    let algorithm = client.id_token_signed_response_alg;
    let signed = app.keys.sign(algorithm, None, claims)?;
    match client.id_token_encryption() {
        None => Ok(signed),
        Some(encryption) => encrypted(app, client, encryption, Plain::Jwt(&signed)).await,
    }
}

/// Encrypts to the client.
///
/// # Errors
/// `invalid_client_metadata` if none of its keys can be used.
pub async fn encrypted(
    app: &App,
    client: &Client,
    encryption: Encryption,
    plain: Plain<'_>,
) -> Result<String, ProtocolRefusal> {
    let write = |jwks: &Value| jwe::encrypt_to(jwks, encryption, plain, &app.random).transpose();
    let why = match app.client_keys.find(client, write).await {
        Ok(Some(written)) => return Ok(written?),
        Ok(None) => "none of its keys is for that: publish one with use enc".to_owned(),
        Err(none) => none.to_string(),
    };
    let description = format!(
        "the client registered to have this encrypted by {}, but {why}",
        encryption.alg
    );
    Err(Error::new(ErrorCode::InvalidClientMetadata, description).into())
}
