//! Our key pairs, private halves sealed: those that sign, and those by which others
//! encrypt to us. For each algorithm there is one `next`, one `current`, and the
//! retired ones that old tokens still name. The database itself allows no second
//! in line.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use super::changes::{self, Topic};
use super::columns::Columns;
use super::{Store, Transaction};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::SigningAlgorithm;
use crate::oidc::encryption::KeyManagementAlgorithm;

crate::wire_words! {
    /// Where a key stands in its life.
    pub enum KeyState {
        /// Known to every node, so that none is surprised when its turn comes.
        Next = "next",
        /// In use.
        Current = "current",
        /// Used no more; honoured for what was made with it.
        Retired = "retired",
    }
}

/// A signing key as stored.
pub type SigningKeyRow = KeyRow<SigningAlgorithm>;

/// A key to decrypt with, as stored.
pub type EncryptionKeyRow = KeyRow<KeyManagementAlgorithm>;

/// A key as stored, for an algorithm of one kind.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRow<A> {
    /// Its public name.
    pub kid: String,
    /// What it is for.
    pub algorithm: A,
    /// Where it stands.
    pub state: KeyState,
    /// The private key, sealed.
    pub sealed_private: String,
    /// The public key, a JWK.
    pub public_jwk: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it came to stand where it stands.
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

/// The words of one kind of algorithm, and the table of their keys.
pub trait Kept: Copy + Ord + FromStr + fmt::Debug + fmt::Display + Send + Sync + 'static {
    #[doc(hidden)]
    const SQL: Statements;
}

/// What is said to one table.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Statements {
    list: &'static str,
    insert: &'static str,
    retire_current: &'static str,
    promote_next: &'static str,
    forget_retired: &'static str,
}

/// The text of SQL stands once, for both tables.
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

/// The keys of one kind. Every change bumps the topic `keys`.
#[derive(Clone, Copy, Debug)]
pub struct KeyRows<'s, A>(&'s Store, PhantomData<A>);

impl Store {
    /// The keys that sign.
    #[must_use]
    pub const fn signing_keys(&self) -> KeyRows<'_, SigningAlgorithm> {
        KeyRows(self, PhantomData)
    }

    /// The keys that decrypt.
    #[must_use]
    pub const fn encryption_keys(&self) -> KeyRows<'_, KeyManagementAlgorithm> {
        KeyRows(self, PhantomData)
    }
}

impl<A: Kept> KeyRows<'_, A> {
    /// Every key, oldest first, of the algorithms that this version knows.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn list(&self) -> Result<Vec<KeyRow<A>>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(A::SQL.list).fetch_all(&mut **db).await?
            .iter()
            .filter_map(|row| key(row).transpose())
            .collect())
    }

    /// Adds those keys whose place in line is free. Nodes that start at once
    /// agree in this way: read the list afterwards.
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

    /// `current` retires, `next` becomes current, `new_next` takes its place, and
    /// keys retired before `forget_retired_before` go. `false`, and nothing
    /// changed, unless the algorithm has both a current and a next key.
    ///
    /// # Errors
    /// If `new_next` is no next key of that algorithm, or the database fails.
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
        // First, so that rotations at the same time wait for each other.
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
        transaction.commit().await?;
        Ok(true)
    }
}

async fn insert<A: Kept>(
    transaction: &mut Transaction,
    keys: &[KeyRow<A>],
    or_else: &'static str,
) -> Result<u64, Fault> {
    // In one order on every node, or two would wait for each other for ever.
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

/// A key; nothing, if only a newer version knows its algorithm.
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
