//! The refresh token grant (RFC 6749 §6), with rotation (RFC 9700 §4.14.2). A refresh token
//! consists of the grant's id, a generation and a MAC: the database contains nothing
//! secret. A client that lost the response and repeats the request within the grace period
//! gets the same successor.

use crate::app::App;
use crate::brand::Brand;
use crate::http::client_authentication::AuthenticatedClient;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::scope::Scope;
use crate::oidc::token_request::narrowed;
use crate::oidc::token_response::TokenResponse;
use crate::oidc::{Error, ErrorCode};
use crate::store::grants::Advanced;
use crate::tokens::access_token;
use crate::tokens::issue;
use crate::tokens::refresh_token::RefreshToken;

/// Exchanges a refresh token.
///
/// # Errors
/// `invalid_grant` if the token is not valid; `invalid_scope` if more is asked for than was
/// granted.
pub async fn refresh(
    app: &App,
    brand: &Brand,
    client: &AuthenticatedClient,
    token: &str,
    asked: Option<&Scope>,
) -> Result<TokenResponse, ProtocolRefusal> {
    let now = app.clock.now();
    let not_good = |rule| {
        Error::new(
            ErrorCode::InvalidGrant,
            "the refresh token is unknown, expired, revoked, or another client's",
        )
        .breaks(rule)
    };
    let token =
        RefreshToken::read(&app.sealer, token).ok_or_else(|| not_good(rule::REFRESH_TOKEN))?;
    let Some(family) = app.store.grants().find(&token.grant_id, now).await? else {
        return Err(not_good(rule::REFRESH_TOKEN).into());
    };
    // Checked before anything changes: another client must not be able to end the family.
    let grant = &family.grant;
    if grant.client_id != client.client_id || grant.issuer != brand.issuer {
        return Err(not_good(rule::REFRESH_TOKEN).into());
    }
    let scope = narrowed(&grant.access.scope, asked)?;
    let grace = app.config.tokens.refresh_grace;
    let revoked_until = now.after(access_token::life(app));
    let advanced = app
        .store
        .grants()
        .advance(&token.grant_id, token.generation, now, grace, revoked_until)
        .await?;
    let family = match advanced {
        Advanced::To(family) | Advanced::Retried(family) => family,
        Advanced::Replayed(_) => {
            return Err(Error::new(
                ErrorCode::InvalidGrant,
                "the refresh token was replaced before; the whole family is ended",
            )
            .breaks(rule::REFRESH_ONCE)
            .into());
        }
        Advanced::Gone => return Err(not_good(rule::STANDS).into()),
    };
    let successor = issue::refresh_token(app, &family);
    let grant = family.grant.refreshed(scope);
    let source = issue::source_of(app, grant, family.rotated_at).await?;
    issue::tokens(app, brand, client, &source, Some(successor)).await
}
