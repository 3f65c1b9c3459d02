//! Devices that an account trusts: a browser has one secret, in a cookie of its own, and each
//! account that trusts the browser keeps the hash of it. A recognised device replaces no
//! second factor that a client asks for; it only needs none at the login itself.

use axum::http::HeaderValue;

use super::browser::{Browser, LiveSession};
use crate::accounts::account::Account;
use crate::accounts::trusted_device::{TRUSTED_FOR, TrustedDevice};
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::http::cookies::{self, CookieKind};
use crate::seal::sha256_hex;

/// Returns the id of the account's trusted device that this browser is, if it is one.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn recognise(
    app: &App,
    browser: &Browser,
    account: &Account,
) -> Result<Option<String>, Fault> {
    let Some(secret) = browser.trusted_by().filter(|_| account.enrolled.two_steps) else {
        return Ok(None);
    };
    let (hash, now) = (sha256_hex(secret.as_bytes()), app.clock.now());
    let devices = app.store.trusted_devices();
    devices.recognise(&account.id, &hash, now).await
}

/// Trusts the browser of a session for thirty days from now; returns the cookie by which it
/// is recognised.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn trust(
    app: &App,
    brand: &Brand,
    browser: &Browser,
    live: &LiveSession,
) -> Result<Option<HeaderValue>, Fault> {
    let known = browser.trusted_by().map(str::to_owned);
    let secret = known.unwrap_or_else(|| app.random.secret());
    let now = app.clock.now();
    let device = TrustedDevice {
        id: app.random.id(),
        account_id: live.account.id.clone(),
        secret_hash: sha256_hex(secret.as_bytes()),
        brand: brand.name.clone(),
        device: live.session.device.clone(),
        created_at: now,
        last_used_at: now,
        expires_at: now.after(TRUSTED_FOR),
    };
    app.store.trusted_devices().trust(&device, now).await?;
    let seconds = TRUSTED_FOR.as_secs();
    Ok(cookies::set(
        brand,
        CookieKind::TrustedDevice,
        &secret,
        seconds,
    ))
}
