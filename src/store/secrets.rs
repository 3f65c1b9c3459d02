//! Secrets that all nodes share and that outlive any sealing key, each sealed
//! under a name. What they are for is not known here.

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
    /// The secret of that name, sealed, if there is one.
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

    /// The secret of that name, which is `sealed` from now on if there was none.
    /// Nodes that start at once are given the same.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn get_or_insert(&self, name: &str, sealed: &str) -> Result<String, Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(INSERT).bind(name).bind(sealed).execute(db).await?;
            sqlx::query(GET).bind(name).fetch_one(db).await?.text("sealed")
        })
    }

    /// The secret is sealed anew, unless another node has done so.
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
