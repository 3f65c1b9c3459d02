//! Sets a new password and ends what was authorized under the old one: sessions, and the
//! grants that clients hold while the user is absent.

use super::Accounts;
use crate::accounts::browser_session::BrowserSession;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::grants::revocation;
use crate::store::outbox::{self, NewMessage};
use crate::store::session_clients::Farewell;
use crate::store::sessions;

/// A new password.
#[derive(Clone, Copy, Debug)]
pub struct NewPassword<'a> {
    /// The account.
    pub account_id: &'a str,
    /// The hash that it replaces; none if the account had no password.
    pub old_hash: Option<&'a str>,
    /// Its hash.
    pub new_hash: &'a str,
    /// Whether the user verified the e-mail address in the process.
    pub email_is_proven: bool,
    /// The session that continues, with the hash of its new secret.
    pub session: (&'a str, &'a BrowserSession),
    /// Until when access tokens issued before are refused.
    pub revoked_until: Timestamp,
    /// Messages to the clients of the sessions that end.
    pub farewell: Farewell<'a>,
}

const SET: &str = "UPDATE accounts
    SET password_hash = $3, password_changed_at = $4, email_verified = (email_verified OR $5)
    WHERE id = $1 AND COALESCE(password_hash, '') = $2 AND status = 'active'";

impl Accounts<'_> {
    /// Sets a password if the old one is still what it was; ends every session except the
    /// one that continues, and every grant. Returns whether it was set.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn set_password(
        &self,
        new: &NewPassword<'_>,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let set = on!(&mut transaction, db => sqlx::query(SET)
            .bind(new.account_id)
            .bind(new.old_hash.unwrap_or_default())
            .bind(new.new_hash)
            .bind(now.0)
            .bind(new.email_is_proven)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if set == 0 {
            return Ok(false);
        }
        let (secret_hash, session) = new.session;
        let (id, goes_on) = (new.account_id, Some(session));
        sessions::end_of_account(&mut transaction, id, goes_on, new.farewell).await?;
        revocation::end_of_account(&mut transaction, new.account_id, new.revoked_until, now)
            .await?;
        sessions::insert(&mut transaction, secret_hash, session, new.account_id).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
