//! The clients of a login: noted when one is given tokens, told when the login ends,
//! however it ends (OpenID Connect Back-Channel Logout 1.0 §2.5). Only those that
//! registered to be told; for all others nothing is written.

use super::answer;
use super::browser::NewSession;
use super::visit::Visit;
use crate::app::App;
use crate::fault::Fault;
use crate::oidc::client::Client;
use crate::oidc::interaction::Granted;
use crate::oidc::logout_token::LogoutNotice;
use crate::store::outbox::NewMessage;
use crate::store::session_clients::{Farewell, Participant};
use crate::store::sessions::Replaced;

impl Visit {
    /// Notes that the client is given tokens in this login. `false` if the login
    /// ended meanwhile: then nobody is logged in here.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn join(&mut self, granted: &Granted) -> Result<bool, Fault> {
        let client = &self.client.client;
        // The browser in which a device was let in is not the device.
        let is_told = wants_to_be_told(client)
            && granted.scope.contains("openid")
            && self.interaction.request.device.is_none();
        let Some(live) = self.session.as_ref().filter(|_| is_told) else {
            return Ok(true);
        };
        let sub = answer::subject_for(&self.app, client, &live.account.id);
        let joined = self
            .app
            .store
            .session_clients()
            .join(
                (&live.secret_hash, &live.session),
                (&client.client_id, &sub),
                self.app.clock.now(),
            )
            .await?;
        if !joined {
            self.lose_session();
        }
        Ok(joined)
    }

    /// Writes a session about to begin, in place of the one there is.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn begin_session(&self, new: &NewSession) -> Result<(), Fault> {
        let farewells = farewells(&self.app);
        let replaced = self.session.as_ref().map(|live| Replaced {
            secret_hash: &live.secret_hash,
            farewell: Farewell(&farewells),
        });
        let (live, now) = (&new.live, self.app.clock.now());
        let sessions = self.app.store.sessions();
        sessions
            .begin(&live.secret_hash, &live.session, replaced, now)
            .await?;
        self.app.outbox.wake();
        Ok(())
    }

    /// Ends the session there is, where another was written with a new account.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_replaced(&self) -> Result<(), Fault> {
        let Some(live) = &self.session else {
            return Ok(());
        };
        let farewells = farewells(&self.app);
        let replaced = Replaced {
            secret_hash: &live.secret_hash,
            farewell: Farewell(&farewells),
        };
        self.app.store.sessions().end(replaced).await?;
        self.app.outbox.wake();
        Ok(())
    }
}

const fn wants_to_be_told(client: &Client) -> bool {
    client.backchannel_logout_uri.is_some() || client.frontchannel_logout_uri.is_some()
}

/// What the store is to put in when a login ends: a notice for each client that is
/// told by itself. Call `app.outbox.wake` then.
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
                        sid: participant.sid.clone(),
                        jti: app.random.id(),
                    },
                ))
            })
            .collect()
    }
}
