//! Delivers events to other systems. The events of one client are sent one at a time, in
//! the order in which they happened, so that no unlink arrives before its link. A client
//! that is down delays only its own events. Events are signed when they are sent: the key
//! could be retired while they wait.

use std::time::Duration;

use serde_json::{from_slice, to_value, to_vec};
use tokio::task::JoinSet;

use super::{LEASE, Outbox, POLL};
use crate::documents;
use crate::event_delivery::open_authorization;
use crate::fault::Fault;
use crate::keys::SigningKeys;
use crate::mail::Undelivered;
use crate::oidc::security_event::{SecurityEvent, TYPE};
use crate::seal::Purpose;
use crate::store::outbox::{Channel, Delivered, Message, NewMessage};

/// How many clients are sent something at the same time.
const MOST: usize = 64;

/// The longest wait between two attempts. The pages promise that a dealer learns of a link
/// within minutes after it is up again.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

impl Outbox {
    /// Writes an event, which the store inserts in one transaction with the change that it
    /// reports; call `wake` after that.
    ///
    /// # Errors
    /// `Fault` if the event cannot be sealed.
    pub fn write_event(&self, brand: &str, event: &SecurityEvent) -> Result<NewMessage, Fault> {
        let queue = Some(event.aud.to_string());
        self.seal(Channel::Event, brand, queue, &to_vec(event)?)
    }

    /// Sends what is due, again and again, until the task is dropped. A slow receiver
    /// delays no other.
    pub async fn push_forever(self, keys: SigningKeys) {
        let mut under_way = JoinSet::new();
        let mut failing = false;
        loop {
            match self.claim_events(MOST - under_way.len().min(MOST)).await {
                Ok(events) => {
                    failing = false;
                    for event in events {
                        let (outbox, keys) = (self.clone(), keys.clone());
                        under_way.spawn(async move { outbox.push(&event, &keys).await });
                    }
                }
                Err(fault) if !failing => {
                    failing = true;
                    tracing::error!(
                        fault = &fault as &dyn std::error::Error,
                        "cannot look for events to push"
                    );
                }
                Err(_) => {}
            }
            let any = async {
                tokio::select! {
                    () = self.0.events_due.notified() => {}
                    Some(done) = under_way.join_next() => log(done),
                }
            };
            // Woken or timed out, the next step is to look again.
            let _elapsed = tokio::time::timeout(POLL, any).await;
        }
    }

    /// Sends what is due now, and returns how many messages were tried.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn push_due(&self, keys: &SigningKeys) -> Result<usize, Fault> {
        let events = self.claim_events(MOST).await?;
        let count = events.len();
        for event in events {
            self.push(&event, keys).await?;
        }
        Ok(count)
    }

    async fn claim_events(&self, most: usize) -> Result<Vec<Message>, Fault> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let (now, most) = (self.0.clock.now(), u32::try_from(most).unwrap_or(u32::MAX));
        self.0.store.outbox().claim_in_turn(now, most, LEASE).await
    }

    async fn push(&self, message: &Message, keys: &SigningKeys) -> Result<(), Fault> {
        let inner = &self.0;
        let context = message.id.as_bytes();
        let opened = inner
            .sealer
            .open(Purpose::Outbox, context, &message.payload);
        let Some(plain) = opened else {
            let why = "it was sealed with a key we do not have";
            return self.give_up(message, why).await;
        };
        let told = match message.channel {
            Channel::Logout => self.tell_of_logout(&plain, keys).await?,
            Channel::Event | Channel::Email | Channel::Sms => self.tell(&plain, keys).await?,
        };
        let outbox = inner.store.outbox();
        match told {
            Ok(()) => {
                let now = inner.clock.now();
                outbox
                    .delivered(&message.id, Delivered::Forget, now)
                    .await?;
                // The next message in this queue may be sent.
                inner.events_due.notify_one();
                Ok(())
            }
            Err(Undelivered::ForEver(why)) => self.give_up(message, &why).await,
            Err(Undelivered::ForNow(why)) => self.postpone(message, &why).await,
        }
    }

    async fn tell(
        &self,
        plain: &[u8],
        keys: &SigningKeys,
    ) -> Result<Result<(), Undelivered>, Fault> {
        let Ok(event) = from_slice::<SecurityEvent>(plain) else {
            return Ok(unreadable());
        };
        let inner = &self.0;
        let clients = inner.store.clients();
        let stored = clients.get(&event.aud).await?;
        let Some(client) = stored.map(|stored| stored.client) else {
            return Ok(gone());
        };
        let Some(delivery) = &client.event_delivery else {
            return Ok(gone());
        };
        let place = (&client.client_id, &delivery.endpoint_url);
        let sealed = clients.event_authorization(&client.client_id).await?;
        let header = sealed.and_then(|sealed| open_authorization(&inner.sealer, place, &sealed));
        // With the claims that a newer version wrote.
        let claims = documents::told_on::<SecurityEvent>(plain, to_value(&event)?)?;
        let token = keys.sign(client.id_token_signed_response_alg, Some(TYPE), &claims)?;
        let pusher = &inner.pusher;
        Ok(pusher
            .push(&delivery.endpoint_url, header.as_deref(), token)
            .await)
    }
}

fn gone() -> Result<(), Undelivered> {
    let why = "its client takes no events any more";
    Err(Undelivered::ForEver(why.to_owned()))
}

pub(super) fn unreadable() -> Result<(), Undelivered> {
    // Until it is too old it waits for a node of the version that wrote it.
    let why = "another version wrote it in a way that we cannot read";
    Err(Undelivered::ForNow(why.to_owned()))
}

fn log(done: Result<Result<(), Fault>, tokio::task::JoinError>) {
    let done = done.unwrap_or_else(|error| Err(Fault::because(error)));
    if let Err(fault) = done {
        tracing::error!(
            fault = &fault as &dyn std::error::Error,
            "an event could not be pushed"
        );
    }
}
