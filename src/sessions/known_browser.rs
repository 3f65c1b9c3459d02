//! The accounts that logged in in this browser before, in a sealed cookie of its own that
//! outlives sessions. It proves nothing, but attempts in such a browser are counted apart
//! from those of strangers, who therefore cannot lock the owner out. Another password makes
//! every browser a stranger to the account
//! (`docs/decisions/0027-budgets-of-strangers-and-of-members.md`).

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::browser::LiveSession;
use crate::accounts::account::Account;
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::ephemeral::Limit;
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
    /// Whether its owner gave a second factor in this browser.
    #[serde(default)]
    strong: bool,
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

    /// Whether that account logged in here before, by the password that it has now.
    #[must_use]
    pub fn knows(&self, app: &App, account: &Account) -> bool {
        self.login_of(app, account).is_some()
    }

    /// Whether the owner of that account gave a second factor here before.
    #[must_use]
    pub fn knows_strongly(&self, app: &App, account: &Account) -> bool {
        self.login_of(app, account)
            .is_some_and(|login| login.strong)
    }

    fn login_of(&self, app: &App, account: &Account) -> Option<&Login> {
        let (hidden, now) = (hidden(app, &account.id), app.clock.now());
        let set_at = account.password_set_at;
        let mut logins = self.accounts.iter();
        logins.find(|login| {
            let is_recent = now.since(login.at) < LIFE;
            login.account == hidden && is_recent && set_at.is_none_or(|at| at <= login.at)
        })
    }

    /// The limits of attempts at that account in this browser, and in all that are known to
    /// it: whoever collected the cookies of many gains no more than from one.
    #[must_use]
    pub fn limits(&self, app: &App, account_id: &str, of: &str, most: Most) -> [Limit; 2] {
        let account = format!("{of}:{}", hidden(app, account_id));
        let here = format!("{account}:{}", self.id);
        [
            Limit::new(here, most.window, most.here),
            Limit::new(account, most.window, most.in_all),
        ]
    }

    /// Returns the cookie after a login.
    ///
    /// # Errors
    /// `Fault` if sealing fails.
    pub fn cookie_after_login(
        mut self,
        app: &App,
        brand: &Brand,
        live: &LiveSession,
    ) -> Result<Option<HeaderValue>, Fault> {
        let login = Login {
            account: hidden(app, &live.account.id),
            at: app.clock.now(),
            strong: live.session.second_factor_at.is_some()
                || self.knows_strongly(app, &live.account),
        };
        if self.id.is_empty() {
            self.id = app.random.id();
        }
        self.accounts
            .retain(|before| before.account != login.account);
        self.accounts.push(login);
        let surplus = self.accounts.len().saturating_sub(MOST);
        self.accounts.drain(..surplus);
        let plain = serde_json::to_vec(&self)?;
        let (purpose, context) = (Purpose::KnownBrowser, brand.name.as_bytes());
        let sealed = app.sealer.seal(purpose, context, &plain, &app.random)?;
        let kind = CookieKind::KnownAccounts;
        Ok(cookies::set(brand, kind, &sealed, LIFE.as_secs()))
    }
}

/// How many attempts known browsers have.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// The time in which they are counted.
    pub window: Duration,
    /// In one browser.
    pub here: u64,
    /// In all browsers that are known to the account together.
    pub in_all: u64,
}

fn hidden(app: &App, account_id: &str) -> String {
    let parts = [b"known browser".as_slice(), account_id.as_bytes()];
    let mac = app.sealer.mac(Purpose::Fingerprint, &parts);
    URL_SAFE_NO_PAD.encode(mac.first_chunk::<16>().copied().unwrap_or_default())
}
