//! Registered clients, each as the JSON document of its registration, and what is
//! kept of its secret beside it.

pub mod logos;
pub mod registration;

use std::collections::BTreeMap;
use std::fmt;

use super::changes::{self, Topic};
use super::columns::Columns;
use super::outbox::logout_queues;
use super::{Store, Transaction, storable};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::{Client, ClientId, at_rest};
use registration::SelfRegistered;

/// A client as stored.
#[derive(Clone, PartialEq)]
pub struct StoredClient {
    /// Its registration.
    pub client: Client,
    /// The members of its registration whose words this version does not understand: while
    /// there are any, the client is not served.
    pub not_understood: Vec<&'static str>,
    /// The hash of its secret, if it has one.
    pub secret_hash: Option<String>,
    /// The secret itself, sealed, if the client signs with it.
    pub sealed_secret: Option<String>,
    /// How it registered itself, if it did.
    pub registered: Option<SelfRegistered>,
    /// Which logo people see in which language, by its name.
    pub logos: BTreeMap<String, String>,
}

impl StoredClient {
    /// A client that we made, as it stands in no table yet.
    #[must_use]
    pub const fn of(client: Client, secret_hash: Option<String>) -> Self {
        Self {
            client,
            not_understood: Vec::new(),
            secret_hash,
            sealed_secret: None,
            registered: None,
            logos: BTreeMap::new(),
        }
    }

    /// Checks that the client may be served.
    ///
    /// # Errors
    /// If a newer version registered it in words that this one does not understand.
    pub fn check_understood(&self) -> Result<(), Fault> {
        if self.not_understood.is_empty() {
            return Ok(());
        }
        Err(Fault::because(format_args!(
            "a newer version registered the client {}, and this one does not understand its {}",
            self.client.client_id,
            self.not_understood.join(", ")
        )))
    }
}

/// What is kept of a client's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretAtRest {
    /// Its hash.
    pub hash: String,
    /// Itself, sealed, if the client signs with it.
    pub sealed: Option<String>,
}

impl fmt::Debug for SecretAtRest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretAtRest([..])")
    }
}

impl fmt::Debug for StoredClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredClient")
            .field("client", &self.client)
            .field("secret_hash", &self.secret_hash.as_ref().map(|_| "[..]"))
            .field(
                "sealed_secret",
                &self.sealed_secret.as_ref().map(|_| "[..]"),
            )
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
const PUT: &str =
    "INSERT INTO clients (client_id, document, secret_hash, dealer_code, sealed_secret)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (client_id) DO UPDATE
    SET document = excluded.document, dealer_code = excluded.dealer_code,
        secret_hash = COALESCE(excluded.secret_hash, clients.secret_hash),
        sealed_secret = CASE WHEN excluded.secret_hash IS NULL
            THEN clients.sealed_secret ELSE excluded.sealed_secret END
    WHERE clients.document <> excluded.document
        OR (excluded.secret_hash IS NOT NULL AND clients.secret_hash IS DISTINCT FROM excluded.secret_hash)
        OR (excluded.sealed_secret IS NOT NULL AND clients.sealed_secret IS DISTINCT FROM excluded.sealed_secret)";

// It changes nothing, but locks the row.
const HOLD: &str = "UPDATE clients SET document = document WHERE client_id = $1 RETURNING document";

const GET: &str =
    "SELECT document, secret_hash, sealed_secret, registered_at, registration_token_hash,
        first_used_at, logos
    FROM clients WHERE client_id = $1";

const LIST: &str =
    "SELECT document, secret_hash, sealed_secret, registered_at, registration_token_hash,
        first_used_at, logos
    FROM clients ORDER BY client_id";

const SEALED_SECRETS: &str = "SELECT client_id, sealed_secret FROM clients
    WHERE sealed_secret IS NOT NULL ORDER BY client_id";

const RESEAL_SECRET: &str =
    "UPDATE clients SET sealed_secret = $3 WHERE client_id = $1 AND sealed_secret = $2";

const OF_DEALER: &str = "SELECT document FROM clients
    WHERE dealer_code = $1 ORDER BY client_id";

const EVENT_AUTHORIZATION: &str = "SELECT event_authorization FROM clients WHERE client_id = $1";

const SET_EVENT_AUTHORIZATION: &str =
    "UPDATE clients SET event_authorization = $2 WHERE client_id = $1";

const END_SERVICE_USE: &str = "DELETE FROM service_use WHERE client_id = $1";

const END_PARTICIPATION: &str = "DELETE FROM session_clients WHERE client_id = $1";

const END_EVENTS: &str = "DELETE FROM outbox WHERE queue = $1";

const END_QUEUE: &str = "DELETE FROM event_queues WHERE client_id = $1";

const END_LOGOS: &str = "DELETE FROM client_logos WHERE client_id = $1";

const REVOKE_GRANTS: &str = "INSERT INTO revocations (id, expires_at)
    SELECT id, $2 FROM grants WHERE client_id = $1 ON CONFLICT (id) DO NOTHING";

const REMOVE: &str = "DELETE FROM clients WHERE client_id = $1";

const END_GRANTS: &str = "DELETE FROM grants WHERE client_id = $1";

