//! Changes of a profile after registration. If two tabs or devices change the same account
//! at once, the second gets a conflict, so that it overwrites nothing it has not seen.

use super::Accounts;
use crate::accounts::account::Account;
use crate::clock::Timestamp;
use crate::documents;
use crate::fault::Fault;
use crate::store::Transaction;
use crate::store::columns::Columns as _;
use crate::store::outbox::{self, NewMessage};

/// Result of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updated {
    /// The change is saved.
    Saved,
    /// The account has changed since it was read, or is closed. Nothing is written.
    Conflict,
}

// A language that only a newer version supports was read as Japanese, and is kept.
const UPDATE_PROFILE: &str = "UPDATE accounts
    SET profile = $3, mobile_phone = $4, mobile_phone_verified = $5, login_phone = $6,
        phone_to_confirm = (phone_to_confirm AND COALESCE(mobile_phone, '') = COALESCE($4, '')),
        locale = CASE WHEN $7 = 'ja' AND locale NOT IN ('ja', 'en') THEN locale ELSE $7 END,
        profile_changed_at = $8, updated_at = $8, version = version + 1
    WHERE id = $1 AND version = $2 AND status = 'active'";

impl Accounts<'_> {
    /// Saves the profile, the mobile number and the language of `changed`, and the mails
    /// that report the change, if the stored account still has the version of `changed`.
    ///
    /// # Errors
    /// `Fault` if another account uses its login number, or if the database fails.
    pub async fn update_profile(
        &self,
        changed: &Account,
        messages: &[NewMessage],
        now: Timestamp,
    ) -> Result<Updated, Fault> {
        let mut transaction = self.0.begin().await?;
        let Some(profile) = rewritten(&mut transaction, changed).await? else {
            return Ok(Updated::Conflict);
        };
        let saved = on!(&mut transaction, db => sqlx::query(UPDATE_PROFILE)
            .bind(&changed.id)
            .bind(changed.version)
            .bind(&profile)
            .bind(&changed.mobile_phone)
            .bind(changed.mobile_phone_verified)
            .bind(super::login_phone(changed))
            .bind(changed.locale.tag())
            .bind(now.0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        commit_if_saved(transaction, saved, messages).await
    }
}

// The update changes nothing, but locks the row.
const HOLD_PROFILE: &str = "UPDATE accounts SET profile = profile
    WHERE id = $1 AND version = $2 AND status = 'active' RETURNING profile";

/// Returns the profile of `changed` to store, with those stored members that this version
/// does not know. Returns none if the stored account has another version or is closed.
pub(super) async fn rewritten(
    transaction: &mut Transaction,
    changed: &Account,
) -> Result<Option<String>, Fault> {
    let before = on!(transaction, db => sqlx::query(HOLD_PROFILE)
        .bind(&changed.id)
        .bind(changed.version)
        .fetch_optional(&mut **db)
        .await?
        .map(|row| row.text("profile"))
        .transpose()?);
    let before = before.as_ref().map(String::as_bytes);
    let rewritten = before.map(|before| documents::rewritten(before, &changed.profile));
    Ok(rewritten.transpose()?)
}

/// Commits a change together with the mails that report it, if a row was `saved`.
pub(super) async fn commit_if_saved(
    mut transaction: Transaction,
    saved: u64,
    messages: &[NewMessage],
) -> Result<Updated, Fault> {
    if saved == 0 {
        return Ok(Updated::Conflict);
    }
    outbox::insert_all(&mut transaction, messages).await?;
    transaction.commit().await?;
    Ok(Updated::Saved)
}
