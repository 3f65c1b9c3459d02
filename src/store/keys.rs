//! Key pairs with sealed private keys: keys that sign, and keys that others encrypt to.
//! Each algorithm has one `next` key, one `current` key, and retired keys that old tokens
//! still name. The database itself allows only one `next` and one `current` key per
//! algorithm.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use super::changes::{self, Topic};
use super::columns::Columns;
use super::security_events::record;
use super::{Store, Transaction};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::SigningAlgorithm;
use crate::oidc::encryption::KeyManagementAlgorithm;
use crate::security_events::{Event, EventKind};

crate::wire_words! {
    /// Stage of a key's life.
    pub enum KeyState {
        /// Published and known to every node before it is used.
        Next = "next",
        /// In use.
        Current = "current",
        /// No longer used for new tokens; still accepted for those made with it.
        Retired = "retired",
    }
}

/// A signing key as stored.
pub type SigningKeyRow = KeyRow<SigningAlgorithm>;

/// A decryption key as stored.
pub type EncryptionKeyRow = KeyRow<KeyManagementAlgorithm>;

/// A key as stored, for an algorithm of one kind.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRow<A> {
    /// Key ID (`kid`).
    pub kid: String,
    /// The key's algorithm.
    pub algorithm: A,
    /// The key's stage.
    pub state: KeyState,
    /// The private key, sealed.
    pub sealed_private: String,
    /// The public key as a JWK.
    pub public_jwk: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it reached its current stage.
    pub changed_at: Timestamp,
}

impl<A: fmt::Debug> fmt::Debug for KeyRow<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRow")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .field("state", &self.state)
            .field("created_at", &self.created_at)
            .field("changed_at", &self.changed_at)
            .finish_non_exhaustive()
    }
}

/// A kind of algorithm, with the table that holds its keys.
pub trait Kept: Copy + Ord + FromStr + fmt::Debug + fmt::Display + Send + Sync + 'static {
    #[doc(hidden)]
    const SQL: Statements;
}

/// The SQL statements for one table.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Statements {
    list: &'static str,
    insert: &'static str,
    retire_current: &'static str,
    promote_next: &'static str,
    forget_retired: &'static str,
}

/// Writes each SQL text once, for both tables.
macro_rules! statements {
    ($table:literal) => {
        Statements {
            list: concat!(
                "SELECT kid, algorithm, state, sealed_private, public_jwk, created_at, changed_at FROM ",
                $table,
                " ORDER BY created_at, kid"
            ),
            insert: concat!(
                "INSERT INTO ",
                $table,
                " (kid, algorithm, state, sealed_private, public_jwk, created_at, changed_at) "
            ),
            retire_current: concat!(
                "UPDATE ",
                $table,
                " SET state = 'retired', changed_at = $2 WHERE algorithm = $1 AND state = 'current'"
            ),
            promote_next: concat!(
                "UPDATE ",
                $table,
                " SET state = 'current', changed_at = $2 WHERE algorithm = $1 AND state = 'next'"
            ),
            forget_retired: concat!(
                "DELETE FROM ",
                $table,
                " WHERE algorithm = $1 AND state = 'retired' AND changed_at < $2"
            ),
        }
    };
}

impl Kept for SigningAlgorithm {
    const SQL: Statements = statements!("signing_keys");
}

impl Kept for KeyManagementAlgorithm {
    const SQL: Statements = statements!("encryption_keys");
}

/// The keys of one kind. Every change increments the counter of the topic `keys`.
#[derive(Clone, Copy, Debug)]
pub struct KeyRows<'s, A>(&'s Store, PhantomData<A>);

impl Store {
    /// The signing keys.
    #[must_use]
    pub const fn signing_keys(&self) -> KeyRows<'_, SigningAlgorithm> {
        KeyRows(self, PhantomData)
    }

    /// The decryption keys.
    #[must_use]
    pub const fn encryption_keys(&self) -> KeyRows<'_, KeyManagementAlgorithm> {
        KeyRows(self, PhantomData)
    }
}

