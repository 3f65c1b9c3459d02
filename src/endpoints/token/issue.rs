//! What a grant of a person gives: an access token, an ID token where OpenID
//! Connect was asked for, and a refresh token where the client may have one.

use serde_json::{Map, Value};

use crate::accounts::account::Account;
use crate::accounts::dealer_directory::present;
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::http::refusal::ProtocolRefusal;
use crate::http::{access_token, answer, for_client};
use crate::oidc::access_token::{AccessTokenClaims, audience};
use crate::oidc::authorization_details::{self, AuthorizationDetail};
use crate::oidc::authorization_request::ClaimsRequest;
use crate::oidc::claims;
use crate::oidc::client::{Client, GrantType};
use crate::oidc::code_record::CodeRecord;
use crate::oidc::device_authorization::Approval;
use crate::oidc::id_token::{self, IdTokenClaims};
use crate::oidc::scope::Scope;
use crate::oidc::token_response::TokenResponse;
use crate::oidc::{Error, ErrorCode};
use crate::refresh_token::RefreshToken;
use crate::store::grants::Grant;

/// What a person granted, whether by a code just now or by a refresh.
#[derive(Clone, Debug)]
pub struct Source {
    /// The grant's name.
    pub grant_id: String,
    /// Whose it is.
    pub account: Account,
    /// The session it was made in; none once it may have ended.
    pub sid: Option<String>,
    /// What may be seen.
    pub scope: Scope,
    /// Dealers linked.
    pub authorization_details: Vec<AuthorizationDetail>,
    /// Claims asked for one by one.
    pub claims: ClaimsRequest,
    /// When the person authenticated.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: String,
    /// By what, space-separated.
    pub amr: String,
    /// Echoed in the first ID token only (OpenID Connect Core §12.2).
    pub nonce: Option<String>,
}

impl Source {
    /// From a code's record.
    #[must_use]
    pub fn of_code(record: CodeRecord, account: Account) -> Self {
        Self {
            grant_id: record.grant_id,
            account,
            sid: Some(record.sid),
            scope: record.scope,
            authorization_details: record.authorization_details,
            claims: record.claims,
            auth_time: record.auth_time,
            acr: record.acr,
            amr: record.amr,
            nonce: record.nonce,
        }
    }

    /// From a device's approved request. The browser in which it was approved is
    /// not the device: no session is shared.
    #[must_use]
    pub fn of_approval(approval: Approval, account: Account) -> Self {
        Self {
            grant_id: approval.grant_id,
            account,
            sid: None,
            scope: approval.scope,
            authorization_details: approval.authorization_details,
            claims: approval.claims,
            auth_time: approval.auth_time,
            acr: approval.acr,
            amr: approval.amr,
            nonce: None,
        }
    }

    /// From a refresh, narrowed to `scope`.
    #[must_use]
    pub fn of_grant(grant: Grant, account: Account, scope: Scope) -> Self {
        Self {
            grant_id: grant.id,
            account,
            sid: grant.sid,
            scope,
            authorization_details: grant.authorization_details,
            claims: grant.claims,
            auth_time: grant.auth_time,
            acr: grant.acr,
            amr: grant.amr,
            nonce: None,
        }
    }
}

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
        Error::new(ErrorCode::InvalidGrant, ended).into()
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
            return Err(Error::new(ErrorCode::InvalidGrant, error).into());
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
    let now = app.clock.now();
    let life = access_token::life(app);
    let subject = answer::subject_for(app, client, &source.account.id);
    let authorization_details = details_today(app, &source.authorization_details);
    let access_token = access_token::sign(
        app,
        &AccessTokenClaims {
            iss: brand.issuer.clone(),
            sub: subject.clone(),
            aud: audience(&brand.issuer, client),
            client_id: client.client_id.clone(),
            iat: now,
            exp: now.after(life),
            jti: access_token::handle(app, &source.grant_id, Some(&source.account.id))?,
            scope: source.scope.clone(),
            auth_time: Some(source.auth_time),
            acr: Some(source.acr.clone()),
            authorization_details: authorization_details.clone(),
            userinfo_claims: (!source.claims.userinfo.is_empty())
                .then(|| source.claims.userinfo.clone()),
        },
    )?;
    let id_token = if source.scope.contains("openid") {
        let claims = id_token_claims(app, brand, client, source, (subject, &access_token));
        Some(for_client::id_token(app, client, &claims).await?)
    } else {
        None
    };
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: life.as_secs(),
        refresh_token,
        id_token,
        scope: source.scope.clone(),
        authorization_details,
    })
}

/// What was granted, with dealers that were succeeded since named by who answers
/// for them now: the client learns of it here, at the latest with its next refresh.
fn details_today(app: &App, granted: &[AuthorizationDetail]) -> Vec<AuthorizationDetail> {
    let directory = app.dealers.directory();
    authorization_details::renamed(granted, |code| present(&directory, code).to_owned())
}

fn id_token_claims(
    app: &App,
    brand: &Brand,
    client: &Client,
    source: &Source,
    (subject, access_token): (String, &str),
) -> IdTokenClaims {
    let now = app.clock.now();
    let requested: Map<String, Value> = claims::for_id_token(&source.account, &source.claims);
    let algorithm = client.id_token_signed_response_alg;
    IdTokenClaims {
        iss: brand.issuer.clone(),
        sub: subject,
        aud: client.client_id.clone(),
        iat: now,
        exp: now.after(app.config.tokens.id_token_lifetime),
        auth_time: source.auth_time,
        nonce: source.nonce.clone(),
        amr: source.amr.split(' ').map(str::to_owned).collect(),
        acr: source.acr.clone(),
        sid: source.sid.clone(),
        at_hash: Some(id_token::half_hash(algorithm, access_token)),
        requested,
    }
}
