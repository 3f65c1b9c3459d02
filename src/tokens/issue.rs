//! What a grant of a person gives: an access token, an ID token where OpenID
//! Connect was asked for, and a refresh token where the client may have one.

use super::refresh_token::RefreshToken;
use super::source::{self, Beside, Source};
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::http::client_authentication::AuthenticatedClient;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::client::{Client, GrantType};
use crate::oidc::grant::Grant;
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::scope::Scope;
use crate::oidc::token_response::TokenResponse;
use crate::oidc::{Error, ErrorCode};
use crate::store::grants::Family;

/// What tokens are made of: the grant, and its account if that still stands behind what
/// was granted at `given_at`.
///
/// # Errors
/// `invalid_grant` if it does not.
pub async fn source_of(
    app: &App,
    grant: Grant,
    given_at: Timestamp,
) -> Result<Source, ProtocolRefusal> {
    let revocations = [grant.id.as_str(), grant.id.as_str()];
    let account = app
        .store
        .accounts()
        .claims_source(&grant.account_id, given_at, revocations)
        .await?;
    let Some(account) = account else {
        let ended = "the account is closed, or its owner ended everything granted before";
        let error = Error::new(ErrorCode::InvalidGrant, ended);
        return Err(error.breaks(rule::ACCOUNT).into());
    };
    Ok(Source { grant, account })
}

/// Signs the first tokens of a grant, and begins its refresh tokens if it has any.
///
/// # Errors
/// `invalid_grant` if it was revoked meanwhile: its code came a second time.
pub async fn first_tokens(
    app: &App,
    brand: &Brand,
    client: &AuthenticatedClient,
    source: &Source,
) -> Result<TokenResponse, ProtocolRefusal> {
    let refresh = if may_refresh(client, &source.grant.access.scope) {
        let family = new_family(app, &source.grant);
        if !app.store.grants().begin(&family).await? {
            let error = "the code was used twice; what it gave is revoked";
            let error = Error::new(ErrorCode::InvalidGrant, error);
            return Err(error.breaks(rule::STANDS).into());
        }
        Some(refresh_token(app, &family))
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

fn new_family(app: &App, grant: &Grant) -> Family {
    let now = app.clock.now();
    Family {
        grant: grant.clone(),
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

/// The text of the refresh token of a family as it stands.
#[must_use]
pub fn refresh_token(app: &App, family: &Family) -> String {
    RefreshToken {
        grant_id: family.grant.id.clone(),
        generation: family.generation,
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
    client: &AuthenticatedClient,
    source: &Source,
    refresh_token: Option<String>,
) -> Result<TokenResponse, ProtocolRefusal> {
    let access_token = source::access_token(app, brand, client, source)?;
    let id_token = if source.grant.access.scope.contains("openid") {
        let beside = Beside {
            access_token: Some(&access_token.text),
            ..Beside::default()
        };
        Some(source::id_token(app, brand, client, source, &beside).await?)
    } else {
        None
    };
    Ok(TokenResponse {
        access_token,
        refresh_token,
        id_token,
        scope: source.grant.access.scope.clone(),
        authorization_details: source::details_today(app, source),
    })
}
