//! People's accounts: made once for each registration, found by the names a
//! person logs in with, read with their claims. An account and everything that
//! comes with it are written together or not at all. `import` brings in those
//! of another system.

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
use super::{Store, Transaction, consents, storable};
use crate::accounts::account::Account;
use crate::accounts::consent::Consent;
use crate::clock::Timestamp;
use crate::fault::Fault;

/// An account's columns, with `a` for the table, as `account` reads them.
macro_rules! account_columns {
    () => {
        "a.id, a.email, a.email_verified, a.mobile_phone, a.mobile_phone_verified, a.login_phone, a.profile, \
        a.brand, a.locale, a.status, a.terms_version, a.created_at, a.updated_at, a.version"
    };
}
pub(super) use account_columns;

/// An account with what proves its owner.
#[derive(Clone, PartialEq)]
pub struct AccountCredentials {
    /// The account.
    pub account: Account,
    /// The hash of its password (PHC string, or as imported), if it has one.
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
pub struct Accounts<'s>(&'s Store);

impl Store {
    /// The accounts.
    #[must_use]
    pub const fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
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
        AND NOT EXISTS (SELECT 1 FROM revocations WHERE id IN ($2, $3))"
);

const SET_PASSWORD_HASH: &str = "UPDATE accounts SET password_hash = $3, password_changed_at = $4
    WHERE id = $1 AND password_hash = $2";

const AGREE_TO_TERMS: &str = "UPDATE accounts
    SET terms_version = $2, updated_at = $3, version = version + 1
    WHERE id = $1 AND status = 'active' AND (terms_version IS NULL OR terms_version <> $2)";

impl Accounts<'_> {
    /// The account of that name, in use or closed.
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

    /// The account of that name with its password hash, if it is in use.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn credentials(&self, id: &str) -> Result<Option<AccountCredentials>, Fault> {
        self.credentials_by(CREDENTIALS, id).await
    }

    /// The account with that e-mail address, in ASCII lower case, if it is in use.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn by_email_key(&self, key: &str) -> Result<Option<AccountCredentials>, Fault> {
        self.credentials_by(BY_EMAIL_KEY, key).await
    }

    /// The account that logs in with that mobile number (E.164), if it is in use.
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

    /// Whether any account, even a closed one, has that e-mail address.
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

    /// The account whose data may be read by what was given out at `given_at`, a
    /// token or a code: none if the account is closed or ended everything since,
    /// or if the token's grant or the token itself is revoked.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn claims_source(
        &self,
        account_id: &str,
        given_at: Timestamp,
        revocation_ids: [&str; 2],
    ) -> Result<Option<Account>, Fault> {
        let [grant, token] = revocation_ids;
        on!(&mut self.0.reader().await?, db => sqlx::query(CLAIMS_SOURCE)
            .bind(account_id)
            .bind(grant)
            .bind(token)
            .bind(given_at.0)
            .fetch_optional(&mut **db)
            .await?
            .as_ref()
            .map(account)
            .transpose())
    }

    /// Replaces a password hash, if it still is `old`; whether it was. From then
    /// on an import leaves the password alone.
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

    /// A person agrees to a version of the terms; `false`, and no record, if that
    /// was agreed to already or the account is closed.
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

// It changes nothing, but locks the row.
const HOLD: &str = "UPDATE accounts SET version = version WHERE id = $1 AND status = 'active'";

/// Whether the account is active; if so it stays until the transaction ends. Who
/// writes in its name asks this first: a closing of the account either comes
/// before and is seen here, or waits and sees what was written.
pub(super) async fn hold(transaction: &mut Transaction, id: &str) -> Result<bool, Fault> {
    let held = on!(transaction, db => sqlx::query(HOLD)
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

/// Whether the database refused because another account has that address or number.
fn is_taken(error: &sqlx::Error) -> bool {
    let refused = error.as_database_error();
    refused.is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// What makes an address one person's: it is compared in ASCII lower case.
fn email_key(account: &Account) -> String {
    account.email.to_ascii_lowercase()
}

/// The number an account logs in with.
fn login_phone(account: &Account) -> Option<&str> {
    account
        .mobile_phone
        .as_deref()
        .filter(|_| account.phone_login)
}
