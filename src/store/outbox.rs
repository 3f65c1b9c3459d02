//! Mails, SMS, events and logouts on their way. A message is written in the transaction of what
//! it tells of, claimed by one worker at a time, and tried until it is delivered
//! or given up. What it says is sealed by whoever writes it. Messages of a queue
//! leave one at a time, in the order of what they tell of.

use std::fmt;

use super::columns::Columns;
use super::expiry::{Taking, taking};
use super::{Store, Transaction};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::ClientId;

crate::wire_words! {
    /// By which way a message travels.
    pub enum Channel {
        /// Mail.
        Email = "email",
        /// Short message.
        Sms = "sms",
        /// Security event token, pushed to a client's system.
        Event = "event",
        /// Logout token, posted to a client.
        Logout = "logout",
    }
}

/// How long an undelivered message to a person is kept: nobody wants it after a week.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 60 * 60);

/// How many logouts a client is told of at once.
const LOGOUT_LANES: u8 = 4;

/// The queues of a client's logouts. No client has such a name, so they are nobody
/// else's; its events have the queue that is called as it is.
#[must_use]
pub fn logout_queues(client_id: &ClientId) -> Vec<String> {
    let lane = |number| format!("{client_id}#logout-{number}");
    (1..=LOGOUT_LANES).map(lane).collect()
}

/// A message to send.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its name; names sort by creation, the time with leading zeros in front.
    pub id: String,
    /// By which way it travels.
    pub channel: Channel,
    /// The brand that sends it.
    pub brand: String,
    /// The queue in which it waits, a client's; none, if it is to a person.
    pub queue: Option<String>,
    /// To whom and what, sealed.
    pub payload: String,
    /// When it was written; it is due at once.
    pub created_at: Timestamp,
}

/// A message as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its name.
    pub id: String,
    /// By which way it travels.
    pub channel: Channel,
    /// The brand that sends it.
    pub brand: String,
    /// To whom and what, sealed.
    pub payload: String,
    /// How often it failed.
    pub attempts: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was delivered, if it was and is kept.
    pub sent_at: Option<Timestamp>,
}

impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field("id", &self.id)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("channel", &self.channel)
            .field("attempts", &self.attempts)
            .field("sent_at", &self.sent_at)
            .finish_non_exhaustive()
    }
}

/// What becomes of a message once it is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It is deleted.
    Forget,
    /// It is kept to be looked at, with the newest 500 (the demo's outbox page).
    Keep,
}

/// The messages on their way.
#[derive(Clone, Copy, Debug)]
pub struct Outbox<'s>(&'s Store);

impl Store {
    /// The messages on their way.
    #[must_use]
    pub const fn outbox(&self) -> Outbox<'_> {
        Outbox(self)
    }
}

const SWEEP: Taking = taking!(
    "SELECT id FROM outbox WHERE sent_at IS NULL AND queue IS NULL AND created_at <= $1
    ORDER BY created_at LIMIT 64",
    "DELETE FROM outbox WHERE id IN (SELECT id FROM taken)"
);

// By a channel that only a newer version knows, only that one sends.
const CLAIM: Taking = taking!(
    "SELECT id FROM outbox WHERE sent_at IS NULL AND queue IS NULL AND next_attempt_at <= $1
        AND channel IN ('email', 'sms')
    ORDER BY next_attempt_at, id LIMIT $2",
    "UPDATE outbox SET next_attempt_at = $3 WHERE id IN (SELECT id FROM taken)
    RETURNING id, channel, brand, payload, attempts, created_at, sent_at"
);

// The first of each queue is looked up by itself, however many wait behind it.
// Whoever is second to take it finds, on the row itself, that it is not due.
const CLAIM_IN_TURN: &str = "UPDATE outbox SET next_attempt_at = $3
    WHERE next_attempt_at <= $1 AND id IN (
        SELECT head.id FROM event_queues JOIN outbox head ON head.id = (
            SELECT first.id FROM outbox first
            WHERE first.queue = event_queues.client_id AND first.sent_at IS NULL
            ORDER BY first.position LIMIT 1)
        WHERE head.next_attempt_at <= $1 AND head.channel IN ('event', 'logout')
        ORDER BY head.next_attempt_at LIMIT $2)
    RETURNING id, channel, brand, payload, attempts, created_at, sent_at";

const IS_STUCK: &str = "SELECT 1 FROM clients JOIN outbox ON outbox.queue = clients.client_id
    WHERE clients.dealer_code = $1 AND outbox.sent_at IS NULL AND outbox.attempts > 0 LIMIT 1";

const FORGET: &str = "DELETE FROM outbox WHERE id = $1";

const KEEP: &str = "UPDATE outbox SET sent_at = $2 WHERE id = $1 AND sent_at IS NULL";

const FORGET_OLD: &str = "DELETE FROM outbox WHERE sent_at IS NOT NULL AND id <=
    (SELECT id FROM outbox WHERE sent_at IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET 500)";

const POSTPONE: &str = "UPDATE outbox SET attempts = $2, next_attempt_at = $3
    WHERE id = $1 AND sent_at IS NULL";

const BURY: &str = "DELETE FROM outbox WHERE id = $1 AND sent_at IS NULL";

const DELIVERED: &str = "SELECT id, channel, brand, payload, attempts, created_at, sent_at
    FROM outbox WHERE sent_at IS NOT NULL ORDER BY id DESC LIMIT $1";

