//! User accounts: created once per registration, found by login ID (e-mail address or phone
//! number), read with their claims. An account and everything that belongs to it are
//! written in one transaction. `import` brings in the accounts of another system.

pub mod birthdate;
pub mod closing;
pub mod email;
pub mod import;
pub mod password;
pub mod phone_login;
pub mod profile;
pub mod registration;

use std::fmt;

use super::columns::Columns;
use super::grants::revocation;
use super::{Store, Transaction, consents, storable};
use crate::accounts::account::Account;
use crate::accounts::consent::Consent;
use crate::accounts::recovered::Recovered;
use crate::accounts::second_factor::Enrolled;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::client::ClientId;

/// The account columns that `account` reads; `a` is the table's alias.
macro_rules! account_columns {
    () => {
        "a.id, a.email, a.email_verified, a.mobile_phone, a.mobile_phone_verified, a.login_phone, \
        a.recovered_by, a.phone_to_confirm, a.password_set_at, a.profile, \
        (a.app_sealed IS NOT NULL) AS has_app, a.app_added_at, a.recovery_codes_left, \
        (a.two_steps_at IS NOT NULL) AS two_steps, \
        a.brand, a.locale, a.status, a.terms_version, a.created_at, a.updated_at, a.version"
    };
}
pub(super) use account_columns;

/// An account with the password hash that authenticates its owner.
#[derive(Clone, PartialEq)]
pub struct AccountCredentials {
    /// The account.
    pub account: Account,
    /// Password hash (PHC string, or in the imported format), if the account has a
    /// password.
    pub password_hash: Option<String>,
}

impl fmt::Debug for AccountCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountCredentials")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// The accounts.
#[derive(Clone, Copy, Debug)]
pub struct Accounts<'s>(&'s Store, Option<&'s str>);

impl Store {
    /// The accounts.
    #[must_use]
    pub const fn accounts(&self) -> Accounts<'_> {
        Accounts(self, None)
    }
}

impl<'s> Accounts<'s> {
    /// The same accounts, for carrying out the change with the ID `waited`, if there is
    /// one: what is changed takes that change off the list, and changes nothing if it is
    /// not on the list any more.
    #[must_use]
    pub const fn carrying_out(self, waited: Option<&'s str>) -> Self {
        Self(self.0, waited)
    }
}

const BY_ID: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM accounts a WHERE a.id = $1"
);

const CREDENTIALS: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", a.password_hash FROM accounts a WHERE a.id = $1 AND a.status = 'active'"
);

const BY_EMAIL_KEY: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", a.password_hash FROM accounts a WHERE a.email_key = $1 AND a.status = 'active'"
);

const BY_LOGIN_PHONE: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", a.password_hash FROM accounts a WHERE a.login_phone = $1 AND a.status = 'active'"
);

const EMAIL_IS_REGISTERED: &str =
    "SELECT EXISTS (SELECT 1 FROM accounts WHERE email_key = $1) AS registered";

const CLAIMS_SOURCE: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM accounts a WHERE a.id = $1 AND a.status = 'active'
        AND a.tokens_not_before <= $4
        AND NOT EXISTS (SELECT 1 FROM revocations
            WHERE id IN ($2, $3) OR (id = $5 AND issued_before > $4))"
);

const SET_PASSWORD_HASH: &str = "UPDATE accounts SET password_hash = $3, password_changed_at = $4
    WHERE id = $1 AND password_hash = $2";

const AGREE_TO_TERMS: &str = "UPDATE accounts
    SET terms_version = $2, updated_at = $3, version = version + 1
    WHERE id = $1 AND status = 'active' AND (terms_version IS NULL OR terms_version <> $2)";