impl<A: Kept> KeyRows<'_, A> {
    /// Returns every key, oldest first, of the algorithms that this version knows.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn list(&self) -> Result<Vec<KeyRow<A>>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(A::SQL.list).fetch_all(&mut **db).await?
            .iter()
            .filter_map(|row| key(row).transpose())
            .collect())
    }

    /// Adds those keys whose algorithm has no key of that stage yet. Nodes that start at
    /// the same time agree in this way: they read the list afterwards.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn insert_missing(&self, keys: &[KeyRow<A>]) -> Result<(), Fault> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut transaction = self.0.begin().await?;
        if insert(&mut transaction, keys, " ON CONFLICT DO NOTHING").await? > 0 {
            changes::bump(&mut transaction, Topic::Keys).await?;
        }
        transaction.commit().await
    }

    /// Retires the `current` key, makes `next` the current one and `new_next` the next one,
    /// and deletes keys retired before `forget_retired_before`. Returns `false` and changes
    /// nothing unless the algorithm has both a current and a next key.
    ///
    /// # Errors
    /// `Fault` if `new_next` is not a next key of that algorithm, or if the database fails.
    pub async fn rotate(
        &self,
        algorithm: A,
        new_next: &KeyRow<A>,
        now: Timestamp,
        forget_retired_before: Timestamp,
    ) -> Result<bool, Fault> {
        if new_next.algorithm != algorithm || new_next.state != KeyState::Next {
            return Err(Fault::because(
                "the new key is no next key of the algorithm",
            ));
        }
        let mut transaction = self.0.begin().await?;
        // Done first, so that concurrent rotations wait for each other.
        changes::bump(&mut transaction, Topic::Keys).await?;
        for (sql, time, needed) in [
            (A::SQL.forget_retired, forget_retired_before, 0),
            (A::SQL.retire_current, now, 1),
            (A::SQL.promote_next, now, 1),
        ] {
            let moved = on!(&mut transaction, db => sqlx::query(sql)
                .bind(algorithm.to_string())
                .bind(time.0)
                .execute(&mut **db)
                .await?
                .rows_affected());
            if moved < needed {
                return Ok(false);
            }
        }
        insert(&mut transaction, std::slice::from_ref(new_next), "").await?;
        let event = Event::new(EventKind::KeysRotated).with("algorithm", algorithm);
        record(&mut transaction, event.with("kid", &new_next.kid)).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

async fn insert<A: Kept>(
    transaction: &mut Transaction,
    keys: &[KeyRow<A>],
    or_else: &'static str,
) -> Result<u64, Fault> {
    // In the same order on every node, to avoid deadlocks.
    let mut keys: Vec<&KeyRow<A>> = keys.iter().collect();
    keys.sort_by_key(|key| (key.algorithm, key.state));
    Ok(on!(transaction, db => {
        let mut query = sqlx::QueryBuilder::new(A::SQL.insert);
        query.push_values(&keys, |mut row, key| {
            row.push_bind(&key.kid)
                .push_bind(key.algorithm.to_string())
                .push_bind(key.state.as_str())
                .push_bind(&key.sealed_private)
                .push_bind(&key.public_jwk)
                .push_bind(key.created_at.0)
                .push_bind(key.changed_at.0);
        });
        query.push(or_else);
        query.build().execute(&mut **db).await?.rows_affected()
    }))
}

/// Reads a key; none, if only a newer version knows its algorithm.
fn key<A: Kept>(row: &impl Columns) -> Result<Option<KeyRow<A>>, Fault> {
    let Ok(algorithm) = row.text("algorithm")?.parse() else {
        return Ok(None);
    };
    Ok(Some(KeyRow {
        kid: row.text("kid")?,
        algorithm,
        state: row.word("state")?,
        sealed_private: row.text("sealed_private")?,
        public_jwk: row.text("public_jwk")?,
        created_at: row.time("created_at")?,
        changed_at: row.time("changed_at")?,
    }))
}
