//! The authorization code grant (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3):
//! a code is good once; used again, it revokes what it gave (RFC 6749 §4.1.2).

use super::issue::{self, Source};
use crate::accounts::account::AccountStatus;
use crate::app::App;
use crate::brand::Brand;
use crate::ephemeral::{Key, Spent};
use crate::http::answer::CODE_TOMBSTONE;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::client::Client;
use crate::oidc::code_record::CodeRecord;
use crate::oidc::token_request::CodeExchange;
use crate::oidc::token_response::TokenResponse;
use crate::oidc::{Error, ErrorCode};
use crate::seal::sha256_hex;
use crate::store::grants::Grant;

/// Exchanges a code.
///
/// # Errors
/// `invalid_grant` if the code is not good for this client and request.
pub async fn exchange(
    app: &App,
    brand: &Brand,
    client: &Client,
    exchange: &CodeExchange,
) -> Result<TokenResponse, ProtocolRefusal> {
    let name = sha256_hex(exchange.code.as_bytes());
    let record: CodeRecord = match app
        .ephemeral
        .spend(Key::Code(&name), CODE_TOMBSTONE)
        .await?
    {
        Spent::First(bytes) => serde_json::from_slice(&bytes)?,
        Spent::Again(bytes) => {
            let record: CodeRecord = serde_json::from_slice(&bytes)?;
            revoke_what_it_gave(app, &record).await?;
            return Err(invalid_grant("the code was used before; what it gave is revoked").into());
        }
        Spent::Never => return Err(invalid_grant("the code is unknown or has expired").into()),
    };
    record.check(exchange, client, &brand.issuer, app.clock.now())?;
    let Some(account) = app
        .store
        .accounts()
        .by_id(&record.account_id)
        .await?
        .filter(|account| account.status == AccountStatus::Active)
    else {
        return Err(invalid_grant("the account is closed").into());
    };
    let source = Source::of_code(record, account);
    let refresh = if issue::may_refresh(client, &source.scope) {
        let grant = new_grant(app, brand, client, &source);
        if !app.store.grants().begin(&grant).await? {
            return Err(invalid_grant("the code was used twice; what it gave is revoked").into());
        }
        Some(issue::refresh_token(app, &grant))
    } else {
        None
    };
    issue::tokens(app, brand, client, &source, refresh)
}

async fn revoke_what_it_gave(app: &App, record: &CodeRecord) -> Result<(), ProtocolRefusal> {
    let now = app.clock.now();
    let until = now.after(app.config.tokens.access_token_lifetime);
    app.store
        .grants()
        .revoke(&[&record.grant_id], until, now)
        .await?;
    Ok(())
}

fn new_grant(app: &App, brand: &Brand, client: &Client, source: &Source) -> Grant {
    let now = app.clock.now();
    Grant {
        id: source.grant_id.clone(),
        client_id: client.client_id.clone(),
        account_id: source.account.id.clone(),
        // A refresh token needs offline_access, and so outlives the session.
        sid: None,
        issuer: brand.issuer.clone(),
        scope: source.scope.clone(),
        authorization_details: source.authorization_details.clone(),
        claims: source.claims.clone(),
        auth_time: source.auth_time,
        acr: source.acr.clone(),
        amr: source.amr.clone(),
        nonce: source.nonce.clone(),
        generation: 0,
        rotated_at: now,
        created_at: now,
        expires_at: now.after(app.config.tokens.refresh_token_lifetime),
    }
}

fn invalid_grant(description: &'static str) -> Error {
    Error::new(ErrorCode::InvalidGrant, description)
}
