//! The maintenance log's app: a native client (RFC 8252) without a secret, which logs in
//! through the system's browser and stays signed in by refresh tokens. Here it is a
//! terminal program; on a phone the same code would be behind an icon.

mod loopback;
mod terminal;

use std::path::PathBuf;

use openidconnect::RefreshToken;
use serde_json::{Value, json};
use url::Url;

use crate::authorization_response::AuthorizationResponse;
use crate::failure::Failure;
use crate::locale::{Locale, Text};
use crate::provider::{Demand, LoginSecrets, Provider};
use crate::relying_party::{RelyingPartyConfig, Service};
use crate::routes::CannotStart;
use crate::service_history::service_history;
pub use terminal::Terminal;

/// The path on the maintenance log's host that the app claims.
pub const CLAIMED_PATH: &str = "/app/callback";

/// The app's `client_id`.
const CLIENT_ID: &str = "maintenance-app";

/// Which kind of redirect URI the app uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A port on this machine (RFC 8252 §7.3).
    Loopback,
    /// An https address that the app claimed (RFC 8252 §7.2). The operating system hands it
    /// to the app; a terminal has no such mechanism, so the person pastes it.
    Claimed,
}

/// The app's configuration.
#[derive(Clone, Debug)]
pub struct NativeApp {
    /// The provider's issuer identifier.
    pub issuer: String,
    /// The port of the demo, which serves the claimed address.
    pub port: u16,
    /// The file with the refresh token; only its owner can read it.
    pub keep: PathBuf,
    /// Which redirect URI brings the person back from the browser.
    pub way: Way,
}

/// Why the app stopped.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Stopped(String);

impl Stopped {
    fn because(why: impl std::fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::because(failure)
    }
}

impl From<CannotStart> for Stopped {
    fn from(error: CannotStart) -> Self {
        Self::because(error)
    }
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Self::because(error)
    }
}

/// The signed-in person, as stored in the file.
#[derive(serde::Serialize, serde::Deserialize)]
struct SignedIn {
    subject: String,
    dealer_codes: Vec<String>,
    refresh_token: RefreshToken,
}

/// Returns the app's client metadata for registration, by the names of OpenID Connect
/// Dynamic Client Registration §2. The loopback addresses match any port.
#[must_use]
pub fn registration(issuer: &str, port: u16) -> Value {
    let config = config(issuer, &claimed(port));
    let mut registration = config.registration();
    if let Some(members) = registration.as_object_mut() {
        members.remove("client_uri");
        members.remove("post_logout_redirect_uris");
        members.insert(
            "redirect_uris".to_owned(),
            json!([
                "http://127.0.0.1/callback",
                "http://[::1]/callback",
                config.redirect_uri(),
            ]),
        );
    }
    registration
}

/// Returns the claimed address without `/callback`.
fn claimed(port: u16) -> String {
    let path = CLAIMED_PATH.trim_end_matches("/callback");
    format!("http://maintenance.localhost:{port}{path}")
}

/// Returns the app's configuration as a relying party with callbacks at `base_url`.
fn config(issuer: &str, base_url: &str) -> RelyingPartyConfig {
    RelyingPartyConfig {
        key: CLIENT_ID,
        name: Text {
            ja: "整備手帳アプリ",
            en: "Maintenance log app",
        },
        lead: Text { ja: "", en: "" },
        base_url: base_url.to_owned(),
        issuer: issuer.to_owned(),
        other_issuer: None,
        client_id: CLIENT_ID.to_owned(),
        client_secret: None,
        scope: "openid profile email offline_access",
        authorization_details: vec![
            json!({"type": "dealer_link", "identifier": "20100", "optional": true}),
        ],
        claims: None,
        keep: None,
        dealer_system: None,
        service: Service::ServiceHistory,
    }
}

