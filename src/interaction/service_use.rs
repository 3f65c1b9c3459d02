//! Notes which services a person uses, where a dealer may be told of it.

use crate::accounts::day::Day;
use crate::app::App;
use crate::fault::Fault;
use crate::oidc::client::Client;

/// Notes that the person uses the service, to the day, if they have a dealer link.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn record_use(app: &App, client: &Client, account_id: &str) -> Result<(), Fault> {
    let today = Day::of(app.clock.now());
    let uses = app.store.service_uses();
    uses.record(account_id, &client.client_id, today).await
}
