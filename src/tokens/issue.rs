//! Issues the tokens of a grant: an access token, an ID token if `openid` was granted, and
//! a refresh token if the client may have one.

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
use crate::security_events::{Event, EventKind, Reason};
use crate::store::grants::Family;

/// The source of tokens: the grant, and its account if it is still valid for what was
/// granted at `given_at`.
///
/// # Errors
/// `invalid_grant` if the account is closed, or its owner ended what was granted before.
pub async fn source_of(
    app: &App,
    grant: Grant,
    given_at: Timestamp,
) -> Result<Source, ProtocolRefusal> {
    let revocations = [grant.id.as_str(), grant.id.as_str()];
    let account = app
        .store
        .accounts()
        .claims_source((&grant.account_id, &grant.client_id), given_at, revocations)
        .await?;
    let Some(account) = account else {
        let ended = "the account is closed, or its owner ended everything granted before";
        let error = Error::new(ErrorCode::InvalidGrant, ended);
        return Err(error.breaks(rule::ACCOUNT).into());
    };
    Ok(Source { grant, account })
}

/// Signs the first tokens of a grant, and begins its refresh token family if it has one.
///
/// # Errors
/// `invalid_grant` if the grant was revoked meanwhile, because its code was used twice.
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

/// Revokes all tokens of a grant, because its code was presented again.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn revoke(app: &App, grant_id: &str) -> Result<(), ProtocolRefusal> {
    let now = app.clock.now();
    let until = now.after(app.config.tokens.access_token_lifetime);
    let replayed = Event::failed(EventKind::CodeReplayed, Reason::Replayed);
    let grants = app.store.grants();
    grants.revoke(&[grant_id], until, (now, replayed)).await?;
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

/// The current refresh token of a family.
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
/// `Fault` if signing fails. `invalid_client_metadata` if the ID token cannot be encrypted.
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