impl NativeApp {
    /// Shows the person's car, after a login if nobody is signed in.
    ///
    /// # Errors
    /// `Stopped` if the file cannot be read, the provider cannot be reached, or the login
    /// fails or is declined.
    pub async fn open(&self, terminal: &mut Terminal<'_>) -> Result<(), Stopped> {
        if let Some(signed_in) = self.kept()? {
            match self.come_back(signed_in, terminal).await {
                Ok(()) => return Ok(()),
                // The grant has ended, so the person has to log in again.
                Err(Failure::Refused(_)) => self.forget()?,
                Err(other) => return Err(other.into()),
            }
        }
        match self.way {
            Way::Loopback => {
                let (port, answers) = loopback::listen().await?;
                let provider = self.provider(&format!("http://127.0.0.1:{port}"))?;
                let (secrets, state) = self.send_away(&provider, terminal).await?;
                let query = answers.next().await?;
                self.arrive(&provider, &query, &state, secrets, terminal)
                    .await
            }
            Way::Claimed => {
                let provider = self.provider(&claimed(self.port))?;
                let (secrets, state) = self.send_away(&provider, terminal).await?;
                let pasted = terminal.ask("開いた先のアドレス / the address it led to: ")?;
                let url = Url::parse(pasted.trim()).map_err(Stopped::because)?;
                let query = url.query().unwrap_or_default();
                self.arrive(&provider, query, &state, secrets, terminal)
                    .await
            }
        }
    }

    /// Signs out: deletes the file and revokes the refresh token (RFC 7009).
    ///
    /// # Errors
    /// `Stopped` if the provider cannot be reached; the file is deleted all the same.
    pub async fn log_out(&self) -> Result<(), Stopped> {
        let Some(signed_in) = self.kept()? else {
            return Ok(());
        };
        self.forget()?;
        let provider = self.provider(&claimed(self.port))?;
        Ok(provider.revoke(&signed_in.refresh_token).await?)
    }

    fn provider(&self, base_url: &str) -> Result<Provider, CannotStart> {
        Provider::new(&config(&self.issuer, base_url))
    }

    async fn send_away(
        &self,
        provider: &Provider,
        terminal: &mut Terminal<'_>,
    ) -> Result<(LoginSecrets, String), Stopped> {
        let begun = provider.begin(Locale::Ja, &Demand::default()).await?;
        terminal.say("ブラウザで開いてください / open this in your browser:")?;
        terminal.say(begun.url.as_str())?;
        Ok((begun.secrets, begun.state))
    }

    async fn arrive(
        &self,
        provider: &Provider,
        query: &str,
        state: &str,
        secrets: LoginSecrets,
        terminal: &mut Terminal<'_>,
    ) -> Result<(), Stopped> {
        let response = AuthorizationResponse::read(query)
            .filter(|response| response.state == state)
            .ok_or(Failure::Stale)?;
        let code = response.code(provider.issuer(), provider.promises_iss().await?)?;
        let person = provider.finish(code, secrets).await?;
        if let Some(refresh_token) = person.refresh_token {
            self.keep(&SignedIn {
                subject: person.subject.clone(),
                dealer_codes: person.dealer_codes.clone(),
                refresh_token,
            })?;
        }
        let name = person.name.unwrap_or_default();
        self.show(&name, &person.subject, &person.dealer_codes, terminal)
    }

    async fn come_back(
        &self,
        signed_in: SignedIn,
        terminal: &mut Terminal<'_>,
    ) -> Result<(), Failure> {
        let provider = self
            .provider(&claimed(self.port))
            .map_err(|error| Failure::Unreachable(error.to_string()))?;
        let refreshed = provider
            .refresh(&signed_in.subject, &signed_in.refresh_token)
            .await?;
        let unwritable = |error: Stopped| Failure::Unreachable(error.to_string());
        self.keep(&SignedIn {
            subject: signed_in.subject.clone(),
            dealer_codes: refreshed.dealer_codes.clone(),
            refresh_token: refreshed.refresh_token,
        })
        .map_err(unwritable)?;
        let name = refreshed.name.unwrap_or_default();
        self.show(&name, &signed_in.subject, &refreshed.dealer_codes, terminal)
            .map_err(unwritable)
    }

    fn show(
        &self,
        name: &str,
        subject: &str,
        dealer_codes: &[String],
        terminal: &mut Terminal<'_>,
    ) -> Result<(), Stopped> {
        terminal.say(&format!("{name} 様"))?;
        if let Some(history) = service_history(subject, dealer_codes, Locale::Ja) {
            for line in history.lines() {
                terminal.say(&line)?;
            }
        }
        Ok(())
    }
}
