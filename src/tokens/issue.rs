//! What a grant of a person gives: an access token, an ID token where OpenID
//! Connect was asked for, and a refresh token where the client may have one.

use super::access_token;
use super::refresh_token::RefreshToken;
use super::source::{self, Beside, Source};
use crate::accounts::account::Account;
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::client::{Client, GrantType};
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::scope::Scope;
use crate::oidc::token_response::TokenResponse;
use crate::oidc::{Error, ErrorCode};
use crate::store::grants::Grant;

/// The account behind what was granted at `given_at`, if it still stands.
///
/// # Errors
/// `invalid_grant` if it does not.
pub async fn account_behind(
    app: &App,
    account_id: &str,
    grant_id: &str,
    given_at: Timestamp,
) -> Result<Account, ProtocolRefusal> {
    let account = app
        .store
        .accounts()
        .claims_source(account_id, given_at, [grant_id, grant_id])
        .await?;
    account.ok_or_else(|| {
        let ended = "the account is closed, or its owner ended everything granted before";
        Error::new(ErrorCode::InvalidGrant, ended)
            .breaks(rule::ACCOUNT)
            .into()
    })
}

/// Signs the first tokens of a grant, and begins its refresh tokens if it has any.
///
/// # Errors
/// `invalid_grant` if it was revoked meanwhile: its code came a second time.
pub async fn first_tokens(
    app: &App,
    brand: &Brand,
    client: &Client,
    source: &Source,
) -> Result<TokenResponse, ProtocolRefusal> {
    let refresh = if may_refresh(client, &source.scope) {
        let grant = new_grant(app, brand, client, source);
        if !app.store.grants().begin(&grant).await? {
            let error = "the code was used twice; what it gave is revoked";
            let error = Error::new(ErrorCode::InvalidGrant, error);
            return Err(error.breaks(rule::STANDS).into());
        }
        Some(refresh_token(app, &grant))
    } else {
        None
    };
    tokens(app, brand, client, source, refresh).await
}

/// Revokes what a grant gave.
///
/// # Errors
/// If the database fails.
pub async fn revoke(app: &App, grant_id: &str) -> Result<(), ProtocolRefusal> {
    let now = app.clock.now();
    let until = now.after(app.config.tokens.access_token_lifetime);
    app.store.grants().revoke(&[grant_id], until, now).await?;
    Ok(())
}

fn new_grant(app: &App, brand: &Brand, client: &Client, source: &Source) -> Grant {
    let now = app.clock.now();
    Grant {
        id: source.grant_id.clone(),
        client_id: client.client_id.clone(),
        account_id: source.account.id.clone(),
        sid: source.sid.clone(),
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

/// Whether a grant comes with a refresh token.
fn may_refresh(client: &Client, scope: &Scope) -> bool {
    client.grant_types.contains(&GrantType::RefreshToken) && scope.contains("offline_access")
}

/// The text of the refresh token of a grant as it stands.
#[must_use]
pub fn refresh_token(app: &App, grant: &Grant) -> String {
    RefreshToken {
        grant_id: grant.id.clone(),
        generation: grant.generation,
    }
    .write(&app.sealer)
}

/// Signs the tokens.
///
/// # Errors
/// If signing fails.
pub async fn tokens(
    app: &App,
    brand: &Brand,
    client: &Client,
    source: &Source,
    refresh_token: Option<String>,
) -> Result<TokenResponse, ProtocolRefusal> {
    let access_token = source::access_token(app, brand, client, source)?;
    let id_token = if source.scope.contains("openid") {
        let beside = Beside {
            access_token: Some(&access_token),
            ..Beside::default()
        };
        Some(source::id_token(app, brand, client, source, &beside).await?)
    } else {
        None
    };
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: access_token::life(app).as_secs(),
        refresh_token,
        id_token,
        scope: source.scope.clone(),
        authorization_details: source::details_today(app, source),
    })
}
