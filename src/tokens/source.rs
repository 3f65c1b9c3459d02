//! The tokens that speak of a person, whichever endpoint gives them: what they
//! say is decided in `oidc/`; here it is gathered and signed.

use serde_json::{Map, Value};

use super::{access_token, for_client};
use crate::accounts::account::Account;
use crate::accounts::dealer_directory::present;
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::access_token::{AccessTokenClaims, IssuedAccessToken, audience};
use crate::oidc::authorization_details::{self, AuthorizationDetail};
use crate::oidc::claims;
use crate::oidc::client::Client;
use crate::oidc::grant::Grant;
use crate::oidc::id_token::{IdTokenClaims, half_hash};
use crate::oidc::scope::Scope;

/// What the tokens of a person's grant are made of.
#[derive(Clone, Debug)]
pub struct Source {
    /// What was granted; at a refresh, as far as it was asked for.
    pub grant: Grant,
    /// The account, as it is now.
    pub account: Account,
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
) -> Result<IssuedAccessToken, Fault> {
    let now = app.clock.now();
    let Grant {
        access,
        authentication,
        ..
    } = &source.grant;
    let claims = AccessTokenClaims {
        iss: brand.issuer.clone(),
        sub: app.pairwise.subject(client, &source.account.id),
        aud: audience(&brand.issuer, client),
        client_id: client.client_id.clone(),
        iat: now,
        exp: now.after(access_token::life(app)),
        jti: access_token::handle(app, &source.grant.id, Some(&source.account.id))?,
        scope: access.scope.clone(),
        auth_time: Some(authentication.auth_time),
        acr: Some(authentication.acr.clone()),
        authorization_details: details_today(app, source),
        userinfo_claims: (!access.claims.userinfo.is_empty())
            .then(|| access.claims.userinfo.clone()),
        claims_locales: access.claims.locales.clone(),
    };
    access_token::sign(app, &claims)
}

/// What was granted, with dealers that were succeeded since named by who answers
/// for them now: the client learns of it here, at the latest with its next refresh.
#[must_use]
pub fn details_today(app: &App, source: &Source) -> Vec<AuthorizationDetail> {
    let directory = app.dealers.directory();
    let today = |code: &str| present(&directory, code).to_owned();
    authorization_details::renamed(&source.grant.access.authorization_details, today)
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
    let grant = &source.grant;
    let authentication = &grant.authentication;
    let claims = IdTokenClaims {
        iss: brand.issuer.clone(),
        sub: app.pairwise.subject(client, &source.account.id),
        aud: client.client_id.clone(),
        iat: now,
        exp: now.after(app.config.tokens.id_token_lifetime),
        auth_time: authentication.auth_time,
        nonce: grant.nonce.clone(),
        amr: authentication.amr.split(' ').map(str::to_owned).collect(),
        acr: authentication.acr.clone(),
        sid: grant
            .sid
            .as_ref()
            .map(|sid| app.pairwise.session(client, sid)),
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
        ScopeClaims::InIdToken => &source.grant.access.scope,
    };
    claims::for_id_token(&source.account, scope, &source.grant.access.claims)
}
