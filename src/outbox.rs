//! The queue of outgoing messages. A message is written, sealed and inserted in one
//! transaction with the change that it reports. A worker delivers it: at once if possible,
//! otherwise after increasing waits, until it is given up. Any node may deliver any
//! message; if a node dies while it delivers, the message becomes free when its lease ends.
//! Messages to people are delivered here, events and logouts in `events`; `logouts` writes
//! the logouts.

mod events;
mod logouts;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::brand::Brand;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::ephemeral::{Ephemeral, Key};
use crate::event_delivery::EventPusher;
use crate::fault::Fault;
use crate::locale::Locale;
use crate::mail::message::{EndLink, Message, Written};
use crate::mail::{Mailer, Undelivered};
use crate::outgoing::Outgoing;
use crate::random::Random;
use crate::seal::{Purpose, Sealer};
use crate::sms::SmsSender;
use crate::store::Store;
use crate::store::outbox::{Channel, Delivered, Message as Stored, NewMessage};

/// How often the worker looks for messages that other nodes inserted or that are due again.
/// For this node's messages it is woken.
const POLL: Duration = Duration::from_secs(1);

/// After this many failures in a row, the channel counts as blocked, rather than one
/// mailbox.
const FAILING: u32 = 2;

/// How many messages are delivered at the same time.
const BATCH: u32 = 16;

/// How long a claimed message belongs to this node; longer than any delivery may take.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// The wait after the first failure; each further one is three times as long.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// The outbox. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    store: Store,
    ephemeral: Ephemeral,
    noted_for: Duration,
    sealer: Sealer,
    clock: Clock,
    random: Random,
    mailer: Mailer,
    sms: SmsSender,
    pusher: EventPusher,
    outgoing: Outgoing,
    give_up_after: Duration,
    give_up_events_after: Duration,
    give_up_logouts_after: Duration,
    due: Notify,
    events_due: Notify,
    /// How many messages this node wrote; part of their IDs.
    written: AtomicU32,
    /// How many mails in a row this node could not send.
    mails_failing: AtomicU32,
    /// How many SMS in a row this node could not send.
    sms_failing: AtomicU32,
}

/// A delivered message that was kept readable, for the demo.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptMessage {
    /// The ID of the message.
    pub id: String,
    /// The channel: mail or SMS.
    pub channel: Channel,
    /// The sender's address.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// The subject; empty for SMS.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When it was delivered.
    pub sent_at: Timestamp,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox(..)")
    }
}