impl Accounts<'_> {
    /// Returns the account with that id, active or closed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn by_id(&self, id: &str) -> Result<Option<Account>, Fault> {
        if !storable(id) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(BY_ID)
            .bind(id)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(account)
            .transpose())
    }

    /// Returns the active account with that id, and its password hash.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn credentials(&self, id: &str) -> Result<Option<AccountCredentials>, Fault> {
        self.credentials_by(CREDENTIALS, id).await
    }

    /// Returns the active account with that e-mail address (in ASCII lower case).
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn by_email_key(&self, key: &str) -> Result<Option<AccountCredentials>, Fault> {
        self.credentials_by(BY_EMAIL_KEY, key).await
    }

    /// Returns the active account that uses that mobile number (E.164) to log in.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn by_login_phone(&self, phone: &str) -> Result<Option<AccountCredentials>, Fault> {
        self.credentials_by(BY_LOGIN_PHONE, phone).await
    }

    async fn credentials_by(
        &self,
        sql: &'static str,
        name: &str,
    ) -> Result<Option<AccountCredentials>, Fault> {
        if !storable(name) {
            return Ok(None);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(sql)
            .bind(name)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(account_credentials)
            .transpose())
    }

    /// Returns whether any account, active or closed, has that e-mail address.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn email_is_registered(&self, key: &str) -> Result<bool, Fault> {
        if !storable(key) {
            return Ok(false);
        }
        on!(&mut self.0.reader().await?, db => sqlx::query(EMAIL_IS_REGISTERED)
            .bind(key)
            .fetch_one(&mut **db)
            .await?
            .flag("registered"))
    }

    /// Returns the account whose data a client's token or code issued at `given_at` may
    /// read. Returns none if the account is closed or has revoked everything since then, or
    /// what the client had; or if the token or its grant is revoked.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn claims_source(
        &self,
        (account_id, client_id): (&str, &ClientId),
        given_at: Timestamp,
        revocation_ids: [&str; 2],
    ) -> Result<Option<Account>, Fault> {
        let [grant, token] = revocation_ids;
        on!(&mut self.0.reader().await?, db => sqlx::query(CLAIMS_SOURCE)
            .bind(account_id)
            .bind(grant)
            .bind(token)
            .bind(given_at.0)
            .bind(revocation::between(account_id, client_id))
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(account)
            .transpose())
    }

    /// Replaces a password hash if it still is `old`; returns whether it did. Later imports
    /// no longer change the password.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn set_password_hash(
        &self,
        id: &str,
        old: &str,
        new: &str,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        Ok(on!(self.0.writer(), db => sqlx::query(SET_PASSWORD_HASH)
            .bind(id)
            .bind(old)
            .bind(new)
            .bind(now.0)
            .execute(db)
            .await?
            .rows_affected())
            > 0)
    }

    /// Records that a user agrees to a version of the terms. Returns `false` and records
    /// nothing if the user has agreed to that version already or the account is closed.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn agree_to_terms(
        &self,
        id: &str,
        terms_version: &str,
        given: &Consent,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut transaction = self.0.begin().await?;
        let changed = on!(&mut transaction, db => sqlx::query(AGREE_TO_TERMS)
            .bind(id)
            .bind(terms_version)
            .bind(now.0)
            .execute(&mut **db)
            .await?
            .rows_affected());
        if changed == 0 {
            return Ok(false);
        }
        consents::insert_all(self.0, &mut transaction, std::slice::from_ref(given)).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

// The update changes nothing, but locks the row.
const HOLD: &str = "UPDATE accounts SET version = version WHERE id = $1 AND status = 'active'";

/// Returns whether the account is active; if so, it stays active until the transaction
/// ends. Code that writes on behalf of an account calls this first: a concurrent closing is
/// then either seen here, or waits and sees what was written.
pub(super) async fn hold(transaction: &mut Transaction, id: &str) -> Result<bool, Fault> {
    let held = on!(transaction, db => sqlx::query(HOLD)
        .bind(id)
        .execute(&mut **db)
        .await?
        .rows_affected());
    Ok(held > 0)
}

const HOLD_OR_CLOSED: &str = "UPDATE accounts SET version = version
    WHERE id = $1 AND (status = 'active' OR erase_at IS NOT NULL)";

/// The same as [`hold`], also for a closed account that is not erased yet.
pub(super) async fn hold_or_closed(transaction: &mut Transaction, id: &str) -> Result<bool, Fault> {
    let held = on!(transaction, db => sqlx::query(HOLD_OR_CLOSED)
        .bind(id)
        .execute(&mut **db)
        .await?
        .rows_affected());
    Ok(held > 0)
}

pub(super) fn account(row: &impl Columns) -> Result<Account, Fault> {
    Ok(Account {
        id: row.text("id")?,
        email: row.text("email")?,
        email_verified: row.flag("email_verified")?,
        mobile_phone: row.maybe_text("mobile_phone")?,
        mobile_phone_verified: row.flag("mobile_phone_verified")?,
        phone_login: row.maybe_text("login_phone")?.is_some(),
        recovered: Recovered {
            // A channel that only a newer version knows is no channel of a code here.
            by: row
                .maybe_text("recovered_by")?
                .and_then(|by| by.parse().ok()),
            phone_to_confirm: row.flag("phone_to_confirm")?,
        },
        password_set_at: row.maybe_time("password_set_at")?,
        enrolled: Enrolled {
            app: row.flag("has_app")?,
            app_added_at: row.maybe_time("app_added_at")?,
            recovery_codes: u32::try_from(row.number("recovery_codes_left")?).unwrap_or_default(),
            two_steps: row.flag("two_steps")?,
        },
        profile: row.json("profile")?,
        brand: row.text("brand")?,
        locale: row.locale("locale")?,
        status: row.word("status")?,
        terms_version: row.maybe_text("terms_version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        version: row.number("version")?,
    })
}

fn account_credentials(row: &impl Columns) -> Result<AccountCredentials, Fault> {
    Ok(AccountCredentials {
        account: account(row)?,
        password_hash: row.maybe_text("password_hash")?,
    })
}

/// Returns whether the database refused because another account has that address or number.
fn is_taken(error: &sqlx::Error) -> bool {
    let refused = error.as_database_error();
    refused.is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Returns the form in which e-mail addresses are compared: ASCII lower case.
fn email_key(account: &Account) -> String {
    account.email.to_ascii_lowercase()
}

/// Returns the number that the account uses to log in.
fn login_phone(account: &Account) -> Option<&str> {
    account
        .mobile_phone
        .as_deref()
        .filter(|_| account.phone_login)
}
