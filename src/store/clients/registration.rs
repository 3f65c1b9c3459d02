//! Clients that registered themselves (RFC 7591, RFC 7592): inserted if they are allowed
//! to, replaced as a whole, and deleted if they are never used.

use std::collections::BTreeMap;

use super::{Clients, SecretAtRest, logos};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::{Client, ClientId, at_rest};
use crate::security_events::{Event, EventKind};
use crate::store::Store;
use crate::store::changes::{self, Topic};
use crate::store::columns::Columns as _;
use crate::store::security_events::record;

/// Details of a self-registration.
#[derive(Clone, PartialEq, Eq)]
pub struct SelfRegistered {
    /// When the client registered.
    pub at: Timestamp,
    /// Hash of its registration access token, with which it reads and changes its
    /// registration.
    pub token_hash: String,
    /// Whether it ever used the registration.
    pub is_used: bool,
}

impl std::fmt::Debug for SelfRegistered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SelfRegistered")
            .field("at", &self.at)
            .field("is_used", &self.is_used)
            .finish_non_exhaustive()
    }
}

/// A client that is about to register itself.
#[derive(Debug)]
pub struct NewClient<'a> {
    /// Its registration.
    pub client: &'a Client,
    /// The stored forms of its secret, if it has one.
    pub secret: Option<&'a SecretAtRest>,
    /// The hash of its registration access token.
    pub token_hash: &'a str,
    /// Hash of its initial access token, if one is required.
    pub let_in_by: Option<&'a str>,
    /// Its logos.
    pub logos: &'a logos::Logos,
}

/// Change of a client's secret when its registration is replaced.
#[derive(Clone, Copy, Debug)]
pub enum SecretChange<'a> {
    /// The secret, or its absence, stays.
    None,
    /// This secret replaces it.
    Replaced(&'a SecretAtRest),
    /// The secret is removed.
    Removed,
}

// No node can have cached this new `client_id`, so registrations empty no cache.
const INSERT: &str = "INSERT INTO clients
    (client_id, document, secret_hash, sealed_secret, registered_at, registration_token_hash, logos)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

const SPEND: &str = "UPDATE initial_access_tokens SET uses_left = uses_left - 1
    WHERE token_hash = $1 AND uses_left > 0 AND expires_at > $2";

const REPLACE: &str = "UPDATE clients SET document = $2, logos = $3
    WHERE client_id = $1 AND registered_at IS NOT NULL";

const SET_SECRET: &str =
    "UPDATE clients SET secret_hash = $2, sealed_secret = $3 WHERE client_id = $1";

const NOTE_USE: &str = "UPDATE clients SET first_used_at = $2
    WHERE client_id = $1 AND first_used_at IS NULL AND registered_at IS NOT NULL";

const UNUSED: &str = "SELECT client_id FROM clients
    WHERE registered_at <= $1 AND first_used_at IS NULL ORDER BY registered_at LIMIT 16";

const FORGET: &str = "DELETE FROM clients
    WHERE client_id = $1 AND registered_at IS NOT NULL AND first_used_at IS NULL";

