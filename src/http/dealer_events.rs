//! What a dealer's own systems are told of a link and of its end. The events
//! are written here and put in by the store, together with what they tell of.

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer;
use crate::accounts::dealer::DealerLink;
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::Client;
use crate::oidc::security_event::{
    DEALER_LINKED, DEALER_UNLINKED, DealerLinked, DealerUnlinked, SecurityEvent, SubjectId,
    UnlinkReason,
};
use crate::store::outbox::NewMessage;

/// Of a new link, by the notice of that version.
///
/// # Errors
/// If the database fails.
pub async fn linked(
    app: &App,
    brand: &Brand,
    account_id: &str,
    (link, notice_version): (&DealerLink, &str),
) -> Result<Vec<NewMessage>, Fault> {
    let said = DealerLinked {
        dealer_code: &link.dealer_code,
        linked_at: link.linked_at,
        notice_version,
        client_id: link.client_id.as_deref(),
        customer_number: link.customer_number.as_deref(),
    };
    let happened = (DEALER_LINKED, link.linked_at);
    written(app, brand, (account_id, &link.dealer_code), happened, &said).await
}

/// Of the end of a link.
///
/// # Errors
/// If the database fails.
pub async fn unlinked(
    app: &App,
    brand: &Brand,
    account_id: &str,
    (link, reason): (&DealerLink, UnlinkReason),
) -> Result<Vec<NewMessage>, Fault> {
    let now = app.clock.now();
    let said = DealerUnlinked {
        dealer_code: &link.dealer_code,
        unlinked_at: now,
        reason,
        customer_number: link.customer_number.as_deref(),
    };
    let happened = (DEALER_UNLINKED, now);
    written(app, brand, (account_id, &link.dealer_code), happened, &said).await
}

/// One event for each system of the dealer that wants to be told.
async fn written(
    app: &App,
    brand: &Brand,
    (account_id, dealer_code): (&str, &str),
    (kind, toe): (&str, Timestamp),
    said: &impl Serialize,
) -> Result<Vec<NewMessage>, Fault> {
    let mut messages = Vec::new();
    for client in app.store.clients().of_dealer(dealer_code).await? {
        let Some(brand) = brand_for(app, brand, &client) else {
            continue;
        };
        let event = SecurityEvent {
            iss: brand.issuer.clone(),
            iat: app.clock.now(),
            jti: app.random.id(),
            toe,
            sub_id: SubjectId {
                iss: brand.issuer.clone(),
                sub: answer::subject_for(app, &client, account_id),
            },
            events: BTreeMap::from([(kind.to_owned(), serde_json::to_value(said)?)]),
            aud: client.client_id,
        };
        messages.push(app.outbox.write_event(&brand.name, &event)?);
    }
    Ok(messages)
}

/// The issuer that speaks to the client: the one where it happened, if that
/// serves the client, else the client's own. None, if it takes no events.
fn brand_for<'a>(app: &'a App, here: &'a Brand, client: &Client) -> Option<&'a Brand> {
    client.event_delivery.as_ref()?;
    if client.brands.contains(&here.name) {
        return Some(here);
    }
    let first = client.brands.first()?;
    app.brands.by_name(first).map(AsRef::as_ref)
}
