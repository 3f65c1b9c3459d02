//! Where the events of one request, one command or one background task come from. The
//! origin belongs to the task, as a tracing span does, and is not passed as an argument:
//! the store's transactions and the limits would otherwise all have to take it.

use std::future::Future;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use super::event::Event;
use super::record::Record;
use crate::clock::{Clock, Timestamp};
use crate::random::Random;
use crate::sha256;

crate::wire_words! {
    /// On whose behalf something happened.
    pub enum Actor {
        /// A person or a client, by an HTTP request.
        Caller = "caller",
        /// The operator, by a command.
        Operator = "operator",
        /// The provider itself, by a background task.
        Provider = "provider",
    }
}

/// Number of hexadecimal digits of a correlation id.
const CORRELATION_DIGITS: usize = 24;

tokio::task_local! {
    static ORIGIN: Arc<Origin>;
}

/// Where an HTTP request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The brand that it was sent to.
    pub brand: Option<String>,
    /// The kind of device as `device_label` returns it; empty if it is not known.
    pub device: String,
    /// The network, truncated.
    pub network: Option<String>,
}

type LazyPlace = LazyLock<Place, Box<dyn FnOnce() -> Place + Send>>;

/// The origin of events.
#[derive(Debug)]
pub struct Origin {
    actor: Actor,
    clock: Clock,
    random: Random,
    place: Option<LazyPlace>,
    command: Option<String>,
    client_id: OnceLock<String>,
    correlation_id: OnceLock<String>,
    noted: Mutex<Vec<Event>>,
}

impl Origin {
    /// The origin of what `actor` does.
    #[must_use]
    pub const fn new(actor: Actor, clock: Clock, random: Random) -> Self {
        Self {
            actor,
            clock,
            random,
            place: None,
            command: None,
            client_id: OnceLock::new(),
            correlation_id: OnceLock::new(),
            noted: Mutex::new(Vec::new()),
        }
    }

    /// The origin of what an HTTP request does. `place` is called for the first record only:
    /// most requests have none.
    #[must_use]
    pub fn from(mut self, place: impl FnOnce() -> Place + Send + 'static) -> Self {
        self.place = Some(LazyLock::new(Box::new(place)));
        self
    }

    /// The origin of what the operator's command with these words does, e.g. `clients add`.
    #[must_use]
    pub fn running(mut self, command: String) -> Self {
        self.command = Some(command);
        self
    }

    /// The id that all records of the same interaction, or else of the same request, share.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.correlation_id
            .get_or_init(|| shortened(&self.random.id()))
    }

    /// Takes the events that were noted so far, as records.
    #[must_use]
    pub fn take_noted(&self) -> Vec<Record> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = std::mem::take(&mut *noted);
        noted.into_iter().map(|event| self.stamp(event)).collect()
    }

    /// Makes the record of an event that happens now.
    fn stamp(&self, mut event: Event) -> Record {
        if let Some(command) = &self.command {
            event = event.with("command", command);
        }
        let place = self.place.as_ref().map(|place| (**place).clone());
        let place = place.unwrap_or_default();
        Record {
            at: self.now(),
            kind: event.kind.as_str().to_owned(),
            reason: event.reason.map(|reason| reason.as_str().to_owned()),
            account_id: event.account_id,
            client_id: event.client_id.or_else(|| self.client_id.get().cloned()),
            actor: self.actor.as_str().to_owned(),
            brand: place.brand,
            device: Some(place.device).filter(|device| !device.is_empty()),
            network: place.network,
            correlation_id: Some(self.correlation_id().to_owned()),
            detail: event
                .detail
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            times: 1,
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn shortened(secret: &str) -> String {
    let mut hash = sha256::sha256_hex(secret.as_bytes());
    hash.truncate(CORRELATION_DIGITS);
    hash
}

/// Runs `work` with that origin.
pub async fn scope<T>(origin: Arc<Origin>, work: impl Future<Output = T>) -> T {
    ORIGIN.scope(origin, work).await
}

/// Notes an event that has no transaction of its own. It is written soon. Does nothing
/// outside of [`scope`].
pub fn note(event: Event) {
    let _ = ORIGIN.try_with(|origin| {
        let mut noted = origin.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.push(event);
    });
}

/// Makes the record of an event that happens now. Outside of [`scope`], the provider
/// itself acts, at the time of the system's clock.
#[must_use]
pub fn current(event: Event) -> Record {
    match ORIGIN.try_with(Arc::clone) {
        Ok(origin) => origin.stamp(event),
        Err(_) => Origin::new(Actor::Provider, Clock::System, Random::System).stamp(event),
    }
}

/// The id that the records of this request have, and those of the same interaction; `None`
/// outside of [`scope`].
#[must_use]
pub fn correlation_id() -> Option<String> {
    let id = ORIGIN.try_with(|origin| origin.correlation_id().to_owned());
    id.ok()
}

/// Notes the client on whose behalf the request acts, for its later records.
pub fn act_for(client_id: &str) {
    let _ = ORIGIN.try_with(|origin| origin.client_id.set(client_id.to_owned()));
}

/// Notes the interaction that the request belongs to: its records and those of the
/// interaction's other requests share a correlation id. The id of the interaction is a
/// secret, so only its hash is recorded.
pub fn continue_interaction(interaction_id: &str) {
    let _ = ORIGIN.try_with(|origin| origin.correlation_id.set(shortened(interaction_id)));
}
