//! How much a caller who did not authenticate can make this provider keep: counted in KiB by
//! IP address, over everything together. What an authenticated client pushes is counted by
//! client, and so are the assertions of a client that must be remembered.

use std::time::Duration;

use super::client_address::ClientAddress;
use crate::app::App;
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::oidc::client::ClientId;

const HOUR: Duration = Duration::from_secs(60 * 60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The window in which what a client pushes is counted: about as long as it is kept.
const CLIENTS_WINDOW: Duration = Duration::from_secs(120);

/// The size of a value in KiB, rounded up.
#[must_use]
pub const fn kib(bytes: usize) -> u64 {
    bytes.div_ceil(1024) as u64
}

/// Counts what a caller from `from` makes us keep; returns whether it is within the limit.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn may_keep(app: &App, from: ClientAddress, kib: u64) -> Result<bool, Fault> {
    let most = app.config.limits.kept_kib_per_ip_hour;
    let limits = from.limits("kept-from", HOUR, most).into_iter();
    let limits: Vec<_> = limits.map(|limit| limit.weighing(kib)).collect();
    app.ephemeral.count_within(&limits).await
}

/// Counts what a person who is logged in makes us keep; returns whether it is within the
/// limit.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn account_may_keep(app: &App, account_id: &str, kib: u64) -> Result<bool, Fault> {
    let most = app.config.limits.kept_kib_per_account_hour;
    let limit = Limit::new(format!("kept-for:{account_id}"), HOUR, most);
    app.ephemeral.count_within(&[limit.weighing(kib)]).await
}

/// Counts one more consent of an account, which is recorded for ever; returns whether it is
/// within the limit.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn may_consent(app: &App, account_id: &str) -> Result<bool, Fault> {
    let most = app.config.account.consents_per_day;
    let limit = Limit::new(format!("consents-of:{account_id}"), DAY, most);
    app.ephemeral.count_within(&[limit]).await
}

/// Counts what an authenticated client makes us keep; returns whether it is within the
/// limit.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn client_may_keep(app: &App, client: &ClientId, kib: u64) -> Result<bool, Fault> {
    let most = app.config.limits.kept_kib_per_client;
    let limit = Limit::new(format!("kept-by:{client}"), CLIENTS_WINDOW, most);
    app.ephemeral.count_within(&[limit.weighing(kib)]).await
}

/// Returns the limit of client assertions that are remembered of a client, each of which is
/// remembered for `life`. In each window, as many begin to be remembered as leave again at
/// that pace.
#[must_use]
pub fn assertions(app: &App, client: &ClientId, life: Duration) -> Limit {
    let most = app.config.limits.assertions_per_client;
    let weight = life.as_secs().div_ceil(CLIENTS_WINDOW.as_secs()).max(1);
    Limit::new(format!("assertions-of:{client}"), CLIENTS_WINDOW, most).weighing(weight)
}
