//! Completes a registration: the account, its consents, the browser session and the mails
//! that report it, in one transaction. Submitting twice, or again after a crash, creates
//! one account.

use std::fmt;

use super::{Accounts, email_key, login_phone};
use crate::accounts::account::Account;
use crate::accounts::browser_session::BrowserSession;
use crate::accounts::consent::Consent;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};
use crate::store::columns::Columns as _;
use crate::store::outbox::{self, NewMessage};
use crate::store::security_events::record;
use crate::store::{Transaction, consents, sessions};

/// An account to create, and what is stored with it.
#[derive(Clone)]
pub struct NewAccount {
    /// The account.
    pub account: Account,
    /// The hash of its password.
    pub password_hash: Option<String>,
    /// The registration that it results from; a registration creates one account only.
    pub registration_id: String,
    /// What the person consented to.
    pub consents: Vec<Consent>,
    /// The session that begins, with the hash of its secret.
    pub session: Option<(String, BrowserSession)>,
    /// The mails that report the registration.
    pub messages: Vec<NewMessage>,
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// Result of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The account was made.
    New,
    /// The same registration had created this account already. The session begins for that
    /// account; nothing else is written.
    Again(String),
    /// Another account has the e-mail address. Nothing is written.
    EmailTaken,
}

const INSERT: &str = "INSERT INTO accounts
    (id, email, email_key, email_verified, mobile_phone, mobile_phone_verified, login_phone, profile, brand, locale,
     status, terms_version, password_hash, password_changed_at, registration_id, created_at, updated_at, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
    ON CONFLICT DO NOTHING";

const BY_REGISTRATION: &str = "SELECT id FROM accounts WHERE registration_id = $1";

const BY_EMAIL_KEY: &str = "SELECT id FROM accounts WHERE email_key = $1";

impl Accounts<'_> {
    /// Creates an account, all of it or nothing.
    ///
    /// # Errors
    /// `Fault` if another account has its id or login number, or if the database fails.
    pub async fn create(&self, new: &NewAccount) -> Result<Created, Fault> {
        let mut transaction = self.0.begin().await?;
        let created = if insert(&mut transaction, new).await? {
            outbox::insert_all(&mut transaction, &new.messages).await?;
            Created::New
        } else {
            match who_has(&mut transaction, BY_REGISTRATION, &new.registration_id).await? {
                Some(id) => Created::Again(id),
                None => return email_taken(&mut transaction, &new.account).await,
            }
        };
        let owner = match &created {
            Created::Again(id) => id,
            Created::New | Created::EmailTaken => &new.account.id,
        };
        let event = match (&created, &new.session) {
            (Created::New, _) => Some(Event::new(EventKind::AccountRegistered)),
            (_, Some(_)) => Some(Event::new(EventKind::Login)),
            (_, None) => None,
        };
        if let Some(event) = event {
            record(&mut transaction, event.of(owner)).await?;
        }
        if let Some((secret_hash, session)) = &new.session {
            sessions::insert(&mut transaction, secret_hash, session, owner).await?;
        }
        if created == Created::New {
            consents::insert_all(self.0, &mut transaction, &new.consents).await?;
        }
        transaction.commit().await?;
        Ok(created)
    }
}

async fn insert(transaction: &mut Transaction, new: &NewAccount) -> Result<bool, Fault> {
    let account = &new.account;
    let profile = serde_json::to_string(&account.profile)?;
    let inserted = on!(transaction, db => sqlx::query(INSERT)
        .bind(&account.id)
        .bind(&account.email)
        .bind(email_key(account))
        .bind(account.email_verified)
        .bind(&account.mobile_phone)
        .bind(account.mobile_phone_verified)
        .bind(login_phone(account))
        .bind(&profile)
        .bind(&account.brand)
        .bind(account.locale.tag())
        .bind(account.status.as_str())
        .bind(&account.terms_version)
        .bind(&new.password_hash)
        .bind(account.created_at.0)
        .bind(&new.registration_id)
        .bind(account.created_at.0)
        .bind(account.updated_at.0)
        .bind(account.version)
        .execute(&mut **db)
        .await?
        .rows_affected());
    Ok(inserted > 0)
}

/// Returns `EmailTaken` for an account that was not inserted, after checking that the
/// address is the reason.
async fn email_taken(transaction: &mut Transaction, account: &Account) -> Result<Created, Fault> {
    match who_has(transaction, BY_EMAIL_KEY, &email_key(account)).await? {
        Some(_) => Ok(Created::EmailTaken),
        None => Err(Fault::because(
            "the new account's id or login number is another account's",
        )),
    }
}

async fn who_has(
    transaction: &mut Transaction,
    sql: &'static str,
    name: &str,
) -> Result<Option<String>, Fault> {
    on!(transaction, db => sqlx::query(sql).bind(name).fetch_optional(&mut **db).await?
        .map(|row| row.text("id"))
        .transpose())
}