impl Outbox<'_> {
    /// Puts messages in, all or none.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn put_all(&self, messages: &[NewMessage]) -> Result<(), Fault> {
        if let Some(first) = messages.first() {
            let unwanted = first.created_at.before(LIFETIME);
            self.0.sweep(&self.0.turns.outbox, &SWEEP, unwanted).await?;
        }
        let mut transaction = self.0.begin().await?;
        insert_all(&mut transaction, messages).await?;
        transaction.commit().await
    }

    /// Takes up to `limit` messages to people that are due, oldest first. Nobody else gets
    /// them until `lease` has passed: then the worker is taken for dead.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn claim(
        &self,
        now: Timestamp,
        limit: u32,
        lease: std::time::Duration,
    ) -> Result<Vec<Message>, Fault> {
        let sql = CLAIM.on(&self.0.backend);
        let mut claimed: Vec<Message> = on!(self.0.writer(), db => sqlx::query(sql)
            .bind(now.0)
            .bind(i64::from(limit))
            .bind(now.after(lease).0)
            .fetch_all(db)
            .await?
            .iter()
            .map(message)
            .collect::<Result<_, Fault>>()?);
        claimed.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(claimed)
    }

    /// Takes the first message of each queue where that is due, of up to `limit`
    /// queues. What is behind it waits until it was delivered or given up.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn claim_in_turn(
        &self,
        now: Timestamp,
        limit: u32,
        lease: std::time::Duration,
    ) -> Result<Vec<Message>, Fault> {
        on!(self.0.writer(), db => sqlx::query(CLAIM_IN_TURN)
            .bind(now.0)
            .bind(i64::from(limit))
            .bind(now.after(lease).0)
            .fetch_all(db)
            .await?
            .iter()
            .map(message)
            .collect())
    }

    /// Whether events to a dealer's systems wait because an attempt failed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn is_stuck(&self, dealer_code: &str) -> Result<bool, Fault> {
        on!(&mut self.0.reader().await?, db => Ok(sqlx::query(IS_STUCK)
            .bind(dealer_code)
            .fetch_optional(&mut **db)
            .await?
            .is_some()))
    }

    /// A message was delivered.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn delivered(&self, id: &str, then: Delivered, now: Timestamp) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        on!(&mut transaction, db => match then {
            Delivered::Forget => {
                sqlx::query(FORGET).bind(id).execute(&mut **db).await?;
            }
            Delivered::Keep => {
                sqlx::query(KEEP).bind(id).bind(now.0).execute(&mut **db).await?;
                sqlx::query(FORGET_OLD).execute(&mut **db).await?;
            }
        });
        transaction.commit().await
    }

    /// A message failed: it has done so `attempts` times, and is due again at `next_attempt_at`.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn postpone(
        &self,
        id: &str,
        attempts: i64,
        next_attempt_at: Timestamp,
    ) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(POSTPONE)
                .bind(id)
                .bind(attempts)
                .bind(next_attempt_at.0)
                .execute(db)
                .await?;
        });
        Ok(())
    }

    /// A message is given up.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn bury(&self, id: &str) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(BURY).bind(id).execute(db).await?;
        });
        Ok(())
    }

    /// The newest `limit` messages that were delivered and kept, oldest first.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn delivered_messages(&self, limit: u32) -> Result<Vec<Message>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(DELIVERED)
            .bind(i64::from(limit))
            .fetch_all(&mut **db)
            .await?
            .iter()
            .rev()
            .map(message)
            .collect())
    }
}

const INSERT: &str = "INSERT INTO outbox
    (id, channel, brand, queue, position, payload, attempts, next_attempt_at, created_at) ";

const NEXT_POSITION: &str = "INSERT INTO event_queues (client_id, last_position) VALUES ($1, 1)
    ON CONFLICT (client_id) DO UPDATE SET last_position = event_queues.last_position + 1
    RETURNING last_position";

/// Puts messages in, within the event they tell of.
pub(super) async fn insert_all(
    transaction: &mut Transaction,
    messages: &[NewMessage],
) -> Result<(), Fault> {
    if messages.is_empty() {
        return Ok(());
    }
    let mut placed: Vec<(&NewMessage, Option<i64>)> =
        messages.iter().map(|message| (message, None)).collect();
    // In one order, whoever asks: two that lock queues must not wait for each other.
    placed.sort_by(|(a, _), (b, _)| a.queue.cmp(&b.queue));
    for (message, position) in &mut placed {
        if let Some(queue) = &message.queue {
            *position = Some(next_position(transaction, queue).await?);
        }
    }
    on!(transaction, db => {
        let mut query = sqlx::QueryBuilder::new(INSERT);
        query.push_values(&placed, |mut row, (message, position)| {
            row.push_bind(&message.id)
                .push_bind(message.channel.as_str())
                .push_bind(&message.brand)
                .push_bind(&message.queue)
                .push_bind(*position)
                .push_bind(&message.payload)
                .push_bind(0_i64)
                .push_bind(message.created_at.0)
                .push_bind(message.created_at.0);
        });
        query.build().execute(&mut **db).await?;
    });
    Ok(())
}

async fn next_position(transaction: &mut Transaction, queue: &str) -> Result<i64, Fault> {
    on!(transaction, db => sqlx::query(NEXT_POSITION)
        .bind(queue)
        .fetch_one(&mut **db)
        .await?
        .number("last_position"))
}

fn message(row: &impl Columns) -> Result<Message, Fault> {
    Ok(Message {
        id: row.text("id")?,
        channel: row.word("channel")?,
        brand: row.text("brand")?,
        payload: row.text("payload")?,
        attempts: row.number("attempts")?,
        created_at: row.time("created_at")?,
        sent_at: row.maybe_time("sent_at")?,
    })
}
