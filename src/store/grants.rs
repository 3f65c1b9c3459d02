//! Refresh token families. Each belongs to one grant; only the token of the family's
//! current `generation` is valid. No secret is stored here. `revocation` ends a grant
//! early, together with its access tokens.

pub(super) mod revocation;

use std::time::Duration;

use super::columns::Columns;
use super::expiry::{Taking, taking};
use super::{Store, storable};
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::ClientId;
use crate::oidc::grant::{Access, Authentication, Grant};
use crate::security_events::{Event, EventKind, Reason};

/// A refresh token family as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The grant. It outlives the login in which it was made, because it came with
    /// `offline_access`.
    pub grant: Grant,
    /// Generation of the one refresh token that is valid.
    pub generation: i64,
    /// When that token was issued.
    pub rotated_at: Timestamp,
    /// When the family began.
    pub created_at: Timestamp,
    /// When the family expires, even if it is used.
    pub expires_at: Timestamp,
}

/// Result of presenting a refresh token.
#[derive(Clone, Debug, PartialEq)]
pub enum Advanced {
    /// The token was valid: the family at the next generation.
    To(Family),
    /// The token was used a moment ago, and the response may have been lost: the family,
    /// whose valid token is the same successor.
    Retried(Family),
    /// The token was used long ago, so it was copied. The family was ended and revoked.
    Replayed(Family),
    /// The family no longer exists.
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

/// The columns of a family, beginning with those of the grant that `grant` reads.
macro_rules! family_columns {
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
    family_columns!(),
    ") SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
    WHERE NOT EXISTS (SELECT 1 FROM revocations WHERE id = $1)"
);

const ADVANCE: &str = concat!(
    "UPDATE grants SET generation = generation + 1, rotated_at = $3
    WHERE id = $1 AND generation = $2 AND expires_at > $3
        AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.id = grants.id)
    RETURNING ",
    family_columns!()
);

const FIND: &str = concat!(
    "SELECT ",
    family_columns!(),
    " FROM grants WHERE id = $1 AND expires_at > $2
        AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.id = grants.id)"
);

const END: &str = "DELETE FROM grants WHERE id = $1";

impl Grants<'_> {
    /// Stores a new family. Returns `false` and stores nothing if its grant is already
    /// revoked: the authorization code may be presented a second time during its first
    /// exchange.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn begin(&self, family: &Family) -> Result<bool, Fault> {
        let (grant, now) = (&family.grant, family.created_at);
        self.0.sweep(&self.0.turns.grants, &SWEEP, now).await?;
        revocation::sweep(self.0, now).await?;
        let details = serde_json::to_string(&grant.access.authorization_details)?;
        let claims = serde_json::to_string(&grant.access.claims)?;
        let begun = on!(self.0.writer(), db => sqlx::query(INSERT)
            .bind(&grant.id)
            .bind(&grant.client_id.0)
            .bind(&grant.account_id)
            .bind(&grant.sid)
            .bind(&grant.issuer)
            .bind(grant.access.scope.to_string())
            .bind(&details)
            .bind(&claims)
            .bind(grant.authentication.auth_time.0)
            .bind(&grant.authentication.acr)
            .bind(&grant.authentication.amr)
            .bind(&grant.nonce)
            .bind(family.generation)
            .bind(family.rotated_at.0)
            .bind(family.created_at.0)
            .bind(family.expires_at.0)
            .execute(db)
            .await?
            .rows_affected());
        Ok(begun > 0)
    }

    /// Rotates the family when a genuine refresh token of that generation is presented. A
    /// token used less than `grace` ago is a retry. A token used longer ago ends the grant,
    /// and its access tokens are then refused until `revoked_until`.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn advance(
        &self,
        id: &str,
        generation: i64,
        now: Timestamp,
        grace: Duration,
        revoked_until: Timestamp,
    ) -> Result<Advanced, Fault> {
        // All rows are fetched, though there is at most one: SQLite reports a failed commit
        // only at the end of the statement.
        let advanced = on!(self.0.writer(), db => sqlx::query(ADVANCE)
            .bind(id)
            .bind(generation)
            .bind(now.0)
            .fetch_all(db)
            .await?
            .first()
            .map(family)
            .transpose()?);
        if let Some(family) = advanced {
            return Ok(Advanced::To(family));
        }
        let Some(family) = self.find(id, now).await? else {
            return Ok(Advanced::Gone);
        };
        let advanced = judge(family, generation, now, grace);
        if let Advanced::Replayed(family) = &advanced {
            // RFC 9700 §4.14.2: the client and the attacker cannot be told apart.
            self.revoke(&[id], revoked_until, (now, replayed(family)))
                .await?;
        }
        Ok(advanced)
    }

    /// Returns the family of the grant with that id, if it is in force.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn find(&self, id: &str, now: Timestamp) -> Result<Option<Family>, Fault> {
        if !storable(id) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(FIND)
            .bind(id)
            .bind(now.0)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(family)
            .transpose())
    }

    /// Ends a grant; its access tokens stay valid.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn end(&self, id: &str) -> Result<(), Fault> {
        on!(self.0.writer(), db => {
            sqlx::query(END).bind(id).execute(db).await?;
        });
        Ok(())
    }
}

/// The event of a refresh token that was used before.
fn replayed(family: &Family) -> Event {
    let event = Event::failed(EventKind::RefreshTokenReplayed, Reason::Replayed);
    event
        .of(&family.grant.account_id)
        .client(&family.grant.client_id.0)
}

fn judge(family: Family, generation: i64, now: Timestamp, grace: Duration) -> Advanced {
    if family.generation <= generation {
        // The family was revoked a moment ago, or this token was never issued.
        Advanced::Gone
    } else if family.generation == generation + 1 && family.rotated_at.after(grace) > now {
        Advanced::Retried(family)
    } else {
        Advanced::Replayed(family)
    }
}

fn family(row: &impl Columns) -> Result<Family, Fault> {
    Ok(Family {
        grant: grant(row)?,
        generation: row.number("generation")?,
        rotated_at: row.time("rotated_at")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}

fn grant(row: &impl Columns) -> Result<Grant, Fault> {
    Ok(Grant {
        id: row.text("id")?,
        client_id: ClientId(row.text("client_id")?),
        issuer: row.text("issuer")?,
        account_id: row.text("account_id")?,
        sid: row.maybe_text("sid")?,
        access: Access {
            scope: row.word("scope")?,
            claims: row.json("claims")?,
            authorization_details: row.json("authorization_details")?,
        },
        authentication: Authentication {
            auth_time: row.time("auth_time")?,
            acr: row.text("acr")?,
            amr: row.text("amr")?,
        },
        nonce: row.maybe_text("nonce")?,
    })
}
