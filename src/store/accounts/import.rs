//! Imports the accounts of another system, repeatedly: an account is identified by its
//! `external_id`. Imported data replaces that of the last import, but never what the user
//! has changed here since. Once its user proved or set anything here, an account has no
//! login ID that an import brings in (`plan`).

mod plan;

use std::collections::BTreeSet;
use std::fmt;

use plan::{Known, Update, plan};

use super::{Accounts, account, account_columns, email_key, login_phone};
use crate::accounts::account::Account;
use crate::fault::Fault;
use crate::security_events::{Event, EventKind};
use crate::store::Transaction;
use crate::store::columns::Columns;
use crate::store::security_events::record_all;

/// Number of accounts per transaction and per statement: PostgreSQL takes 65,535
/// parameters, SQLite half as many.
const AT_ONCE: usize = 500;

/// An account of another system.
#[derive(Clone, PartialEq)]
pub struct ImportedAccount {
    /// The other system's permanent identifier for it.
    pub external_id: String,
    /// The account. Its `id`, `created_at`, `status` and `version` are used only if it is
    /// new.
    pub account: Account,
    /// The hash of its password.
    pub password_hash: Option<String>,
}

impl fmt::Debug for ImportedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportedAccount")
            .field("external_id", &self.external_id)
            .finish_non_exhaustive()
    }
}

/// Result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOutcome {
    /// Number of new accounts.
    pub inserted: u64,
    /// Number of changed accounts.
    pub updated: u64,
    /// Number of accounts that the import did not change.
    pub unchanged: u64,
    /// The external ids whose e-mail address or login number belongs to another account.
    pub conflicts: Vec<String>,
    /// The external ids whose login IDs differ from what their user proved here.
    pub proven: Vec<String>,
}

impl Accounts<'_> {
    /// Imports accounts. Of several with the same `external_id`, the last one counts. If a
    /// part fails, the parts before it stay imported; the import can be repeated.
    ///
    /// # Errors
    /// `Fault` if the database fails.
    pub async fn import(&self, batch: &[ImportedAccount]) -> Result<ImportOutcome, Fault> {
        let mut outcome = ImportOutcome::default();
        for part in batch.chunks(AT_ONCE) {
            self.import_part(part, &mut outcome).await?;
        }
        Ok(outcome)
    }

    async fn import_part(
        &self,
        part: &[ImportedAccount],
        outcome: &mut ImportOutcome,
    ) -> Result<(), Fault> {
        let mut transaction = self.0.begin().await?;
        let known = met(&mut transaction, part).await?;
        let mut plan = plan(part, known)?;
        let inserted = insert(&mut transaction, &plan.inserts).await?;
        let planned = plan
            .inserts
            .iter()
            .map(|(imported, _)| &imported.external_id);
        let raced = planned.filter(|id| !inserted.contains(*id)).cloned();
        plan.conflicts.extend(raced);
        let mut events: Vec<Event> = plan
            .inserts
            .iter()
            .filter(|(imported, _)| inserted.contains(&imported.external_id))
            .map(|(imported, _)| Event::new(EventKind::AccountImported).of(&imported.account.id))
            .collect();
        let mut updated = 0;
        for update in &plan.updates {
            if change(&mut transaction, update).await? {
                updated += 1;
                let changed = Event::new(EventKind::AccountImportChanged);
                events.push(changed.of(&update.account.id));
            } else {
                // Its user did something here at this moment.
                plan.proven.push(update.external_id.to_owned());
            }
        }
        record_all(&mut transaction, events).await?;
        transaction.commit().await?;
        outcome.inserted += inserted.len() as u64;
        outcome.updated += updated;
        outcome.unchanged += plan.unchanged;
        outcome.conflicts.append(&mut plan.conflicts);
        outcome.proven.append(&mut plan.proven);
        Ok(())
    }
}

