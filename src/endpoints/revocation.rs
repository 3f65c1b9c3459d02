//! Token revocation (RFC 7009): a client gives back a token. Revoking a refresh token ends
//! its whole grant, access tokens included (§2.1); revoking an access token ends that
//! token. A token of another client, or a text that is no token, is answered with 200 too
//! (§2.2).

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::SharedApp;
use crate::clock::Timestamp;
use crate::http::client_authentication::AuthenticatedRequest;
use crate::http::refusal::ProtocolRefusal;
use crate::oidc::Error;
use crate::oidc::rule::{self, Breaks as _};
use crate::security_events::{Event, EventKind};
use crate::tokens::access_token;
use crate::tokens::refresh_token::RefreshToken;

/// `POST /revoke`
///
/// # Errors
/// `invalid_client` if the client does not authenticate; `invalid_request` without a token.
pub async fn post(
    State(app): State<SharedApp>,
    AuthenticatedRequest {
        brand,
        client,
        parameters,
    }: AuthenticatedRequest,
) -> Result<StatusCode, ProtocolRefusal> {
    let client_id = &client.client_id;
    let Some(token) = parameters.get("token") else {
        let missing = Error::invalid_request("token is missing");
        return Err(missing.breaks(rule::TOKEN_PARAMETER).into());
    };
    let now = app.clock.now();
    if let Some(refresh) = RefreshToken::read(&app.sealer, token) {
        let family = app.store.grants().find(&refresh.grant_id, now).await?;
        if family.is_some_and(|family| family.grant.client_id == *client_id) {
            let until = now.after(access_token::life(&app));
            app.store
                .grants()
                .revoke(&[&refresh.grant_id], until, (now, revoked("refresh_token")))
                .await?;
        }
    } else if let Some(access) = access_token::read(&app, &brand, token)
        && access.text("client_id") == Some(client_id.0.as_str())
    {
        let until = access.seconds("exp").map_or(now, Timestamp);
        app.store
            .grants()
            .revoke(
                &[&access.revocation_id],
                until,
                (now, revoked("access_token")),
            )
            .await?;
    }
    Ok(StatusCode::OK)
}

fn revoked(token: &'static str) -> Event {
    Event::new(EventKind::TokenRevoked).with("token", token)
}