impl Clients<'_> {
    /// Stores a client that registers itself. Returns `false` if its initial access token
    /// is used up, expired or unknown.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn register(&self, new: &NewClient<'_>, now: Timestamp) -> Result<bool, Fault> {
        let client = new.client;
        let document = serde_json::to_string(client)?;
        let names = serde_json::to_string(&new.logos.names)?;
        let mut transaction = self.0.begin().await?;
        if let Some(token_hash) = new.let_in_by {
            let spent = on!(&mut transaction, db => sqlx::query(SPEND)
                .bind(token_hash)
                .bind(now.0)
                .execute(&mut **db)
                .await?
                .rows_affected());
            if spent == 0 {
                return Ok(false);
            }
        }
        on!(&mut transaction, db => {
            sqlx::query(INSERT)
                .bind(&client.client_id.0)
                .bind(&document)
                .bind(new.secret.map(|secret| &secret.hash))
                .bind(new.secret.and_then(|secret| secret.sealed.as_ref()))
                .bind(now.0)
                .bind(new.token_hash)
                .bind(&names)
                .execute(&mut **db)
                .await?;
        });
        logos::replace(&mut transaction, &client.client_id, new.logos).await?;
        let event = Event::new(EventKind::ClientRegistered).client(&client.client_id.0);
        record(&mut transaction, event.with("how", "itself")).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Replaces the registration of a client that registered itself; members that this
    /// version does not know are kept. Returns `false` if there is no such client.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn replace(
        &self,
        client: &Client,
        secret: SecretChange<'_>,
        new_logos: &logos::Logos,
    ) -> Result<bool, Fault> {
        let id = &client.client_id;
        let names = serde_json::to_string(&new_logos.names)?;
        let mut transaction = self.0.begin().await?;
        let Some(before) = super::held(&mut transaction, id).await? else {
            return Ok(false);
        };
        let document = at_rest::rewritten(&before, client)?;
        let changed = on!(&mut transaction, db => sqlx::query(REPLACE)
            .bind(&id.0)
            .bind(&document)
            .bind(&names)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if changed == 0 {
            return Ok(false);
        }
        let new_secret = match secret {
            SecretChange::None => None,
            SecretChange::Removed => Some(None),
            SecretChange::Replaced(secret) => Some(Some(secret)),
        };
        if let Some(new) = new_secret {
            on!(&mut transaction, db => {
                sqlx::query(SET_SECRET)
                    .bind(&id.0)
                    .bind(new.map(|secret| &secret.hash))
                    .bind(new.and_then(|secret| secret.sealed.as_ref()))
                    .execute(&mut **db)
                    .await?;
            });
        }
        logos::replace(&mut transaction, id, new_logos).await?;
        let event = Event::new(EventKind::ClientChanged).client(&id.0);
        record(&mut transaction, event.with("how", "itself")).await?;
        changes::bump(&mut transaction, Topic::Clients).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Notes that a client that registered itself is in use.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn note_use(&self, id: &ClientId, now: Timestamp) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(NOTE_USE).bind(&id.0).bind(now.0).execute(db).await?;
        });
        Ok(())
    }

    /// Deletes a few clients that registered themselves up to `since` and were never used;
    /// returns how many.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn forget_unused(&self, since: Timestamp) -> Result<usize, Fault> {
        let unused: Vec<String> = on!(&mut self.0.reader().await?, db => sqlx::query(UNUSED)
            .bind(since.0)
            .fetch_all(&mut **db)
            .await?
            .iter()
            .map(|row| row.text("client_id"))
            .collect::<Result<_, Fault>>()?);
        if unused.is_empty() {
            return Ok(0);
        }
        let mut transaction = self.0.begin().await?;
        for id in &unused {
            on!(&mut transaction, db => {
                sqlx::query(FORGET).bind(id).execute(&mut **db).await?;
            });
            logos::forget(&mut transaction, &ClientId(id.clone())).await?;
            let event = Event::new(EventKind::ClientRemoved).client(id);
            record(&mut transaction, event.with("how", "unused")).await?;
        }
        changes::bump(&mut transaction, Topic::Clients).await?;
        transaction.commit().await?;
        Ok(unused.len())
    }
}

const ISSUE: &str = "INSERT INTO initial_access_tokens
    (token_hash, uses_left, created_at, expires_at) VALUES ($1, $2, $3, $4)";

const SWEEP_TOKENS: &str = "DELETE FROM initial_access_tokens WHERE expires_at <= $1";

const IS_GOOD: &str = "SELECT EXISTS (SELECT 1 FROM initial_access_tokens
    WHERE token_hash = $1 AND uses_left > 0 AND expires_at > $2) AS good";

/// The initial access tokens, with which clients may register (RFC 7591 §3).
#[derive(Clone, Copy, Debug)]
pub struct InitialAccessTokens<'s>(&'s Store);

impl Store {
    /// The initial access tokens.
    #[must_use]
    pub const fn initial_access_tokens(&self) -> InitialAccessTokens<'_> {
        InitialAccessTokens(self)
    }
}

impl InitialAccessTokens<'_> {
    /// Stores the hash of a new token, and deletes expired tokens.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn issue(
        &self,
        token_hash: &str,
        uses: u32,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        on!(&mut transaction, db => {
            sqlx::query(SWEEP_TOKENS).bind(now.0).execute(&mut **db).await?;
            sqlx::query(ISSUE)
                .bind(token_hash)
                .bind(i64::from(uses))
                .bind(now.0)
                .bind(expires_at.0)
                .execute(&mut **db)
                .await?;
        });
        let event = Event::new(EventKind::InitialAccessTokenIssued).with("uses", uses);
        record(&mut transaction, event).await?;
        transaction.commit().await
    }

    /// Returns whether a client may register with this token now.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn is_good(&self, token_hash: &str, now: Timestamp) -> Result<bool, Fault> {
        on!(&mut self.0.reader().await?, db => sqlx::query(IS_GOOD)
            .bind(token_hash)
            .bind(now.0)
            .fetch_one(&mut **db)
            .await?
            .flag("good"))
    }
}

/// Reads the details of a client's self-registration from a row.
pub(super) fn self_registered(
    row: &impl crate::store::columns::Columns,
) -> Result<Option<SelfRegistered>, Fault> {
    let token_hash = row.maybe_text("registration_token_hash")?;
    let at = row.maybe_number("registered_at")?;
    Ok(match (at, token_hash) {
        (Some(at), Some(token_hash)) => Some(SelfRegistered {
            at: Timestamp(at),
            token_hash,
            is_used: row.maybe_number("first_used_at")?.is_some(),
        }),
        _ => None,
    })
}

/// Reads the names of a client's logos from a row, by language.
pub(super) fn logo_names(
    row: &impl crate::store::columns::Columns,
) -> Result<BTreeMap<String, String>, Fault> {
    match row.maybe_text("logos")? {
        Some(names) => Ok(serde_json::from_str(&names)?),
        None => Ok(BTreeMap::new()),
    }
}
