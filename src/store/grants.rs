//! What refresh tokens stand for: a grant is a family of them, of which one, the
//! `generation`, is good. No secret rests here. How one is ended before its time,
//! with the access tokens made from it, is in `revocation`.

pub(super) mod revocation;

use std::time::Duration;

use super::columns::Columns;
use super::expiry::{Taking, taking};
use super::{Store, storable};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::authorization_details::AuthorizationDetail;
use crate::oidc::authorization_request::ClaimsRequest;
use crate::oidc::client::ClientId;
use crate::oidc::scope::Scope;

/// A grant as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Its name, which stands in its refresh and access tokens.
    pub id: String,
    /// To whom.
    pub client_id: ClientId,
    /// By whom.
    pub account_id: String,
    /// The login it was made in, which it outlives: it came with `offline_access`.
    /// None if a device asked (RFC 8628).
    pub sid: Option<String>,
    /// The issuer, that is the brand, under which.
    pub issuer: String,
    /// What was granted.
    pub scope: Scope,
    /// The authorization details that were granted.
    pub authorization_details: Vec<AuthorizationDetail>,
    /// The claims that were asked for.
    pub claims: ClaimsRequest,
    /// When the person authenticated.
    pub auth_time: Timestamp,
    /// In which authentication context.
    pub acr: String,
    /// How, space-separated.
    pub amr: String,
    /// The `nonce` of the authorization request.
    pub nonce: Option<String>,
    /// Which of its refresh tokens is good.
    pub generation: i64,
    /// When that one was given out.
    pub rotated_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}

/// What came of a refresh token that was presented.
#[derive(Clone, Debug, PartialEq)]
pub enum Advanced {
    /// It was the good one: the grant at the generation after it.
    To(Grant),
    /// It was presented a moment ago already, and the answer may have been lost:
    /// the grant, whose good token is the very same successor.
    Retried(Grant),
    /// It was spent long ago: somebody has a copy. The grant was ended and revoked.
    Replayed(Grant),
    /// There is no such grant any more.
    Gone,
}

/// The grants and the revocations.
#[derive(Clone, Copy, Debug)]
pub struct Grants<'s>(&'s Store);

impl Store {
    /// The grants and the revocations.
    #[must_use]
    pub const fn grants(&self) -> Grants<'_> {
        Grants(self)
    }
}

/// A grant's columns, as `grant` reads them.
macro_rules! grant_columns {
    () => {
        "id, client_id, account_id, sid, issuer, scope, authorization_details, claims, auth_time, acr, amr, \
        nonce, generation, rotated_at, created_at, expires_at"
    };
}

const SWEEP: Taking = taking!(
    "SELECT id FROM grants WHERE expires_at <= $1 ORDER BY expires_at LIMIT 64",
    "DELETE FROM grants WHERE id IN (SELECT id FROM taken)"
);

const INSERT: &str = concat!(
    "INSERT INTO grants (",
    grant_columns!(),
    ") SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
    WHERE NOT EXISTS (SELECT 1 FROM revocations WHERE id = $1)"
);

const ADVANCE: &str = concat!(
    "UPDATE grants SET generation = generation + 1, rotated_at = $3
    WHERE id = $1 AND generation = $2 AND expires_at > $3
        AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.id = grants.id)
    RETURNING ",
    grant_columns!()
);

const FIND: &str = concat!(
    "SELECT ",
    grant_columns!(),
    " FROM grants WHERE id = $1 AND expires_at > $2
        AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.id = grants.id)"
);

const END: &str = "DELETE FROM grants WHERE id = $1";

impl Grants<'_> {
    /// Begins a grant; `false`, and nothing begun, if it is revoked already: its
    /// code may come a second time while the first is being exchanged.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn begin(&self, grant: &Grant) -> Result<bool, Fault> {
        let now = grant.created_at;
        self.0.sweep(&self.0.turns.grants, &SWEEP, now).await?;
        revocation::sweep(self.0, now).await?;
        let details = serde_json::to_string(&grant.authorization_details)?;
        let claims = serde_json::to_string(&grant.claims)?;
        let begun = on!(self.0.writer(), db => sqlx::query(INSERT)
            .bind(&grant.id)
            .bind(&grant.client_id.0)
            .bind(&grant.account_id)
            .bind(&grant.sid)
            .bind(&grant.issuer)
            .bind(grant.scope.to_string())
            .bind(&details)
            .bind(&claims)
            .bind(grant.auth_time.0)
            .bind(&grant.acr)
            .bind(&grant.amr)
            .bind(&grant.nonce)
            .bind(grant.generation)
            .bind(grant.rotated_at.0)
            .bind(grant.created_at.0)
            .bind(grant.expires_at.0)
            .execute(db)
            .await?
            .rows_affected());
        Ok(begun > 0)
    }

    /// A genuine refresh token of that generation is presented. A token spent less
    /// than `grace` ago is a retry; one spent longer ago ends the grant, whose
    /// access tokens are then refused until `revoked_until`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn advance(
        &self,
        id: &str,
        generation: i64,
        now: Timestamp,
        grace: Duration,
        revoked_until: Timestamp,
    ) -> Result<Advanced, Fault> {
        // All rows are fetched, though there is at most one: SQLite tells of a
        // failure to commit only at the statement's end.
        let advanced = on!(self.0.writer(), db => sqlx::query(ADVANCE)
            .bind(id)
            .bind(generation)
            .bind(now.0)
            .fetch_all(db)
            .await?
            .first()
            .map(grant)
            .transpose()?);
        if let Some(grant) = advanced {
            return Ok(Advanced::To(grant));
        }
        let Some(grant) = self.find(id, now).await? else {
            return Ok(Advanced::Gone);
        };
        let advanced = judge(grant, generation, now, grace);
        if let Advanced::Replayed(_) = advanced {
            // RFC 9700 §4.14.2: neither party can be told from the thief.
            self.revoke(&[id], revoked_until, now).await?;
        }
        Ok(advanced)
    }

    /// The grant of that name, if it is in force.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find(&self, id: &str, now: Timestamp) -> Result<Option<Grant>, Fault> {
        if !storable(id) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(FIND)
            .bind(id)
            .bind(now.0)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(grant)
            .transpose())
    }

    /// Ends a grant; its access tokens live on.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end(&self, id: &str) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(END).bind(id).execute(db).await?;
        });
        Ok(())
    }
}

fn judge(grant: Grant, generation: i64, now: Timestamp, grace: Duration) -> Advanced {
    if grant.generation <= generation {
        // It was revoked a moment ago, or was never given out.
        Advanced::Gone
    } else if grant.generation == generation + 1 && grant.rotated_at.after(grace) > now {
        Advanced::Retried(grant)
    } else {
        Advanced::Replayed(grant)
    }
}

fn grant(row: &impl Columns) -> Result<Grant, Fault> {
    Ok(Grant {
        id: row.text("id")?,
        client_id: ClientId(row.text("client_id")?),
        account_id: row.text("account_id")?,
        sid: row.maybe_text("sid")?,
        issuer: row.text("issuer")?,
        scope: row.word("scope")?,
        authorization_details: row.json("authorization_details")?,
        claims: row.json("claims")?,
        auth_time: row.time("auth_time")?,
        acr: row.text("acr")?,
        amr: row.text("amr")?,
        nonce: row.maybe_text("nonce")?,
        generation: row.number("generation")?,
        rotated_at: row.time("rotated_at")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}
