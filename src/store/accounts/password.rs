//! Sets a new password and ends what was authorized under the old one: sessions, the grants
//! that clients hold while the user is absent, and changes that wait. A recovery also ends the factors that
//! the recovering channel did not prove
//! (`docs/decisions/0022-one-channel-is-one-factor.md`).

use super::Accounts;
use crate::accounts::browser_session::BrowserSession;
use crate::accounts::recovered::CodeChannel;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};
use crate::store::grants::revocation;
use crate::store::outbox::{self, NewMessage};
use crate::store::security_events::record;
use crate::store::session_clients::Farewell;
use crate::store::{Transaction, authenticator_apps, passkeys, pending_changes, sessions};

/// By what a user may set a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// The password before.
    OldPassword,
    /// A code that was sent to this channel.
    Code(CodeChannel),
}

/// A new password.
#[derive(Clone, Copy, Debug)]
pub struct NewPassword<'a> {
    /// The account.
    pub account_id: &'a str,
    /// The hash that it replaces; none if the account had no password.
    pub old_hash: Option<&'a str>,
    /// Its hash.
    pub new_hash: &'a str,
    /// How its user may set it.
    pub by: SetBy,
    /// The session that continues, if any, with the hash of its new secret.
    pub session: Option<(&'a str, &'a BrowserSession)>,
    /// Until when access tokens issued before are refused.
    pub revoked_until: Timestamp,
    /// Messages to the clients of the sessions that end.
    pub farewell: Farewell<'a>,
}

const SET: &str = "UPDATE accounts
    SET password_hash = $3, password_changed_at = $4, password_set_at = $4
    WHERE id = $1 AND COALESCE(password_hash, '') = $2 AND (status = 'active' OR erase_at > $4)";

// The number is a login ID again only when its owner switches that on, and verified once a
// code sent there confirms it: whoever planted it does not know the new password.
const RECOVER_BY_MAILBOX: &str = "UPDATE accounts
    SET email_verified = TRUE, recovered_by = 'mailbox', phone_to_confirm = (phone_to_confirm OR mobile_phone_verified),
        mobile_phone_verified = FALSE, login_phone = NULL, updated_at = $2, version = version + 1
    WHERE id = $1";

const RECOVER_BY_PHONE: &str = "UPDATE accounts
    SET recovered_by = 'phone', updated_at = $2, version = version + 1
    WHERE id = $1";

const CONFIRM_PHONE: &str = "UPDATE accounts
    SET recovered_by = NULL, mobile_phone_verified = TRUE, phone_to_confirm = FALSE, updated_at = $3, version = version + 1
    WHERE id = $1 AND mobile_phone = $2 AND phone_to_confirm";

const VOUCH: &str = "UPDATE accounts
    SET recovered_by = NULL, updated_at = $2, version = version + 1
    WHERE id = $1 AND recovered_by IS NOT NULL";

/// The security event of a new password.
fn told(new: &NewPassword<'_>) -> Event {
    let event = match new.by {
        SetBy::OldPassword => Event::new(EventKind::PasswordChanged),
        SetBy::Code(channel) => Event::new(EventKind::Recovery).with("channel", channel),
    };
    event.of(new.account_id)
}

/// What a recovery by code changes besides the password.
async fn recover(
    transaction: &mut Transaction,
    account_id: &str,
    by: CodeChannel,
    now: Timestamp,
) -> Result<(), Fault> {
    let sql = match by {
        CodeChannel::Mailbox => RECOVER_BY_MAILBOX,
        CodeChannel::Phone => RECOVER_BY_PHONE,
    };
    on!(&mut *transaction, db => {
        sqlx::query(sql).bind(account_id).bind(now.0).execute(&mut **db).await?;
    });
    // Whoever had the account may have set up the app, and asked for it at every login.
    authenticator_apps::end_of_account(transaction, account_id).await?;
    passkeys::end_of_account(transaction, account_id).await
}

impl Accounts<'_> {
    /// Sets a password if the old one is still what it was; ends every session except the
    /// one that continues, every grant, and the changes that wait, unless the password
    /// itself waited. Returns whether it was set. A closed account keeps its password up to
    /// date for as long as its owner may come back.
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
            .execute(&mut **db)
            .await?
            .rows_affected());
        if set == 0 {
            return Ok(false);
        }
        if !pending_changes::take(&mut transaction, self.1).await? {
            return Ok(false);
        }
        // A change that waited too is no reason to end another: both may be an attacker's.
        if self.1.is_none() {
            pending_changes::end_of_account(&mut transaction, new.account_id).await?;
        }
        record(&mut transaction, told(new)).await?;
        if let SetBy::Code(channel) = new.by {
            recover(&mut transaction, new.account_id, channel, now).await?;
        }
        let (id, goes_on) = (new.account_id, new.session.map(|(_, session)| session));
        sessions::end_of_account(&mut transaction, id, (goes_on, "all"), new.farewell).await?;
        revocation::end_of_account(&mut transaction, new.account_id, new.revoked_until, now)
            .await?;
        if let Some((secret_hash, session)) = new.session {
            sessions::insert(&mut transaction, secret_hash, session, new.account_id).await?;
        }
        outbox::insert_all(&mut transaction, messages).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Notes that the user of a recovered account used a factor besides the channel that
    /// recovered it: from now on, codes to that channel are a second factor again. A code
    /// that was sent to the mobile number `phone` confirms that number.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn use_other_factor(
        &self,
        account_id: &str,
        phone: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        on!(&mut transaction, db => {
            if let Some(number) = phone {
                sqlx::query(CONFIRM_PHONE)
                    .bind(account_id)
                    .bind(number)
                    .bind(now.0)
                    .execute(&mut **db)
                    .await?;
            }
            sqlx::query(VOUCH).bind(account_id).bind(now.0).execute(&mut **db).await?;
        });
        transaction.commit().await
    }
}
