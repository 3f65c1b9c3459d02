//! The person's browser: its own secret, which binds interactions and forms to it, and the
//! session of the person who is logged in there. What ends a session is in `log_out`.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::accounts::account::Account;
use crate::accounts::browser_session::BrowserSession;
use crate::accounts::device_label::device_label;
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::http::cookies::{self, CookieKind};
use crate::seal::{Purpose, sha256_hex};
use crate::store::sessions::Held;

/// How old `seen_at` may become before it is written again.
const SEEN_GRANULARITY: Duration = Duration::from_secs(5 * 60);

/// How long a browser keeps its secret after the last page: as long as an interaction or a
/// registration draft may live.
const BROWSER_COOKIE_SECONDS: u64 = 24 * 60 * 60;

/// A browser, known by its secret.
#[derive(Clone, Debug)]
pub struct Browser {
    secret: String,
    trusted_by: Option<String>,
}

impl Browser {
    /// The browser that sent these headers, with a new secret if it has none.
    #[must_use]
    pub fn of(app: &App, brand: &Brand, headers: &HeaderMap) -> Self {
        let secret = |kind| cookies::read(headers, brand, kind).filter(|value| value.len() == 43);
        let own = secret(CookieKind::Browser);
        Self {
            secret: own.unwrap_or_else(|| app.random.secret()),
            trusted_by: secret(CookieKind::TrustedDevice),
        }
    }

    /// The secret by which accounts recognise this browser as a device that they trust.
    #[must_use]
    pub fn trusted_by(&self) -> Option<&str> {
        self.trusted_by.as_deref()
    }

    /// The hash of the secret, by which an interaction recognises the browser.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        sha256_hex(self.secret.as_bytes())
    }

    /// The cookie with its full lifetime. Every page sets it, so that the secret lives as
    /// long after the last page as an interaction does.
    #[must_use]
    pub fn cookie(&self, brand: &Brand) -> Option<HeaderValue> {
        let (secret, life) = (&self.secret, BROWSER_COOKIE_SECONDS);
        cookies::set(brand, CookieKind::Browser, secret, life)
    }

    /// The CSRF token of a form; `place` identifies the form.
    #[must_use]
    pub fn form_token(&self, app: &App, place: &str) -> String {
        URL_SAFE_NO_PAD.encode(app.sealer.mac(
            Purpose::FormToken,
            &[place.as_bytes(), self.secret.as_bytes()],
        ))
    }

    /// Whether this browser was given the CSRF token for `place`.
    #[must_use]
    pub fn owns_form(&self, app: &App, place: &str, token: &str) -> bool {
        URL_SAFE_NO_PAD.decode(token).is_ok_and(|mac| {
            app.sealer.verify_mac(
                Purpose::FormToken,
                &[place.as_bytes(), self.secret.as_bytes()],
                &mac,
            )
        })
    }
}

/// A valid session with its account.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// The hash of the session's secret, by which the store finds it.
    pub secret_hash: String,
    /// The session.
    pub session: BrowserSession,
    /// The account.
    pub account: Account,
}

/// Finds this browser's session under `brand`, if it is still valid.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn session_of(
    app: &App,
    brand: &Brand,
    headers: &HeaderMap,
) -> Result<Option<LiveSession>, Fault> {
    let Some(secret) = cookies::read(headers, brand, CookieKind::Session) else {
        return Ok(None);
    };
    let secret_hash = sha256_hex(secret.as_bytes());
    let now = app.clock.now();
    let seen_after = now.before(app.config.sessions.idle_lifetime);
    let Some((session, account)) = app
        .store
        .sessions()
        .find(&secret_hash, &brand.name, now, seen_after)
        .await?
    else {
        return Ok(None);
    };
    if now.since(session.seen_at) >= SEEN_GRANULARITY {
        app.store.sessions().touch(&session.sid, now).await?;
    }
    Ok(Some(LiveSession {
        secret_hash,
        session,
        account,
    }))
}

/// A session about to begin: the browser's cookie and the record for the store.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The `Set-Cookie` header.
    pub cookie: Option<HeaderValue>,
    /// The session, with the hash by which the store finds it.
    pub live: LiveSession,
}

/// Prepares a session for a person who has just authenticated with a password.
#[must_use]
pub fn new_session(app: &App, brand: &Brand, account: Account, user_agent: &str) -> NewSession {
    let now = app.clock.now();
    let session = BrowserSession {
        sid: app.random.id(),
        begun_at: now,
        device: device_label(user_agent),
        account_id: account.id.clone(),
        brand: brand.name.clone(),
        auth_time: now,
        amr: "pwd".to_owned(),
        second_factor_at: None,
        strength: None,
        trusted_device: None,
        seen_at: now,
        expires_at: now.after(app.config.sessions.absolute_lifetime),
    };
    let secret = app.random.secret();
    let life = app.config.sessions.absolute_lifetime;
    NewSession {
        cookie: cookies::set(brand, CookieKind::Session, &secret, life.as_secs()),
        live: LiveSession {
            secret_hash: sha256_hex(secret.as_bytes()),
            session,
            account,
        },
    }
}

/// Prepares a session for a person who was logged in here already. Every authentication
/// makes a new secret; the public `sid` stays while the person stays the same.
#[must_use]
pub fn renewed_session(
    app: &App,
    brand: &Brand,
    account: Account,
    replaced: &BrowserSession,
) -> NewSession {
    let mut new = new_session(app, brand, account, "");
    let session = &mut new.live.session;
    session.sid.clone_from(&replaced.sid);
    session.device.clone_from(&replaced.device);
    session.begun_at = replaced.begun_at;
    new
}

/// Begins a session under `brand` for the person whose session `from` is valid under
/// another brand: the same login, not a new authentication.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn sign_on(
    app: &App,
    brand: &Brand,
    from: Held<'_>,
) -> Result<Option<NewSession>, Fault> {
    let (secret, now) = (app.random.secret(), app.clock.now());
    let secret_hash = sha256_hex(secret.as_bytes());
    let to = Held {
        secret_hash: &secret_hash,
        brand: &brand.name,
    };
    let seen_after = now.before(app.config.sessions.idle_lifetime);
    let sessions = app.store.sessions();
    let begun = sessions.sign_on(from, to, now, seen_after).await?;
    Ok(begun.map(|(session, account)| {
        let life = session.expires_at.since(now);
        NewSession {
            cookie: cookies::set(brand, CookieKind::Session, &secret, life.as_secs()),
            live: LiveSession {
                secret_hash,
                session,
                account,
            },
        }
    }))
}
