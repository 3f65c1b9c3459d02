//! Bringing in the accounts of another system, again and again: an account is
//! known by its `external_id`, and what an import says of it replaces what the
//! last one said, but never what the person has done here since.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use super::{Accounts, account, account_columns, email_key, login_phone};
use crate::accounts::account::Account;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::store::Transaction;
use crate::store::columns::Columns;

/// How many accounts share a transaction, and a statement: PostgreSQL takes
/// 65,535 parameters, SQLite half as many.
const AT_ONCE: usize = 500;

/// An account of another system.
#[derive(Clone, PartialEq)]
pub struct ImportedAccount {
    /// The name the other system gives it, for ever.
    pub external_id: String,
    /// The account. Its `id`, `created_at`, `status` and `version` count only when it is new.
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

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOutcome {
    /// How many accounts are new.
    pub inserted: u64,
    /// How many changed.
    pub updated: u64,
    /// How many were as they are.
    pub unchanged: u64,
    /// The external ids whose e-mail address or login number is another account's.
    pub conflicts: Vec<String>,
}

/// An account that the import meets.
struct Known {
    account: Account,
    external_id: Option<String>,
    password_hash: Option<String>,
    password_changed_at: Option<Timestamp>,
}

/// What is to be done.
#[derive(Default)]
struct Plan<'a> {
    inserts: Vec<(&'a ImportedAccount, String)>,
    updates: Vec<Update<'a>>,
    unchanged: u64,
    conflicts: Vec<String>,
}

/// One account to change.
struct Update<'a> {
    external_id: &'a str,
    /// As it will be, at the version it has now.
    account: Account,
    password_hash: Option<&'a str>,
}

impl Accounts<'_> {
    /// Imports accounts. Of several with the same `external_id`, the last counts. A
    /// part that fails leaves the parts before it in force: run it again.
    ///
    /// # Errors
    /// If the database fails.
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
        let (raced, planned) = (&mut plan.conflicts, &plan.inserts);
        raced.extend(
            planned
                .iter()
                .map(|(imported, _)| &imported.external_id)
                .filter(|id| !inserted.contains(*id))
                .cloned(),
        );
        let mut updated = 0;
        for update in &plan.updates {
            if change(&mut transaction, update).await? {
                updated += 1;
            } else {
                plan.conflicts.push(update.external_id.to_owned());
            }
        }
        transaction.commit().await?;
        outcome.inserted += inserted.len() as u64;
        outcome.updated += updated;
        outcome.unchanged += plan.unchanged;
        outcome.conflicts.append(&mut plan.conflicts);
        Ok(())
    }
}

