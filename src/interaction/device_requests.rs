//! Device authorization requests in short-lived state (RFC 8628): stored under the hash of
//! the device code, and found by the user code that a person types. The device may poll and
//! the person may decide at the same moment and at different nodes.

use std::time::Duration;

use crate::app::App;
use crate::brand::Brand;
use crate::ephemeral::{Key, Spent};
use crate::fault::Fault;
use crate::oidc::authorization_request::RawAuthorizationRequest;
use crate::oidc::client::{Client, ClientId};
use crate::oidc::code_record::TOMBSTONE_LIFE;
use crate::oidc::device_authorization::{
    Decided, Decision, Device, DeviceAuthorization, Polled, UserCode,
};
use crate::seal::sha256_hex;

/// How long an expired request is kept, so that the device can be told that it expired.
const KEPT_AFTER: Duration = Duration::from_secs(10 * 60);

/// How often a change is retried after a concurrent change. Only the device and its person
/// change a request.
const ATTEMPTS: usize = 32;

/// The codes that a device is given.
#[derive(Clone)]
pub struct Codes {
    /// The device code, for the device alone.
    pub device_code: String,
    /// The user code, for the person to type.
    pub user_code: UserCode,
}

impl std::fmt::Debug for Codes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Codes(..)")
    }
}

/// Stores the request of a device.
///
/// # Errors
/// `Fault` if short-lived state is unreachable, or no user code is free.
pub async fn begin(
    app: &App,
    brand: &Brand,
    client_id: &ClientId,
    raw: RawAuthorizationRequest,
) -> Result<Codes, Fault> {
    let settings = &app.config.device;
    let device_code = app.random.secret();
    let name = sha256_hex(device_code.as_bytes());
    let user_code = user_code(app, brand, &name).await?;
    let request = DeviceAuthorization {
        client_id: client_id.clone(),
        issuer: brand.issuer.clone(),
        raw,
        expires_at: app.clock.now().after(settings.code_lifetime),
        interval: settings.interval,
        asked_at: None,
        decision: Decision::Pending,
    };
    let bytes = request.to_bytes()?;
    let life = settings.code_lifetime + KEPT_AFTER;
    app.ephemeral.put(Key::Device(&name), &bytes, life).await?;
    Ok(Codes {
        device_code,
        user_code,
    })
}

/// Reserves a user code that no other request has, leading to the request `name`.
async fn user_code(app: &App, brand: &Brand, name: &str) -> Result<UserCode, Fault> {
    let life = app.config.device.code_lifetime;
    for _ in 0..ATTEMPTS {
        let Some(code) = UserCode::of_random(&app.random.bytes::<32>()) else {
            continue;
        };
        let found_by = found_by(brand, &code);
        let key = Key::UserCode(&found_by);
        if app.ephemeral.swap(key, None, name.as_bytes(), life).await? {
            return Ok(code);
        }
    }
    Err(Fault::because("no user code is free"))
}

/// The key of a user code. Each brand has its own user codes.
fn found_by(brand: &Brand, code: &UserCode) -> String {
    format!("{}:{}", brand.name, code.letters())
}

/// Finds the request that a user code leads to, if it still waits for a decision.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn waiting(
    app: &App,
    brand: &Brand,
    code: &UserCode,
) -> Result<Option<(Device, DeviceAuthorization)>, Fault> {
    let found_by = found_by(brand, code);
    let Some(name) = app.ephemeral.get(Key::UserCode(&found_by)).await? else {
        return Ok(None);
    };
    let request = String::from_utf8(name).map_err(Fault::because)?;
    let Some((found, _)) = read(app, &request).await? else {
        return Ok(None);
    };
    let device = Device {
        request,
        user_code: code.clone(),
    };
    let ours = found.issuer == brand.issuer && found.is_open(app.clock.now());
    Ok(ours.then_some((device, found)))
}

/// Answers a device's poll; `None` if there is no such request.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn poll(
    app: &App,
    brand: &Brand,
    client: &Client,
    device_code: &str,
) -> Result<Option<Polled>, Fault> {
    let name = sha256_hex(device_code.as_bytes());
    change(app, &name, |request| {
        request.poll(client, &brand.issuer, app.clock.now())
    })
    .await
}

/// Stores the person's decision. The user code is removed: it cannot be used again.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn decide(
    app: &App,
    brand: &Brand,
    device: &Device,
    decision: &Decision,
) -> Result<Decided, Fault> {
    let decided = change(app, &device.request, |request| {
        request.decide(decision.clone(), app.clock.now())
    })
    .await?;
    let found_by = found_by(brand, &device.user_code);
    app.ephemeral.remove(Key::UserCode(&found_by)).await?;
    Ok(decided.unwrap_or(Decided::TooLate))
}

/// Spends an approved request, for the first that asks.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn spend(app: &App, device_code: &str) -> Result<Spent, Fault> {
    let name = sha256_hex(device_code.as_bytes());
    app.ephemeral
        .spend(Key::Device(&name), TOMBSTONE_LIFE)
        .await
}

async fn read(app: &App, name: &str) -> Result<Option<(DeviceAuthorization, Vec<u8>)>, Fault> {
    let Some(bytes) = app.ephemeral.get(Key::Device(name)).await? else {
        return Ok(None);
    };
    Ok(Some((DeviceAuthorization::from_bytes(&bytes)?, bytes)))
}

/// Changes the newest state of a request; `None` if there is none.
async fn change<T>(
    app: &App,
    name: &str,
    change: impl Fn(&mut DeviceAuthorization) -> T,
) -> Result<Option<T>, Fault> {
    for _ in 0..ATTEMPTS {
        let Some((found, before)) = read(app, name).await? else {
            return Ok(None);
        };
        let mut changed = found.clone();
        let outcome = change(&mut changed);
        if changed == found {
            return Ok(Some(outcome));
        }
        let left = changed.expires_at.since(app.clock.now());
        let bytes = changed.rewritten(&before)?;
        let key = Key::Device(name);
        let life = left + KEPT_AFTER;
        if app.ephemeral.swap(key, Some(&before), &bytes, life).await? {
            return Ok(Some(outcome));
        }
    }
    Err(Fault::because(
        "a device's request kept changing while it was changed",
    ))
}
