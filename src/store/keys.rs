//! The signing keys, private halves sealed: for each algorithm one `next`, which
//! is published before it signs, one `current`, and the retired ones that old
//! tokens still name. The database itself allows no second in line.

use std::fmt;

use super::changes::{self, Topic};
use super::columns::Columns;
use super::{Store, Transaction};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::SigningAlgorithm;

crate::wire_words! {
    /// Where a key stands in its life.
    pub enum KeyState {
        /// Published, so that everybody knows it before it signs.
        Next = "next",
        /// Signs.
        Current = "current",
        /// Signs no more; published while tokens it signed are alive.
        Retired = "retired",
    }
}

/// A signing key as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeyRow {
    /// Its public name.
    pub kid: String,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
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

impl fmt::Debug for SigningKeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeyRow")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .field("state", &self.state)
            .field("created_at", &self.created_at)
            .field("changed_at", &self.changed_at)
            .finish_non_exhaustive()
    }
}

/// The signing keys. Every change bumps the topic `keys`.
#[derive(Clone, Copy, Debug)]
pub struct SigningKeyRows<'s>(&'s Store);

impl Store {
    /// The signing keys.
    #[must_use]
    pub const fn signing_keys(&self) -> SigningKeyRows<'_> {
        SigningKeyRows(self)
    }
}

const LIST: &str =
    "SELECT kid, algorithm, state, sealed_private, public_jwk, created_at, changed_at
    FROM signing_keys ORDER BY created_at, kid";

const INSERT: &str = "INSERT INTO signing_keys
    (kid, algorithm, state, sealed_private, public_jwk, created_at, changed_at) ";

const RETIRE_CURRENT: &str = "UPDATE signing_keys SET state = 'retired', changed_at = $2
    WHERE algorithm = $1 AND state = 'current'";

const PROMOTE_NEXT: &str = "UPDATE signing_keys SET state = 'current', changed_at = $2
    WHERE algorithm = $1 AND state = 'next'";

const FORGET_RETIRED: &str = "DELETE FROM signing_keys
    WHERE algorithm = $1 AND state = 'retired' AND changed_at < $2";

impl SigningKeyRows<'_> {
    /// Every key, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(&self) -> Result<Vec<SigningKeyRow>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(LIST).fetch_all(&mut **db).await?
            .iter()
            .map(signing_key)
            .collect())
    }

    /// Adds those keys whose place in line is free. Nodes that start at once
    /// agree in this way: read the list afterwards.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn insert_missing(&self, keys: &[SigningKeyRow]) -> Result<(), Fault> {
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
        algorithm: SigningAlgorithm,
        new_next: &SigningKeyRow,
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
            (FORGET_RETIRED, forget_retired_before, 0),
            (RETIRE_CURRENT, now, 1),
            (PROMOTE_NEXT, now, 1),
        ] {
            let moved = on!(&mut transaction, db => sqlx::query(sql)
                .bind(algorithm.as_str())
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

async fn insert(
    transaction: &mut Transaction,
    keys: &[SigningKeyRow],
    or_else: &'static str,
) -> Result<u64, Fault> {
    // In one order on every node, or two would wait for each other for ever.
    let mut keys: Vec<&SigningKeyRow> = keys.iter().collect();
    keys.sort_by_key(|key| (key.algorithm, key.state));
    Ok(on!(transaction, db => {
        let mut query = sqlx::QueryBuilder::new(INSERT);
        query.push_values(&keys, |mut row, key| {
            row.push_bind(&key.kid)
                .push_bind(key.algorithm.as_str())
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

fn signing_key(row: &impl Columns) -> Result<SigningKeyRow, Fault> {
    Ok(SigningKeyRow {
        kid: row.text("kid")?,
        algorithm: row.word("algorithm")?,
        state: row.word("state")?,
        sealed_private: row.text("sealed_private")?,
        public_jwk: row.text("public_jwk")?,
        created_at: row.time("created_at")?,
        changed_at: row.time("changed_at")?,
    })
}
