//! The accounts that logged in in this browser before, in a sealed cookie of its own that
//! outlives sessions. It proves nothing, but attempts in such a browser are counted apart
//! from those of strangers, who therefore cannot lock the owner out
//! (`docs/decisions/0027-budgets-of-strangers-and-of-members.md`).

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::cookies::{self, CookieKind};
use crate::seal::Purpose;

/// How long a browser stays known to an account after its last login there.
const LIFE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// The number of accounts that a browser is known to; the one that logged in longest ago is
/// forgotten.
const MOST: usize = 8;

/// What a browser carries of its earlier logins.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KnownBrowser {
    /// 128 random bits, by which the attempts in this browser are counted.
    id: String,
    /// The newest login comes last.
    accounts: Vec<Login>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Login {
    /// A keyed hash of the account's id.
    account: String,
    at: Timestamp,
}

impl KnownBrowser {
    /// Reads the cookie; without a genuine one, no account is known.
    #[must_use]
    pub fn of(app: &App, brand: &Brand, headers: &HeaderMap) -> Self {
        let opened = cookies::read(headers, brand, CookieKind::KnownAccounts).and_then(|text| {
            let context = brand.name.as_bytes();
            app.sealer.open(Purpose::KnownBrowser, context, &text)
        });
        opened
            .and_then(|plain| serde_json::from_slice(&plain).ok())
            .unwrap_or_default()
    }

    /// Whether any account is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Whether that account logged in here before.
    #[must_use]
    pub fn knows(&self, app: &App, account_id: &str) -> bool {
        let (hidden, now) = (hidden(app, account_id), app.clock.now());
        let mut logins = self.accounts.iter();
        logins.any(|login| login.account == hidden && now.since(login.at) < LIFE)
    }

    /// The name under which attempts at that account in this browser are counted.
    #[must_use]
    pub fn counted_as(&self, app: &App, account_id: &str) -> String {
        format!("{}:{}", hidden(app, account_id), self.id)
    }

    /// Returns the cookie after a login of that account.
    ///
    /// # Errors
    /// `Fault` if sealing fails.
    pub fn cookie_after_login(
        mut self,
        app: &App,
        brand: &Brand,
        account_id: &str,
    ) -> Result<Option<HeaderValue>, Fault> {
        let (account, at) = (hidden(app, account_id), app.clock.now());
        if self.id.is_empty() {
            self.id = app.random.id();
        }
        self.accounts.retain(|login| login.account != account);
        self.accounts.push(Login { account, at });
        let surplus = self.accounts.len().saturating_sub(MOST);
        self.accounts.drain(..surplus);
        let plain = serde_json::to_vec(&self)?;
        let (purpose, context) = (Purpose::KnownBrowser, brand.name.as_bytes());
        let sealed = app.sealer.seal(purpose, context, &plain, &app.random)?;
        let kind = CookieKind::KnownAccounts;
        Ok(cookies::set(brand, kind, &sealed, LIFE.as_secs()))
    }
}

fn hidden(app: &App, account_id: &str) -> String {
    let parts = [b"known browser".as_slice(), account_id.as_bytes()];
    let mac = app.sealer.mac(Purpose::Fingerprint, &parts);
    URL_SAFE_NO_PAD.encode(mac.first_chunk::<16>().copied().unwrap_or_default())
}