/// The accounts that have an external id, an address or a number of the batch.
async fn met(transaction: &mut Transaction, part: &[ImportedAccount]) -> Result<Vec<Known>, Fault> {
    on!(transaction, db => {
        let mut query = sqlx::QueryBuilder::new(concat!(
            "SELECT ",
            account_columns!(),
            ", a.external_id, a.password_hash, a.password_changed_at FROM accounts a WHERE a.external_id IN ("
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
        external_id: row.maybe_text("external_id")?,
        password_hash: row.maybe_text("password_hash")?,
        password_changed_at: row.maybe_time("password_changed_at")?,
    })
}

/// Who has which address and number, by account id.
#[derive(Default)]
struct Owners {
    emails: HashMap<String, String>,
    phones: HashMap<String, String>,
}

impl Owners {
    /// Notes what an account has.
    fn note(&mut self, account: &Account) {
        self.emails.insert(email_key(account), account.id.clone());
        if let Some(phone) = login_phone(account) {
            self.phones.insert(phone.to_owned(), account.id.clone());
        }
    }

    /// Whether the account may have its address and number.
    fn allow(&self, account: &Account) -> bool {
        let free = |owner: Option<&String>| owner.is_none_or(|owner| *owner == account.id);
        free(self.emails.get(&email_key(account)))
            && free(login_phone(account).and_then(|phone| self.phones.get(phone)))
    }
}

fn plan(part: &[ImportedAccount], known: Vec<Known>) -> Result<Plan<'_>, Fault> {
    let mut owners = Owners::default();
    for known in &known {
        owners.note(&known.account);
    }
    let by_external_id: HashMap<String, Known> = known
        .into_iter()
        .filter_map(|known| Some((known.external_id.clone()?, known)))
        .collect();
    let last: BTreeMap<&str, &ImportedAccount> = part
        .iter()
        .map(|imported| (imported.external_id.as_str(), imported))
        .collect();
    let mut plan = Plan::default();
    for (external_id, imported) in last {
        let known = by_external_id.get(external_id);
        let account = known.map_or_else(
            || imported.account.clone(),
            |known| merge(&known.account, &imported.account),
        );
        if !owners.allow(&account) {
            plan.conflicts.push(external_id.to_owned());
            continue;
        }
        owners.note(&account);
        let Some(known) = known else {
            let profile = serde_json::to_string(&account.profile)?;
            plan.inserts.push((imported, profile));
            continue;
        };
        let password_hash = new_password(known, imported);
        if account == known.account && password_hash.is_none() {
            plan.unchanged += 1;
        } else {
            plan.updates.push(Update {
                external_id,
                account: Account {
                    updated_at: imported.account.updated_at,
                    ..account
                },
                password_hash,
            });
        }
    }
    Ok(plan)
}

/// The account as the import would have it, except for what is only ours to say,
/// and what was proven or agreed to here.
fn merge(ours: &Account, theirs: &Account) -> Account {
    let same_email = email_key(ours) == email_key(theirs);
    let same_phone = ours.mobile_phone == theirs.mobile_phone;
    Account {
        id: ours.id.clone(),
        email: theirs.email.clone(),
        email_verified: theirs.email_verified || (same_email && ours.email_verified),
        mobile_phone: theirs.mobile_phone.clone(),
        mobile_phone_verified: theirs.mobile_phone_verified
            || (same_phone && ours.mobile_phone_verified),
        phone_login: if same_phone {
            ours.phone_login || theirs.phone_login
        } else {
            theirs.phone_login
        },
        profile: theirs.profile.clone(),
        brand: theirs.brand.clone(),
        locale: theirs.locale,
        status: ours.status,
        terms_version: ours
            .terms_version
            .clone()
            .or_else(|| theirs.terms_version.clone()),
        created_at: ours.created_at,
        updated_at: ours.updated_at,
        version: ours.version,
    }
}

/// The imported password, if it is news and the person has set none here.
fn new_password<'a>(known: &Known, imported: &'a ImportedAccount) -> Option<&'a str> {
    imported
        .password_hash
        .as_deref()
        .filter(|_| known.password_changed_at.is_none())
        .filter(|hash| known.password_hash.as_deref() != Some(*hash))
}

const INSERT: &str = "INSERT INTO accounts
    (id, email, email_key, email_verified, mobile_phone, mobile_phone_verified, login_phone, profile, brand, locale,
     status, terms_version, password_hash, external_id, created_at, updated_at, version) ";

/// Inserts new accounts and says, by external id, which. The others met a
/// registration that was quicker.
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

// The version guards what was read; the password is guarded here, since setting
// it moves no version.
const CHANGE: &str = "UPDATE accounts SET email = $3, email_key = $4, email_verified = $5, mobile_phone = $6,
        mobile_phone_verified = $7, login_phone = $8, profile = $9, brand = $10, locale = $11, terms_version = $12,
        password_hash = CASE WHEN password_changed_at IS NULL THEN COALESCE($13, password_hash) ELSE password_hash END,
        updated_at = $14, version = version + 1
    WHERE id = $1 AND version = $2";

/// Changes an account, unless somebody just did.
async fn change(transaction: &mut Transaction, update: &Update<'_>) -> Result<bool, Fault> {
    let account = &update.account;
    let profile = serde_json::to_string(&account.profile)?;
    let changed = on!(transaction, db => sqlx::query(CHANGE)
        .bind(&account.id)
        .bind(account.version)
        .bind(&account.email)
        .bind(email_key(account))
        .bind(account.email_verified)
        .bind(&account.mobile_phone)
        .bind(account.mobile_phone_verified)
        .bind(login_phone(account))
        .bind(&profile)
        .bind(&account.brand)
        .bind(account.locale.tag())
        .bind(&account.terms_version)
        .bind(update.password_hash)
        .bind(account.updated_at.0)
        .execute(&mut **db)
        .await?
        .rows_affected());
    Ok(changed > 0)
}
