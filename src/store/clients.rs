//! Registered clients, each stored as the JSON document of its registration, with the hash
//! (or the sealed text) of its secret beside it.

pub mod logos;
pub mod registration;

use std::collections::BTreeMap;
use std::fmt;

use super::changes::{self, Topic};
use super::columns::Columns;
use super::outbox::logout_queues;
use super::security_events::record;
use super::{Store, Transaction, storable};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::{Client, ClientId, at_rest};
use crate::security_events::{Event, EventKind};
use registration::SelfRegistered;

/// A client as stored.
#[derive(Clone, PartialEq)]
pub struct StoredClient {
    /// Its registration.
    pub client: Client,
    /// Members of the registration with values that this version does not understand. While
    /// there are any, the client is not served.
    pub not_understood: Vec<&'static str>,
    /// Hash of its client secret, if it has one.
    pub secret_hash: Option<String>,
    /// The client secret itself, sealed, if the client signs with it.
    pub sealed_secret: Option<String>,
    /// Details of its self-registration, if it registered itself.
    pub registered: Option<SelfRegistered>,
    /// Name of the logo to show, by language.
    pub logos: BTreeMap<String, String>,
}

impl StoredClient {
    /// Returns a client built from its parts, not read from the database.
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
    /// `Fault` if a newer version registered it with values that this one does not
    /// understand.
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

/// The stored forms of a client secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretAtRest {
    /// Its hash.
    pub hash: String,
    /// The secret itself, sealed, if the client signs with it.
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

/// The registered clients. Every change increments the counter of the topic `clients`.
#[derive(Clone, Copy, Debug)]
pub struct Clients<'s>(&'s Store);

impl Store {
    /// The registered clients.
    #[must_use]
    pub const fn clients(&self) -> Clients<'_> {
        Clients(self)
    }
}

// Writing an identical registration changes nothing, so that a restart does not empty the
// caches of every node.
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

// The update changes nothing, but locks the row.
const HOLD: &str = "UPDATE clients SET document = document WHERE client_id = $1 RETURNING document";

const GET: &str =
    "SELECT document, secret_hash, sealed_secret, registered_at, registration_token_hash,
        first_used_at, logos
    FROM clients WHERE client_id = $1";

const LIST: &str =
    "SELECT document, secret_hash, sealed_secret, registered_at, registration_token_hash,
        first_used_at, logos
    FROM clients ORDER BY client_id";

const OF_OPERATOR: &str = "SELECT document FROM clients
    WHERE registered_at IS NULL ORDER BY client_id";

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
    /// Registers a client, or changes its registration; members that this version does not
    /// know are kept. Without `secret_hash`, the secret stays as it is.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn put(&self, client: &Client, secret_hash: Option<&str>) -> Result<(), Fault> {
        self.write(client, secret_hash, None).await
    }

    /// Like [`Clients::put`], with a new secret.
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
        let before = held(&mut transaction, &client.client_id).await?;
        let kind = match &before {
            Some(_) => EventKind::ClientChanged,
            None => EventKind::ClientRegistered,
        };
        let document = match before {
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
            let event = Event::new(kind).client(&client.client_id.0);
            record(&mut transaction, event.with("how", "operator")).await?;
        }
        transaction.commit().await
    }

    /// Returns the client with that `client_id`.
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

    /// Returns every client, by `client_id`.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn list(&self) -> Result<Vec<StoredClient>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(LIST).fetch_all(&mut **db).await?
            .iter()
            .map(stored_client)
            .collect())
    }

    /// Returns the clients that the operator registered, by `client_id`. However many
    /// strangers registered themselves, none of theirs is read.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn of_operator(&self) -> Result<Vec<Client>, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(OF_OPERATOR)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(client)
            .collect())
    }

    /// Returns the clients that act for a dealer, by `client_id`.
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

    /// Returns the sealed `Authorization` header that is sent with a client's events.
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

    /// Sets the sealed header that is sent with a client's events, or removes it.
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

    /// Removes a client, its refresh tokens, the scopes that users granted it, and its
    /// undelivered messages; returns `false` if there is no such client. The access tokens
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
        if removed > 0 {
            let event = Event::new(EventKind::ClientRemoved).client(&id.0);
            record(&mut transaction, event).await?;
        }
        transaction.commit().await?;
        Ok(removed > 0)
    }

    /// Sets or removes a client's secret; returns `false` if there is no such client.
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
        if changed > 0 {
            let event = Event::new(EventKind::ClientSecretChanged).client(&id.0);
            record(&mut transaction, event).await?;
        }
        transaction.commit().await?;
        Ok(changed > 0)
    }

    /// Returns the sealed secrets with the `client_id` of each.
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

    /// Replaces the sealed form of a secret, unless the secret changed or another node has
    /// already done so.
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

/// Returns the stored registration of a client and locks it until the transaction ends.
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

/// Reads only the registration.
pub(super) fn client(row: &impl Columns) -> Result<Client, Fault> {
    Ok(at_rest::read(&row.text("document")?)?.client)
}
