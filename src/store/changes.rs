//! Counters that tell a node that another node changed data which it caches in memory. A
//! counter is incremented in the transaction of the change itself, so a node that reads the
//! new count also reads the change.

use std::collections::BTreeMap;

use super::columns::Columns as _;
use super::{Store, Transaction};
use crate::fault::Fault;

crate::wire_words! {
    /// Data that nodes cache in memory.
    pub enum Topic {
        /// Registered clients.
        Clients = "clients",
        /// The dealer directory.
        Dealers = "dealers",
        /// Signing keys.
        Keys = "keys",
    }
}

/// The change counters.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'s>(&'s Store);

impl Store {
    /// The change counters.
    #[must_use]
    pub const fn changes(&self) -> Changes<'_> {
        Changes(self)
    }
}

const COUNTERS: &str = "SELECT topic, counter FROM changes";

impl Changes<'_> {
    /// Returns how often each topic changed. Every node polls this once a second.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn counters(&self) -> Result<BTreeMap<String, i64>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(COUNTERS).fetch_all(&mut **db).await?
            .iter()
            .map(|row| Ok((row.text("topic")?, row.number("counter")?)))
            .collect())
    }
}

const HOLD: &str = "UPDATE changes SET counter = counter WHERE topic = $1";

/// Serializes changes of a topic until the transaction ends, without counting a change yet.
pub(super) async fn hold(transaction: &mut Transaction, topic: Topic) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(HOLD).bind(topic.as_str()).execute(&mut **db).await?;
    });
    Ok(())
}

const BUMP: &str = "UPDATE changes SET counter = counter + 1 WHERE topic = $1";

/// Counts a change, and serializes changes of the topic until the transaction ends.
pub(super) async fn bump(transaction: &mut Transaction, topic: Topic) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(BUMP).bind(topic.as_str()).execute(&mut **db).await?;
    });
    Ok(())
}
