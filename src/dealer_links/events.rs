//! The events that tell a dealer's own systems of a link and of its end. The events are
//! made here; the store puts them into the outbox in the transaction of the change itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::accounts::dealer::DealerLink;
use crate::app::{App, SharedApp};
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::Client;
use crate::oidc::security_event::{
    DEALER_LINKED, DEALER_UNLINKED, DealerLinked, DealerUnlinked, SecurityEvent, SubjectId,
    UnlinkReason,
};
use crate::store::dealers::SuccessionNews;
use crate::store::outbox::NewMessage;

/// How often a node looks for links that passed to a successor.
const NEWS_POLL: Duration = Duration::from_secs(10);

/// How many of these links are handled at once.
const NEWS_AT_ONCE: u32 = 64;

/// The events for a new link, made by the notice with that version.
///
/// # Errors
/// `Fault` if the database is unreachable.
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
    let clients = app.store.clients().of_dealer(&link.dealer_code).await?;
    let happened = (DEALER_LINKED, link.linked_at);
    written(app, (Some(brand), &clients), account_id, happened, &said)
}

/// The events for the end of a link.
///
/// # Errors
/// `Fault` if the database is unreachable.
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
        successor: None,
        customer_number: link.customer_number.as_deref(),
    };
    let clients = app.store.clients().of_dealer(&link.dealer_code).await?;
    let happened = (DEALER_UNLINKED, now);
    written(app, (Some(brand), &clients), account_id, happened, &said)
}

/// Tells both dealers of links that passed to a successor, repeatedly, until the task is
/// dropped.
pub async fn tell_of_successions_forever(app: SharedApp) {
    let mut ticks = tokio::time::interval(NEWS_POLL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(fault) = tell_of_successions(&app).await {
            tracing::warn!(
                fault = &fault as &dyn std::error::Error,
                "dealers could not be told of links that went over"
            );
        }
    }
}

/// Tells both dealers of every link that passed to a successor and was not told yet: the
/// predecessor of the link's end, the successor of its beginning.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn tell_of_successions(app: &App) -> Result<(), Fault> {
    let mut systems: BTreeMap<String, Vec<Client>> = BTreeMap::new();
    loop {
        let news = app.store.dealers().news(NEWS_AT_ONCE).await?;
        if news.is_empty() {
            return Ok(());
        }
        let codes = news
            .iter()
            .flat_map(|one| [&one.predecessor, &one.successor]);
        for code in codes.collect::<BTreeSet<_>>() {
            if !systems.contains_key(code) {
                let clients = app.store.clients().of_dealer(code).await?;
                systems.insert(code.clone(), clients);
            }
        }
        let mut messages = Vec::new();
        for one in &news {
            messages.extend(of_succession(app, &systems, one)?);
        }
        if app.store.dealers().told(&news, &messages).await? {
            app.outbox.wake();
        }
    }
}

fn of_succession(
    app: &App,
    systems: &BTreeMap<String, Vec<Client>>,
    news: &SuccessionNews,
) -> Result<Vec<NewMessage>, Fault> {
    let of = |code: &str| systems.get(code).map(Vec::as_slice).unwrap_or_default();
    let link = news.link.as_ref();
    let ended = DealerUnlinked {
        dealer_code: &news.predecessor,
        unlinked_at: news.happened_at,
        reason: UnlinkReason::Succeeded,
        successor: Some(&news.successor),
        customer_number: link.and_then(|link| link.customer_number.as_deref()),
    };
    let happened = (DEALER_UNLINKED, news.happened_at);
    let clients = (None, of(&news.predecessor));
    let mut messages = written(app, clients, &news.account_id, happened, &ended)?;
    // If the link has ended since, the code that ended it tells of the end.
    if let Some(link) = link.filter(|_| !news.was_linked) {
        let begun = DealerLinked {
            dealer_code: &link.dealer_code,
            linked_at: link.linked_at,
            notice_version: &link.notice_version,
            client_id: link.client_id.as_deref(),
            customer_number: link.customer_number.as_deref(),
        };
        let happened = (DEALER_LINKED, news.happened_at);
        let clients = (None, of(&news.successor));
        messages.extend(written(app, clients, &news.account_id, happened, &begun)?);
    }
    Ok(messages)
}

/// Makes one event for each system of the dealer that registered event delivery.
fn written(
    app: &App,
    (here, clients): (Option<&Brand>, &[Client]),
    account_id: &str,
    (kind, toe): (&str, Timestamp),
    said: &impl Serialize,
) -> Result<Vec<NewMessage>, Fault> {
    let mut messages = Vec::new();
    for client in clients {
        let Some(brand) = brand_for(app, here, client) else {
            continue;
        };
        let event = SecurityEvent {
            iss: brand.issuer.clone(),
            iat: app.clock.now(),
            jti: app.random.id(),
            toe,
            sub_id: SubjectId {
                iss: brand.issuer.clone(),
                sub: app.pairwise.subject(client, account_id),
            },
            events: BTreeMap::from([(kind.to_owned(), serde_json::to_value(said)?)]),
            aud: client.client_id.clone(),
        };
        messages.push(app.outbox.write_event(&brand.name, &event)?);
    }
    Ok(messages)
}

/// The issuer of the event: the brand where it happened, if that serves the client, else
/// the client's first brand. `None` if the client takes no events.
fn brand_for<'a>(app: &'a App, here: Option<&'a Brand>, client: &Client) -> Option<&'a Brand> {
    client.event_delivery.as_ref()?;
    if let Some(here) = here.filter(|here| client.brands.contains(&here.name)) {
        return Some(here);
    }
    let first = client.brands.first()?;
    app.brands.by_name(first).map(AsRef::as_ref)
}
