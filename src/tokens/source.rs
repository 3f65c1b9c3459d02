//! The tokens that speak of a person, whichever endpoint gives them: what they
//! say is decided in `oidc/`; here it is gathered and signed.

use serde_json::{Map, Value};

use super::{access_token, for_client};
use crate::accounts::account::Account;
use crate::accounts::dealer_directory::present;
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::access_token::{AccessTokenClaims, audience};
use crate::oidc::authorization_details::{self, AuthorizationDetail};
use crate::oidc::authorization_request::ClaimsRequest;
use crate::oidc::claims;
use crate::oidc::client::Client;
use crate::oidc::code_record::CodeRecord;
use crate::oidc::device_authorization::Approval;
use crate::oidc::id_token::{IdTokenClaims, half_hash};
use crate::oidc::scope::Scope;
use crate::store::grants::Grant;

/// What a person granted, whether by a code just now or by a refresh.
#[derive(Clone, Debug)]
pub struct Source {
    /// The grant's name.
    pub grant_id: String,
    /// Whose it is.
    pub account: Account,
    /// The login it was made in; none if a device asked.
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

/// What an ID token comes with, and is bound to by its hashes; and whether it
/// speaks for the UserInfo endpoint, too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The access token.
    pub access_token: Option<&'a str>,
    /// The code.
    pub code: Option<&'a str>,
    /// The client's own `state`.
    pub state: Option<&'a str>,
    /// Where the claims of the scopes are told.
    pub scope_claims: ScopeClaims,
}

/// Where a client learns what its scopes stand for (OpenID Connect Core §5.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScopeClaims {
    /// From the UserInfo endpoint.
    #[default]
    AtUserInfo,
    /// From the ID token: no access token is issued with which it could ask.
    InIdToken,
}

/// Signs an access token.
///
/// # Errors
/// If signing fails.
pub fn access_token(
    app: &App,
    brand: &Brand,
    client: &Client,
    source: &Source,
) -> Result<String, Fault> {
    let now = app.clock.now();
    let claims = AccessTokenClaims {
        iss: brand.issuer.clone(),
        sub: app.pairwise.subject(client, &source.account.id),
        aud: audience(&brand.issuer, client),
        client_id: client.client_id.clone(),
        iat: now,
        exp: now.after(access_token::life(app)),
        jti: access_token::handle(app, &source.grant_id, Some(&source.account.id))?,
        scope: source.scope.clone(),
        auth_time: Some(source.auth_time),
        acr: Some(source.acr.clone()),
        authorization_details: details_today(app, source),
        userinfo_claims: (!source.claims.userinfo.is_empty())
            .then(|| source.claims.userinfo.clone()),
        claims_locales: source.claims.locales.clone(),
    };
    access_token::sign(app, &claims)
}

/// What was granted, with dealers that were succeeded since named by who answers
/// for them now: the client learns of it here, at the latest with its next refresh.
#[must_use]
pub fn details_today(app: &App, source: &Source) -> Vec<AuthorizationDetail> {
    let directory = app.dealers.directory();
    let today = |code: &str| present(&directory, code).to_owned();
    authorization_details::renamed(&source.authorization_details, today)
}

/// Signs an ID token, and encrypts it where the client registered so.
///
/// # Errors
/// If signing fails, or it cannot be encrypted to the client.
pub async fn id_token(
    app: &App,
    brand: &Brand,
    client: &Client,
    source: &Source,
    beside: &Beside<'_>,
) -> Result<String, ProtocolRefusal> {
    let now = app.clock.now();
    let algorithm = client.id_token_signed_response_alg;
    let hash = |text: &str| half_hash(algorithm, text);
    let claims = IdTokenClaims {
        iss: brand.issuer.clone(),
        sub: app.pairwise.subject(client, &source.account.id),
        aud: client.client_id.clone(),
        iat: now,
        exp: now.after(app.config.tokens.id_token_lifetime),
        auth_time: source.auth_time,
        nonce: source.nonce.clone(),
        amr: source.amr.split(' ').map(str::to_owned).collect(),
        acr: source.acr.clone(),
        sid: source.sid.clone(),
        at_hash: beside.access_token.map(hash),
        c_hash: beside.code.map(hash),
        s_hash: beside.state.map(hash),
        requested: requested(source, beside.scope_claims),
    };
    for_client::id_token(app, client, &claims).await
}

fn requested(source: &Source, scope_claims: ScopeClaims) -> Map<String, Value> {
    let scope = match scope_claims {
        ScopeClaims::AtUserInfo => &Scope::default(),
        ScopeClaims::InIdToken => &source.scope,
    };
    claims::for_id_token(&source.account, scope, &source.claims)
}
