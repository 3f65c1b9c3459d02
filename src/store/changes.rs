//! Counters by which a node learns that another changed what it keeps in
//! memory. They move in the transaction of the change itself, so whoever sees
//! the new count sees the change.

use std::collections::BTreeMap;

use super::columns::Columns as _;
use super::{Store, Transaction};
use crate::fault::Fault;

crate::wire_words! {
    /// What nodes keep in memory.
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
    /// How often each topic changed: polled by every node, each second.
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

/// Makes changes of one topic wait for each other until the transaction ends,
/// and notes none yet.
pub(super) async fn hold(transaction: &mut Transaction, topic: Topic) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(HOLD).bind(topic.as_str()).execute(&mut **db).await?;
    });
    Ok(())
}

const BUMP: &str = "UPDATE changes SET counter = counter + 1 WHERE topic = $1";

/// Notes a change. Also makes changes of one topic wait for each other until
/// the transaction ends.
pub(super) async fn bump(transaction: &mut Transaction, topic: Topic) -> Result<(), Fault> {
    on!(transaction, db => {
        sqlx::query(BUMP).bind(topic.as_str()).execute(&mut **db).await?;
    });
    Ok(())
}