impl std::fmt::Debug for KeptMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptMessage")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Outbox {
    /// Opens the configured transports. Nothing is delivered until `deliver_forever` runs.
    ///
    /// # Errors
    /// `Fault` if TLS cannot be set up.
    pub fn open(
        config: &Config,
        outgoing: Outgoing,
        (store, ephemeral): (Store, Ephemeral),
        sealer: Sealer,
        (clock, random): (Clock, Random),
    ) -> Result<Self, Fault> {
        Ok(Self(Arc::new(Inner {
            mailer: Mailer::open(&config.mail)?,
            sms: SmsSender::open(&config.sms)?,
            pusher: EventPusher::new(&config.events, outgoing.clone()),
            outgoing,
            noted_for: config.interactions.lifetime,
            ephemeral,
            give_up_after: config.mail.give_up_after,
            give_up_events_after: config.events.give_up_after,
            give_up_logouts_after: config.logout.give_up_after,
            due: Notify::new(),
            events_due: Notify::new(),
            written: AtomicU32::new(0),
            mails_failing: AtomicU32::new(0),
            sms_failing: AtomicU32::new(0),
            store,
            sealer,
            clock,
            random,
        })))
    }

    /// Writes a message, inserts it and wakes the worker.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn post(
        &self,
        brand: &Brand,
        locale: Locale,
        message: &Message<'_>,
    ) -> Result<(), Fault> {
        let new = self.write(brand, locale, message)?;
        self.0.store.outbox().put_all(&[new]).await?;
        self.wake();
        Ok(())
    }

    /// Writes a message with a code for which a page waits, and inserts it. If the relay
    /// refuses the mailbox permanently, `is_undeliverable` returns true for `awaited_as`.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn post_awaited(
        &self,
        brand: &Brand,
        locale: Locale,
        message: &Message<'_>,
        awaited_as: String,
    ) -> Result<(), Fault> {
        let mut written = message.write(brand, locale, self.0.clock.now());
        written.awaited_as = Some(awaited_as);
        let new = self.seal_written(message.channel(), brand, &written)?;
        self.0.store.outbox().put_all(&[new]).await?;
        self.wake();
        Ok(())
    }

    /// Whether the last message under that name was refused permanently.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn is_undeliverable(&self, awaited_as: &str) -> Result<bool, Fault> {
        let key = Key::Undeliverable(awaited_as);
        Ok(self.0.ephemeral.get(key).await?.is_some())
    }

    /// Writes a message as `write` does, with a link below it that ends all sessions of the
    /// account.
    ///
    /// # Errors
    /// `Fault` if sealing fails.
    pub fn write_with(
        &self,
        link: &EndLink,
        brand: &Brand,
        locale: Locale,
        message: &Message<'_>,
    ) -> Result<NewMessage, Fault> {
        let written = message.write_with(link, brand, locale, self.0.clock.now());
        self.seal_written(message.channel(), brand, &written)
    }

    /// Writes a message, which the store inserts in one transaction with the change that it
    /// reports; call `wake` after that.
    ///
    /// # Errors
    /// `Fault` if the message cannot be sealed.
    pub fn write(
        &self,
        brand: &Brand,
        locale: Locale,
        message: &Message<'_>,
    ) -> Result<NewMessage, Fault> {
        let written = message.write(brand, locale, self.0.clock.now());
        self.seal_written(message.channel(), brand, &written)
    }

    fn seal_written(
        &self,
        channel: Channel,
        brand: &Brand,
        written: &Written,
    ) -> Result<NewMessage, Fault> {
        let plain = serde_json::to_vec(written)?;
        self.seal(channel, &brand.name, None, &plain)
    }

    fn seal(
        &self,
        channel: Channel,
        brand: &str,
        queue: Option<String>,
        plain: &[u8],
    ) -> Result<NewMessage, Fault> {
        let inner = &self.0;
        let now = inner.clock.now();
        // IDs sort by creation: by the second, and within a second in the order of this
        // node.
        let turn = inner.written.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:012}-{turn:08x}-{}", now.0, inner.random.id());
        let payload = inner
            .sealer
            .seal(Purpose::Outbox, id.as_bytes(), plain, &inner.random)?;
        Ok(NewMessage {
            id,
            channel,
            brand: brand.to_owned(),
            queue,
            payload,
            created_at: now,
        })
    }

    /// Whether messages to people are late on this channel, as far as this node knows. A
    /// page may show that to everybody who waits for a message.
    #[must_use]
    pub fn is_late(&self, channel: Channel) -> bool {
        self.failing(channel)
            .is_some_and(|failing| failing.load(Ordering::Relaxed) >= FAILING)
    }

    fn failing(&self, channel: Channel) -> Option<&AtomicU32> {
        match channel {
            Channel::Email => Some(&self.0.mails_failing),
            Channel::Sms => Some(&self.0.sms_failing),
            Channel::Event | Channel::Logout => None,
        }
    }

    /// Wakes the workers.
    pub fn wake(&self) {
        self.0.due.notify_one();
        self.0.events_due.notify_one();
    }

    /// Delivers due messages to people, again and again, until the task is dropped.
    pub async fn deliver_forever(self) {
        let mut failing = false;
        loop {
            match self.deliver_due().await {
                Ok(count) if count == BATCH as usize => continue,
                Ok(_) => failing = false,
                Err(fault) if !failing => {
                    failing = true;
                    tracing::error!(
                        fault = &fault as &dyn std::error::Error,
                        "cannot look for messages to deliver"
                    );
                }
                Err(_) => {}
            }
            // Woken or timed out, the next step is to look again.
            let _elapsed = tokio::time::timeout(POLL, self.0.due.notified()).await;
        }
    }

    /// Delivers all messages to people that are due now, in parallel; returns how many were
    /// tried.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn deliver_due(&self) -> Result<usize, Fault> {
        let now = self.0.clock.now();
        let claimed = self.0.store.outbox().claim(now, BATCH, LEASE).await?;
        let count = claimed.len();
        let mut deliveries = JoinSet::new();
        for message in claimed {
            let outbox = self.clone();
            deliveries.spawn(async move { outbox.deliver(&message).await });
        }
        let mut outcome = Ok(count);
        while let Some(done) = deliveries.join_next().await {
            let delivered = done.unwrap_or_else(|error| Err(Fault::because(error)));
            outcome = delivered.and(outcome);
        }
        outcome
    }

    async fn deliver(&self, message: &Stored) -> Result<(), Fault> {
        let inner = &self.0;
        let Some(written) = self.open_sealed(message) else {
            return self
                .give_up(message, "it was sealed with a key we do not have")
                .await;
        };
        let now = inner.clock.now();
        if written.until.is_some_and(|until| now >= until) {
            return self.give_up(message, "its code has expired").await;
        }
        let (sent, keeps) = match message.channel {
            Channel::Email => (
                inner
                    .mailer
                    .send(&message.id, &written, message.created_at)
                    .await,
                inner.mailer.keeps(),
            ),
            Channel::Sms => (
                inner.sms.send(&message.id, &written).await,
                inner.sms.keeps(),
            ),
            Channel::Event | Channel::Logout => {
                return Err(Fault::because("an event was to be delivered to a person"));
            }
        };
        self.note(message.channel, &sent);
        self.tell_who_waits(&written, &sent).await?;
        match sent {
            Ok(()) => {
                let then = if keeps {
                    Delivered::Keep
                } else {
                    Delivered::Forget
                };
                inner
                    .store
                    .outbox()
                    .delivered(&message.id, then, inner.clock.now())
                    .await
            }
            Err(Undelivered::ForEver(why)) => self.give_up(message, &why).await,
            Err(Undelivered::ForNow(why)) => self.postpone(message, &why).await,
        }
    }

    /// Counts failures per channel. A recipient that does not exist says nothing about the
    /// channel.
    fn note(&self, channel: Channel, sent: &Result<(), Undelivered>) {
        let Some(failing) = self.failing(channel) else {
            return;
        };
        match sent {
            Ok(()) => failing.store(0, Ordering::Relaxed),
            Err(Undelivered::ForNow(_)) => {
                failing.fetch_add(1, Ordering::Relaxed);
            }
            Err(Undelivered::ForEver(_)) => {}
        }
    }

    /// Records for the page that waits whether the mailbox does not exist, or was reached.
    async fn tell_who_waits(
        &self,
        written: &Written,
        sent: &Result<(), Undelivered>,
    ) -> Result<(), Fault> {
        let Some(name) = &written.awaited_as else {
            return Ok(());
        };
        let (ephemeral, key) = (&self.0.ephemeral, Key::Undeliverable(name));
        match sent {
            Ok(()) => ephemeral.remove(key).await,
            Err(Undelivered::ForEver(_)) => {
                match ephemeral.put(key, b"1", self.0.noted_for).await {
                    // The page does not tell that the mailbox does not exist.
                    Err(Fault::Full) => Ok(()),
                    other => other,
                }
            }
            Err(Undelivered::ForNow(_)) => Ok(()),
        }
    }

    async fn postpone(&self, message: &Stored, why: &str) -> Result<(), Fault> {
        let now = self.0.clock.now();
        let (give_up_after, longest) = match message.channel {
            Channel::Email | Channel::Sms => (self.0.give_up_after, LONGEST_WAIT),
            Channel::Event => (self.0.give_up_events_after, events::LONGEST_WAIT),
            Channel::Logout => (self.0.give_up_logouts_after, events::LONGEST_WAIT),
        };
        if now.since(message.created_at) >= give_up_after {
            return self.give_up(message, why).await;
        }
        let attempts = message.attempts.saturating_add(1);
        let next = now.after(wait_after(attempts, longest, self.0.random.bytes()));
        tracing::info!(
            message.id = message.id,
            message.channel = message.channel.as_str(),
            attempts,
            why,
            "a message did not leave and waits"
        );
        self.0
            .store
            .outbox()
            .postpone(&message.id, attempts, next)
            .await
    }

    async fn give_up(&self, message: &Stored, why: &str) -> Result<(), Fault> {
        tracing::warn!(
            message.id = message.id,
            message.channel = message.channel.as_str(),
            attempts = message.attempts,
            why,
            "a message is given up"
        );
        self.0.store.outbox().bury(&message.id).await
    }

    /// Returns the newest delivered messages that were kept, oldest first; none unless a
    /// transport is `outbox`.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn kept(&self, limit: u32) -> Result<Vec<KeptMessage>, Fault> {
        let messages = self.0.store.outbox().delivered_messages(limit).await?;
        let readable = |message: Stored| {
            let written = self.open_sealed(&message)?;
            Some(KeptMessage {
                sent_at: message.sent_at?,
                id: message.id,
                channel: message.channel,
                from: written.from,
                to: written.to,
                subject: written.subject,
                text: written.text,
            })
        };
        Ok(messages.into_iter().filter_map(readable).collect())
    }

    fn open_sealed(&self, message: &Stored) -> Option<Written> {
        let context = message.id.as_bytes();
        let plain = self
            .0
            .sealer
            .open(Purpose::Outbox, context, &message.payload)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Returns the wait before the next attempt: three times the last one, up to the longest,
/// plus up to a quarter at random, so that messages that failed together are not retried
/// together.
fn wait_after(attempts: i64, longest: Duration, [chance]: [u8; 1]) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    let factor = 3_u32.checked_pow(doublings.min(12)).unwrap_or(u32::MAX);
    let wait = FIRST_WAIT.saturating_mul(factor).min(longest);
    wait + wait.mul_f64(f64::from(chance) / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour_and_no_further() {
        let seconds = |attempts| wait_after(attempts, LONGEST_WAIT, [0]).as_secs();
        assert_eq!([1, 2, 3, 4].map(seconds), [5, 15, 45, 135]);
        assert_eq!(seconds(8), 3_600);
        assert_eq!(seconds(i64::MAX), 3_600);
        assert_eq!(wait_after(9, events::LONGEST_WAIT, [0]).as_secs(), 300);
        assert!(wait_after(9, LONGEST_WAIT, [255]).as_secs() < 4_500);
    }
}
