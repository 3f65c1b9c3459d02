//! Registers the dealer's own system behind its staff page: another company's client, which
//! acts for one dealer and receives its events with an `Authorization` header.

use relying_parties::RelyingPartyConfig;
use serde_json::json;

use super::provision::with;
use crate::event_delivery::seal_authorization;
use crate::fault::Fault;
use crate::oidc::client::Client;
use crate::random::Random;
use crate::seal::{Sealer, sha256_hex};
use crate::store::Store;

/// Registers the system of `party`, if it has one.
///
/// # Errors
/// `Fault` if the database fails.
pub async fn register(
    store: &Store,
    party: &RelyingPartyConfig,
    sealer: &Sealer,
    random: &Random,
) -> Result<(), Fault> {
    let (Some(system), Some(metadata)) = (&party.dealer_system, party.system_registration()) else {
        return Ok(());
    };
    let decided = json!({
        // Its event receiver knows one issuer only.
        "brands": ["toyota"],
        "party": "third",
        "subject_type": "pairwise",
        "id_token_signed_response_alg": "RS256",
    });
    let client: Client = with(metadata, decided)?;
    let clients = store.clients();
    let secret_hash = sha256_hex(system.client_secret.as_bytes());
    clients.put(&client, Some(&secret_hash)).await?;
    let Some(delivery) = &client.event_delivery else {
        return Ok(());
    };
    let place = (&client.client_id, &delivery.endpoint_url);
    let sealed = seal_authorization(sealer, place, &system.event_authorization, random)?;
    clients
        .set_event_authorization(&client.client_id, Some(&sealed))
        .await
}
