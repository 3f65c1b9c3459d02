//! Mails, SMS, events and logout tokens waiting to be sent. A message is written in the
//! transaction of the change that it reports, claimed by one worker at a time, and retried
//! until it is delivered or given up. The writer seals its content. The messages of a queue
//! are sent one at a time, in the order of the changes they report.

use std::fmt;

use super::columns::Columns;
use super::expiry::{Taking, taking};
use super::{Store, Transaction};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::ClientId;

crate::wire_words! {
    /// The channel on which a message is sent.
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

/// How long an undelivered message to a person is kept: after a week it is of no use.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 60 * 60);

/// Number of logout messages sent to one client at the same time.
const LOGOUT_LANES: u8 = 4;

/// Returns the queues for a client's logout messages. No `client_id` has such a name, so
/// they collide with no other queue; the client's events use the queue named like its
/// `client_id`.
#[must_use]
pub fn logout_queues(client_id: &ClientId) -> Vec<String> {
    let lane = |number| format!("{client_id}#logout-{number}");
    (1..=LOGOUT_LANES).map(lane).collect()
}

/// A message to send.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id; ids sort by creation time, which they begin with, padded with zeros.
    pub id: String,
    /// The channel on which it is sent.
    pub channel: Channel,
    /// The brand that sends it.
    pub brand: String,
    /// The client's queue in which it waits; none for a message to a person.
    pub queue: Option<String>,
    /// Recipient and content, sealed.
    pub payload: String,
    /// When it was written; it is due at once.
    pub created_at: Timestamp,
}

/// A message as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The channel on which it is sent.
    pub channel: Channel,
    /// The brand that sends it.
    pub brand: String,
    /// Recipient and content, sealed.
    pub payload: String,
    /// Number of failed attempts.
    pub attempts: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was delivered, for delivered messages that are kept.
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

/// What happens to a message after delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It is deleted.
    Forget,
    /// It is kept for viewing, among the newest 500 (the demo's outbox page).
    Keep,
}

/// The outbox.
#[derive(Clone, Copy, Debug)]
pub struct Outbox<'s>(&'s Store);

impl Store {
    /// The outbox.
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

// Messages of a channel that only a newer version knows are left to that version.
const CLAIM: Taking = taking!(
    "SELECT id FROM outbox WHERE sent_at IS NULL AND queue IS NULL AND next_attempt_at <= $1
        AND channel IN ('email', 'sms')
    ORDER BY next_attempt_at, id LIMIT $2",
    "UPDATE outbox SET next_attempt_at = $3 WHERE id IN (SELECT id FROM taken)
    RETURNING id, channel, brand, payload, attempts, created_at, sent_at"
);

// Looks up the first message of each queue on its own, however many wait behind it. The
// second of two workers that take it finds on the row itself that it is not due any more.
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
    /// Adds messages, all or none.
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

    /// Claims up to `limit` due messages to people, oldest first. No other worker gets them
    /// until `lease` has passed; then this worker is considered dead.
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

    /// Claims the first message of each queue where it is due, in up to `limit` queues. The
    /// messages behind it wait until it is delivered or given up.
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

    /// Returns whether events to a dealer's systems wait because an attempt failed.
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

    /// Deletes or keeps a message that was delivered.
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

    /// Notes a failed delivery: the message has failed `attempts` times and is due again at
    /// `next_attempt_at`.
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

    /// Gives a message up.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn bury(&self, id: &str) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(BURY).bind(id).execute(db).await?;
        });
        Ok(())
    }

    /// Returns the newest `limit` messages that were delivered and kept, oldest first.
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

/// Adds messages in the transaction of the change that they report.
pub(super) async fn insert_all(
    transaction: &mut Transaction,
    messages: &[NewMessage],
) -> Result<(), Fault> {
    if messages.is_empty() {
        return Ok(());
    }
    let mut placed: Vec<(&NewMessage, Option<i64>)> =
        messages.iter().map(|message| (message, None)).collect();
    // Always in the same order: two transactions that lock queues must not deadlock.
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
