//! Secrets that all nodes share and that outlive any sealing key, each stored sealed under
//! a name. The callers decide what they are for.

use super::Store;
use super::columns::Columns as _;
use crate::fault::Fault;

/// The shared secrets.
#[derive(Clone, Copy, Debug)]
pub struct Secrets<'s>(&'s Store);

impl Store {
    /// The shared secrets.
    #[must_use]
    pub const fn secrets(&self) -> Secrets<'_> {
        Secrets(self)
    }
}

const GET: &str = "SELECT sealed FROM secrets WHERE name = $1";

const INSERT: &str = "INSERT INTO secrets (name, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING";

const RESEAL: &str = "UPDATE secrets SET sealed = $3 WHERE name = $1 AND sealed = $2";

impl Secrets<'_> {
    /// Returns the sealed secret of that name, if there is one.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn find(&self, name: &str) -> Result<Option<String>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(GET)
            .bind(name)
            .fetch_optional(&mut **db)
            .await?
            .map(|row| row.text("sealed"))
            .transpose())
    }

    /// Returns the sealed secret of that name, after storing `sealed` if there was none.
    /// Nodes that start at the same time get the same secret.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn get_or_insert(&self, name: &str, sealed: &str) -> Result<String, Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(INSERT).bind(name).bind(sealed).execute(db).await?;
            sqlx::query(GET).bind(name).fetch_one(db).await?.text("sealed")
        })
    }

    /// Replaces the sealed form of a secret, unless another node has already done so.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn reseal(&self, name: &str, old: &str, new: &str) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(RESEAL).bind(name).bind(old).bind(new).execute(db).await?;
        });
        Ok(())
    }
}
