//! The refresh token grant (RFC 6749 §6), with rotation (RFC 9700 §4.14.2). A
//! refresh token is the grant's name, a generation and a MAC: nothing secret
//! rests in the database, and a client that lost our answer and asks again
//! within the grace window is given the very same successor.

use crate::app::App;
use crate::brand::Brand;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::client::Client;
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::scope::Scope;
use crate::oidc::token_request::narrowed;
use crate::oidc::token_response::TokenResponse;
use crate::oidc::{Error, ErrorCode};
use crate::store::grants::{Advanced, Grant};
use crate::tokens::access_token;
use crate::tokens::issue;
use crate::tokens::refresh_token::RefreshToken;
use crate::tokens::source::Source;

/// Refreshes.
///
/// # Errors
/// `invalid_grant` if the token is not good, `invalid_scope` if more is asked
/// than was granted.
pub async fn refresh(
    app: &App,
    brand: &Brand,
    client: &Client,
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
    let Some(grant) = app.store.grants().find(&token.grant_id, now).await? else {
        return Err(not_good(rule::REFRESH_TOKEN).into());
    };
    // Checked before anything changes: another client must not be able to end the family.
    if grant.client_id != client.client_id || grant.issuer != brand.issuer {
        return Err(not_good(rule::REFRESH_TOKEN).into());
    }
    let scope = narrowed(&grant.scope, asked)?;
    let grace = app.config.tokens.refresh_grace;
    let revoked_until = now.after(access_token::life(app));
    let advanced = app
        .store
        .grants()
        .advance(&token.grant_id, token.generation, now, grace, revoked_until)
        .await?;
    let grant: Grant = match advanced {
        Advanced::To(grant) | Advanced::Retried(grant) => grant,
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
    let account =
        issue::account_behind(app, &grant.account_id, &grant.id, grant.rotated_at).await?;
    let successor = issue::refresh_token(app, &grant);
    issue::tokens(
        app,
        brand,
        client,
        &Source::of_grant(grant, account, scope),
        Some(successor),
    )
    .await
}