/// Returns the accounts that have an external id, address or number of the batch.
async fn met(transaction: &mut Transaction, part: &[ImportedAccount]) -> Result<Vec<Known>, Fault> {
    on!(transaction, db => {
        let mut query = sqlx::QueryBuilder::new(concat!(
            "SELECT ",
            account_columns!(),
            ", a.external_id, a.password_hash, a.password_changed_at, a.email_changed_at, a.profile_changed_at,
            (SELECT COUNT(*) FROM passkeys p WHERE p.account_id = a.id) AS passkeys
            FROM accounts a WHERE a.external_id IN ("
        ));
        let mut names = query.separated(", ");
        for imported in part {
            names.push_bind(&imported.external_id);
        }
        names.push_unseparated(") OR a.email_key IN (");
        let mut names = query.separated(", ");
        for imported in part {
            names.push_bind(email_key(&imported.account));
        }
        names.push_unseparated(") OR a.login_phone IN (");
        let mut names = query.separated(", ");
        for imported in part {
            names.push_bind(login_phone(&imported.account));
        }
        names.push_unseparated(")");
        query.build().fetch_all(&mut **db).await?.iter().map(known).collect()
    })
}

fn known(row: &impl Columns) -> Result<Known, Fault> {
    Ok(Known {
        account: account(row)?,
        profile: row.text("profile")?,
        external_id: row.maybe_text("external_id")?,
        password_hash: row.maybe_text("password_hash")?,
        password_changed_at: row.maybe_time("password_changed_at")?,
        email_changed_at: row.maybe_time("email_changed_at")?,
        profile_changed_at: row.maybe_time("profile_changed_at")?,
        has_passkeys: row.number("passkeys")? > 0,
    })
}

const INSERT: &str = "INSERT INTO accounts
    (id, email, email_key, email_verified, mobile_phone, mobile_phone_verified, login_phone, profile, brand, locale,
     status, terms_version, password_hash, external_id, created_at, updated_at, version) ";

/// Inserts new accounts and returns the external ids of those inserted. The others conflict
/// with an account that was registered meanwhile.
async fn insert(
    transaction: &mut Transaction,
    inserts: &[(&ImportedAccount, String)],
) -> Result<BTreeSet<String>, Fault> {
    if inserts.is_empty() {
        return Ok(BTreeSet::new());
    }
    on!(transaction, db => {
        let mut query = sqlx::QueryBuilder::new(INSERT);
        query.push_values(inserts, |mut row, (imported, profile)| {
            let account = &imported.account;
            row.push_bind(&account.id)
                .push_bind(&account.email)
                .push_bind(email_key(account))
                .push_bind(account.email_verified)
                .push_bind(&account.mobile_phone)
                .push_bind(account.mobile_phone_verified)
                .push_bind(login_phone(account))
                .push_bind(profile)
                .push_bind(&account.brand)
                .push_bind(account.locale.tag())
                .push_bind(account.status.as_str())
                .push_bind(&account.terms_version)
                .push_bind(&imported.password_hash)
                .push_bind(&imported.external_id)
                .push_bind(account.created_at.0)
                .push_bind(account.updated_at.0)
                .push_bind(account.version);
        });
        query.push(" ON CONFLICT DO NOTHING RETURNING external_id");
        query.build().fetch_all(&mut **db).await?.iter().map(|row| row.text("external_id")).collect()
    })
}

// The version and the time of the password protect what was read: setting a password does
// not change the version.
const CHANGE: &str = "UPDATE accounts SET email = $3, email_key = $4, email_verified = $5, mobile_phone = $6,
        mobile_phone_verified = $7, login_phone = $8, profile = $9, brand = $10, locale = $11, terms_version = $12,
        password_hash = COALESCE($13, password_hash),
        password_set_at = CASE WHEN $13 IS NULL THEN password_set_at ELSE $14 END, updated_at = $14, version = version + 1
    WHERE id = $1 AND version = $2 AND COALESCE(password_changed_at, 0) = $15";

/// Changes an account, unless it was changed meanwhile; returns whether it did.
async fn change(transaction: &mut Transaction, update: &Update<'_>) -> Result<bool, Fault> {
    let account = &update.account;
    let changed = on!(transaction, db => sqlx::query(CHANGE)
        .bind(&account.id)
        .bind(account.version)
        .bind(&account.email)
        .bind(email_key(account))
        .bind(account.email_verified)
        .bind(&account.mobile_phone)
        .bind(account.mobile_phone_verified)
        .bind(login_phone(account))
        .bind(&update.profile)
        .bind(&account.brand)
        .bind(account.locale.tag())
        .bind(&account.terms_version)
        .bind(update.password_hash)
        .bind(account.updated_at.0)
        .bind(update.password_changed_at.map_or(0, |at| at.0))
        .execute(&mut **db)
        .await?
        .rows_affected());
    Ok(changed > 0)
}
