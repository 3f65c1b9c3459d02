//! 退会: closes an account. The user's personal data is erased at once, everything in the
//! account's name ends, and the withdrawal of every consent in force is recorded. The
//! account's row stays, without data, because the consent records that the law requires
//! refer to it; its address and number are free for a new account.

use super::Accounts;
use crate::accounts::consent::Consent;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::grants::revocation;
use crate::store::outbox::{self, NewMessage};
use crate::store::session_clients::Farewell;
use crate::store::{
    authenticator_apps, consents, passkeys, pending_changes, service_use, sessions,
};

/// An account to close, and what ends with it.
#[derive(Clone, Copy, Debug)]
pub struct Closing<'a> {
    /// The account.
    pub account_id: &'a str,
    /// Number of its dealer links.
    pub dealer_links: u64,
    /// Number of clients that the user granted scopes.
    pub scope_grants: u64,
    /// The withdrawals of the consents behind these links and grants.
    pub withdrawals: &'a [Consent],
    /// Until when access tokens issued before are refused.
    pub revoked_until: Timestamp,
    /// Messages to the clients of the sessions that end.
    pub farewell: Farewell<'a>,
}

const CLOSE: &str = "UPDATE accounts
    SET status = 'closed', email = '', email_key = $2, email_verified = FALSE, mobile_phone = NULL,
        mobile_phone_verified = FALSE, login_phone = NULL, profile = '{}', password_hash = NULL,
        password_changed_at = $3, updated_at = $3, version = version + 1
    WHERE id = $1 AND status = 'active'";

const END_LINKS: &str = "DELETE FROM dealer_links WHERE account_id = $1";

const END_SCOPE_GRANTS: &str = "DELETE FROM scope_grants WHERE account_id = $1";

const END_UNDOS: &str = "DELETE FROM email_undos WHERE account_id = $1";

impl Accounts<'_> {
    /// Closes an account in one transaction. Returns `false` and does nothing if the
    /// account is closed already, or if its numbers of links and grants differ from those
    /// in `closing`.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn close(
        &self,
        closing: &Closing<'_>,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let id = closing.account_id;
        let mut transaction = self.0.begin().await?;
        let (closed, links, grants) = on!(&mut transaction, db => {
            let closed = sqlx::query(CLOSE)
                .bind(id)
                .bind(format!("closed:{id}"))
                .bind(now.0)
                .execute(&mut **db)
                .await?
                .rows_affected();
            let links = sqlx::query(END_LINKS).bind(id).execute(&mut **db).await?.rows_affected();
            let grants =
                sqlx::query(END_SCOPE_GRANTS).bind(id).execute(&mut **db).await?.rows_affected();
            (closed, links, grants)
        });
        // Something was linked or granted in another tab meanwhile: its withdrawal would be
        // missing.
        if (closed, links, grants) != (1, closing.dealer_links, closing.scope_grants) {
            return Ok(false);
        }
        if !pending_changes::take(&mut transaction, self.1).await? {
            return Ok(false);
        }
        pending_changes::end_of_account(&mut transaction, id).await?;
        service_use::end_without_link(&mut transaction, id).await?;
        on!(&mut transaction, db => {
            sqlx::query(END_UNDOS).bind(id).execute(&mut **db).await?;
        });
        passkeys::end_of_account(&mut transaction, id).await?;
        authenticator_apps::end_of_account(&mut transaction, id).await?;
        sessions::end_of_account(&mut transaction, id, None, closing.farewell).await?;
        revocation::end_of_account(&mut transaction, id, closing.revoked_until, now).await?;
        outbox::insert_all(&mut transaction, messages).await?;
        consents::insert_all(self.0, &mut transaction, closing.withdrawals).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
