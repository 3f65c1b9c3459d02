//! Registered clients, each as the JSON document of its registration, and the
//! hash of its secret beside it.

use std::fmt;

use super::changes::{self, Topic};
use super::columns::Columns;
use super::{Store, storable};
use crate::fault::Fault;
use crate::oidc::client::{Client, ClientId};

/// A client as stored.
#[derive(Clone, PartialEq)]
pub struct StoredClient {
    /// Its registration.
    pub client: Client,
    /// The hash of its secret, if it has one.
    pub secret_hash: Option<String>,
}

impl fmt::Debug for StoredClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredClient")
            .field("client", &self.client)
            .field("secret_hash", &self.secret_hash.as_ref().map(|_| "[..]"))
            .finish()
    }
}

/// The registered clients. Every change bumps the topic `clients`.
#[derive(Clone, Copy, Debug)]
pub struct Clients<'s>(&'s Store);

impl Store {
    /// The registered clients.
    #[must_use]
    pub const fn clients(&self) -> Clients<'_> {
        Clients(self)
    }
}

// A registration that says nothing new changes nothing, so that a restart
// does not empty the caches of every node.
const PUT: &str = "INSERT INTO clients (client_id, document, secret_hash, dealer_code)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (client_id) DO UPDATE
    SET document = excluded.document, dealer_code = excluded.dealer_code,
        secret_hash = COALESCE(excluded.secret_hash, clients.secret_hash)
    WHERE clients.document <> excluded.document
        OR (excluded.secret_hash IS NOT NULL AND clients.secret_hash IS DISTINCT FROM excluded.secret_hash)";

const GET: &str = "SELECT document, secret_hash FROM clients WHERE client_id = $1";

const LIST: &str = "SELECT document, secret_hash FROM clients ORDER BY client_id";

const OF_DEALER: &str = "SELECT document, secret_hash FROM clients
    WHERE dealer_code = $1 ORDER BY client_id";

const EVENT_AUTHORIZATION: &str = "SELECT event_authorization FROM clients WHERE client_id = $1";

const SET_EVENT_AUTHORIZATION: &str =
    "UPDATE clients SET event_authorization = $2 WHERE client_id = $1";

const END_SERVICE_USE: &str = "DELETE FROM service_use WHERE client_id = $1";

const END_EVENTS: &str = "DELETE FROM outbox WHERE queue = $1";

const END_QUEUE: &str = "DELETE FROM event_queues WHERE client_id = $1";

const REMOVE: &str = "DELETE FROM clients WHERE client_id = $1";

const END_GRANTS: &str = "DELETE FROM grants WHERE client_id = $1";

const END_SCOPE_GRANTS: &str = "DELETE FROM scope_grants WHERE client_id = $1";

const SET_SECRET_HASH: &str = "UPDATE clients SET secret_hash = $2 WHERE client_id = $1";

impl Clients<'_> {
    /// Registers a client, or changes its registration. Without `secret_hash`, the
    /// secret stays what it was.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put(&self, client: &Client, secret_hash: Option<&str>) -> Result<(), Fault> {
        let document = serde_json::to_string(client)?;
        let mut transaction = self.0.begin().await?;
        let changed = on!(&mut transaction, db => sqlx::query(PUT)
            .bind(&client.client_id.0)
            .bind(&document)
            .bind(secret_hash)
            .bind(&client.dealer_code)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if changed > 0 {
            changes::bump(&mut transaction, Topic::Clients).await?;
        }
        transaction.commit().await
    }

    /// The client of that name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn get(&self, id: &ClientId) -> Result<Option<StoredClient>, Fault> {
        if !storable(&id.0) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(GET)
            .bind(&id.0)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(stored_client)
            .transpose())
    }

    /// Every client, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(&self) -> Result<Vec<StoredClient>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(LIST).fetch_all(&mut **db).await?
            .iter()
            .map(stored_client)
            .collect())
    }

    /// The clients that speak for a dealer, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn of_dealer(&self, code: &str) -> Result<Vec<Client>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF_DEALER)
            .bind(code)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(|row| row.json("document"))
            .collect())
    }

    /// The header that goes with a client's events, as it was sealed.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn event_authorization(&self, id: &ClientId) -> Result<Option<String>, Fault> {
        let row = on!(&mut self.0.reader().await?, db => sqlx::query(EVENT_AUTHORIZATION)
            .bind(&id.0)
            .fetch_optional(&mut **db)
            .await?
            .map(|row| row.maybe_text("event_authorization"))
            .transpose()?);
        Ok(row.flatten())
    }

    /// Gives a client another header to go with its events, sealed, or none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_event_authorization(
        &self,
        id: &ClientId,
        sealed: Option<&str>,
    ) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(SET_EVENT_AUTHORIZATION)
                .bind(&id.0)
                .bind(sealed)
                .execute(db)
                .await?;
        });
        Ok(())
    }

    /// Removes a client, its refresh tokens, what people granted it and the events
    /// on their way to it; `false` if there is none of that name. The consent
    /// records stay.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove(&self, id: &ClientId) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let mut removed = 0;
        for sql in [
            END_GRANTS,
            END_SCOPE_GRANTS,
            END_SERVICE_USE,
            END_EVENTS,
            END_QUEUE,
            REMOVE,
        ] {
            removed = on!(&mut transaction, db => sqlx::query(sql)
                .bind(&id.0)
                .execute(&mut **db)
                .await?
                .rows_affected());
        }
        changes::bump(&mut transaction, Topic::Clients).await?;
        transaction.commit().await?;
        Ok(removed > 0)
    }

    /// Gives a client another secret, or none; `false` if there is none of that name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_secret_hash(
        &self,
        id: &ClientId,
        secret_hash: Option<&str>,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let changed = on!(&mut transaction, db => sqlx::query(SET_SECRET_HASH)
            .bind(&id.0)
            .bind(secret_hash)
            .execute(&mut **db)
            .await?
            .rows_affected());
        changes::bump(&mut transaction, Topic::Clients).await?;
        transaction.commit().await?;
        Ok(changed > 0)
    }
}

fn stored_client(row: &impl Columns) -> Result<StoredClient, Fault> {
    Ok(StoredClient {
        client: row.json("document")?,
        secret_hash: row.maybe_text("secret_hash")?,
    })
}