const END_SCOPE_GRANTS: &str = "DELETE FROM scope_grants WHERE client_id = $1";

const SET_SECRET: &str =
    "UPDATE clients SET secret_hash = $2, sealed_secret = $3 WHERE client_id = $1";

impl Clients<'_> {
    /// Registers a client, or changes its registration, of which stays what this version
    /// does not know. Without `secret_hash`, the secret stays what it was.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn put(&self, client: &Client, secret_hash: Option<&str>) -> Result<(), Fault> {
        self.write(client, secret_hash, None).await
    }

    /// As [`Clients::put`], with a new secret.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn put_with_secret(
        &self,
        client: &Client,
        secret: &SecretAtRest,
    ) -> Result<(), Fault> {
        self.write(client, Some(&secret.hash), secret.sealed.as_deref())
            .await
    }

    async fn write(
        &self,
        client: &Client,
        secret_hash: Option<&str>,
        sealed_secret: Option<&str>,
    ) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        let document = match held(&mut transaction, &client.client_id).await? {
            Some(before) => at_rest::rewritten(&before, client)?,
            None => serde_json::to_string(client)?,
        };
        let changed = on!(&mut transaction, db => sqlx::query(PUT)
            .bind(&client.client_id.0)
            .bind(&document)
            .bind(secret_hash)
            .bind(&client.dealer_code)
            .bind(sealed_secret)
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
    /// `Fault` if the database fails.
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
    /// `Fault` if the database fails.
    pub async fn list(&self) -> Result<Vec<StoredClient>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(LIST).fetch_all(&mut **db).await?
            .iter()
            .map(stored_client)
            .collect())
    }

    /// The clients that speak for a dealer, by name.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of_dealer(&self, code: &str) -> Result<Vec<Client>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF_DEALER)
            .bind(code)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(client)
            .collect())
    }

    /// The header that goes with a client's events, as it was sealed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
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
    /// `Fault` if the database fails.
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

    /// Removes a client, its refresh tokens, what people granted it and what is
    /// on its way to it; `false` if there is none of that name. The access tokens
    /// of its grants are refused until `revoked_until`. The consent records stay.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn remove(&self, id: &ClientId, revoked_until: Timestamp) -> Result<bool, Fault> {
        if !storable(&id.0) {
            return Ok(false);
        }
        let mut transaction = self.0.begin().await?;
        on!(&mut transaction, db => {
            sqlx::query(REVOKE_GRANTS)
                .bind(&id.0)
                .bind(revoked_until.0)
                .execute(&mut **db)
                .await?;
        });
        for queue in logout_queues(id) {
            for sql in [END_EVENTS, END_QUEUE] {
                on!(&mut transaction, db => {
                    sqlx::query(sql).bind(&queue).execute(&mut **db).await?;
                });
            }
        }
        let mut removed = 0;
        for sql in [
            END_GRANTS,
            END_SCOPE_GRANTS,
            END_SERVICE_USE,
            END_PARTICIPATION,
            END_EVENTS,
            END_QUEUE,
            END_LOGOS,
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
    /// `Fault` if the database fails.
    pub async fn set_secret(
        &self,
        id: &ClientId,
        secret: Option<&SecretAtRest>,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let changed = on!(&mut transaction, db => sqlx::query(SET_SECRET)
            .bind(&id.0)
            .bind(secret.map(|secret| &secret.hash))
            .bind(secret.and_then(|secret| secret.sealed.as_ref()))
            .execute(&mut **db)
            .await?
            .rows_affected());
        changes::bump(&mut transaction, Topic::Clients).await?;
        transaction.commit().await?;
        Ok(changed > 0)
    }

    /// The secrets that rest sealed, and whose they are.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn sealed_secrets(&self) -> Result<Vec<(ClientId, String)>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(SEALED_SECRETS)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(|row| Ok((ClientId(row.text("client_id")?), row.text("sealed_secret")?)))
            .collect())
    }

    /// A secret is sealed anew, unless it changed or another node has done so.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn reseal_secret(&self, id: &ClientId, old: &str, new: &str) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(RESEAL_SECRET).bind(&id.0).bind(old).bind(new).execute(db).await?;
        });
        Ok(())
    }
}

/// The stored registration of a client, which nobody changes until the transaction ends.
async fn held(transaction: &mut Transaction, id: &ClientId) -> Result<Option<String>, Fault> {
    on!(transaction, db => sqlx::query(HOLD)
        .bind(&id.0)
        .fetch_optional(&mut **db)
        .await?
        .map(|row| row.text("document"))
        .transpose())
}

fn stored_client(row: &impl Columns) -> Result<StoredClient, Fault> {
    let read = at_rest::read(&row.text("document")?)?;
    Ok(StoredClient {
        client: read.client,
        not_understood: read.not_understood,
        secret_hash: row.maybe_text("secret_hash")?,
        sealed_secret: row.maybe_text("sealed_secret")?,
        registered: registration::self_registered(row)?,
        logos: registration::logo_names(row)?,
    })
}

/// The registration alone.
pub(super) fn client(row: &impl Columns) -> Result<Client, Fault> {
    Ok(at_rest::read(&row.text("document")?)?.client)
}
