//! Clients that learn of a logout in frames of the page that follows it (OpenID Connect
//! Front-Channel Logout 1.0 §3). The list of these clients travels sealed with the browser
//! from brand to brand; their addresses are looked up when the page is shown.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::app::App;
use crate::fault::Fault;
use crate::oidc::client::ClientId;
use crate::oidc::logout::framed_uri;
use crate::store::session_clients::Participant;

/// A client that learns of the logout in a frame.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Framed {
    client_id: ClientId,
    brand: String,
    /// The login's `sid`, which a node of an older version reads and tells.
    sid: String,
    /// The `sid` that the client was told; a version before 2026-12 writes none, and told
    /// every client the login's.
    #[serde(default)]
    told_sid: Option<String>,
}

/// The clients of a login that have a front-channel logout URI.
pub fn framed(participants: Vec<Participant>) -> impl Iterator<Item = Framed> {
    participants
        .into_iter()
        .filter(|participant| participant.client.frontchannel_logout_uri.is_some())
        .map(|participant| Framed {
            client_id: participant.client.client_id,
            brand: participant.brand,
            sid: participant.sid,
            told_sid: Some(participant.told_sid),
        })
}

/// The addresses that the frames load, as the clients are registered now; each once.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn addresses(app: &App, told: &[Framed]) -> Result<BTreeSet<Url>, Fault> {
    let mut addresses = BTreeSet::new();
    for framed in told {
        let stored = app.clients.get(&app.store, &framed.client_id).await?;
        let Some((stored, brand)) = stored.zip(app.brands.by_name(&framed.brand)) else {
            continue;
        };
        let sid = framed.told_sid.as_ref().unwrap_or(&framed.sid);
        addresses.extend(framed_uri(&stored.client, &brand.issuer, sid));
    }
    Ok(addresses)
}

/// The origins that the page's content security policy must allow for these frames.
#[must_use]
pub fn origins(addresses: &BTreeSet<Url>) -> String {
    let origins: BTreeSet<String> = addresses
        .iter()
        .map(|address| address.origin().ascii_serialization())
        .collect();
    origins.into_iter().collect::<Vec<_>>().join(" ")
}
