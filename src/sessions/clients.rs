//! The clients of a login: noted when a client is given tokens, told when the login ends,
//! however it ends (OpenID Connect Back-Channel Logout 1.0 §2.5). Only clients that
//! registered a logout URI are noted.

use super::browser::LiveSession;
use crate::app::App;
use crate::fault::Fault;
use crate::oidc::client::Client;
use crate::oidc::logout_token::LogoutNotice;
use crate::store::outbox::NewMessage;
use crate::store::session_clients::{Participant, Told};

/// Notes that the client is given tokens in this login, if it registered to be told of
/// the login's end. `false` if the login ended meanwhile.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn join(app: &App, live: &LiveSession, client: &Client) -> Result<bool, Fault> {
    if !wants_to_be_told(client) {
        return Ok(true);
    }
    let sub = app.pairwise.subject(client, &live.account.id);
    let sid = app.pairwise.session(client, &live.session.sid);
    let told = Told {
        sub: &sub,
        sid: &sid,
    };
    let session_clients = app.store.session_clients();
    session_clients
        .join(
            (&live.secret_hash, &live.session),
            (&client.client_id, told),
            app.clock.now(),
        )
        .await
}

const fn wants_to_be_told(client: &Client) -> bool {
    client.backchannel_logout_uri.is_some() || client.frontchannel_logout_uri.is_some()
}

/// The logout notices that the store puts into the outbox when a login ends: one for each
/// client with a back-channel logout URI. The caller then calls `app.outbox.wake`.
pub fn farewells(
    app: &App,
) -> impl Fn(&[Participant]) -> Result<Vec<NewMessage>, Fault> + Sync + '_ {
    move |gone| {
        gone.iter()
            .filter(|participant| participant.client.backchannel_logout_uri.is_some())
            .filter_map(|participant| {
                let brand = app.brands.by_name(&participant.brand)?;
                Some(app.outbox.write_logout(
                    &brand.name,
                    &LogoutNotice {
                        iss: brand.issuer.clone(),
                        aud: participant.client.client_id.clone(),
                        sub: participant.sub.clone(),
                        sid: participant.told_sid.clone(),
                        jti: app.random.id(),
                    },
                ))
            })
            .collect()
    }
}
