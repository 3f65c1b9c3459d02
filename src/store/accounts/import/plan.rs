//! Decides what an import changes, from the imported accounts and the stored ones. Does not
//! access the database.

use std::collections::{BTreeMap, HashMap};

use super::ImportedAccount;
use crate::accounts::account::{Account, AccountStatus};
use crate::clock::Timestamp;
use crate::documents;
use crate::fault::Fault;
use crate::store::accounts::{email_key, login_phone};

/// A stored account that shares an external id, address or number with an imported one.
pub(super) struct Known {
    pub(super) account: Account,
    /// The profile as stored: it may have members that this version does not know.
    pub(super) profile: String,
    pub(super) external_id: Option<String>,
    pub(super) password_hash: Option<String>,
    pub(super) password_changed_at: Option<Timestamp>,
    pub(super) email_changed_at: Option<Timestamp>,
    pub(super) profile_changed_at: Option<Timestamp>,
    pub(super) has_passkeys: bool,
}

impl Known {
    /// Whether its user proved or set anything here. From then on, another system no longer
    /// decides who may log in: whoever names an address or a number names whoever can
    /// recover the account.
    fn is_in_use(&self) -> bool {
        self.password_changed_at.is_some()
            || self.email_changed_at.is_some()
            || self.has_passkeys
            || self.account.terms_version.is_some()
    }

    /// Whether the import would give the account, which is in use, another login ID or
    /// another number that counts as proven.
    fn contradicts(&self, merged: &Account) -> bool {
        let ours = &self.account;
        let other_email = email_key(ours) != email_key(merged);
        let other_phone = ours.mobile_phone != merged.mobile_phone;
        let adds_proof = merged.mobile_phone_verified && !ours.mobile_phone_verified;
        let takes_proof = other_phone && ours.mobile_phone_verified;
        self.is_in_use() && (other_email || takes_proof || adds_proof)
    }
}

/// The changes that an import makes.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub(super) inserts: Vec<(&'a ImportedAccount, String)>,
    pub(super) updates: Vec<Update<'a>>,
    pub(super) unchanged: u64,
    pub(super) conflicts: Vec<String>,
    /// Lines that contradict what was proven here.
    pub(super) proven: Vec<String>,
}

/// One account to change.
pub(super) struct Update<'a> {
    pub(super) external_id: &'a str,
    /// The account as it will be, with its present version.
    pub(super) account: Account,
    /// Its profile as it will be stored.
    pub(super) profile: String,
    pub(super) password_hash: Option<&'a str>,
    /// When the password was set here, as it was read.
    pub(super) password_changed_at: Option<Timestamp>,
}

/// The owners (account ids) of addresses and numbers.
#[derive(Default)]
struct Owners {
    emails: HashMap<String, String>,
    phones: HashMap<String, String>,
}

impl Owners {
    /// Notes the address and number of an account.
    fn note(&mut self, account: &Account) {
        self.emails.insert(email_key(account), account.id.clone());
        if let Some(phone) = login_phone(account) {
            self.phones.insert(phone.to_owned(), account.id.clone());
        }
    }

    /// Returns whether no other account has the account's address or number.
    fn allow(&self, account: &Account) -> bool {
        let free = |owner: Option<&String>| owner.is_none_or(|owner| *owner == account.id);
        free(self.emails.get(&email_key(account)))
            && free(login_phone(account).and_then(|phone| self.phones.get(phone)))
    }
}

/// Decides the changes for a part of the import, given the stored accounts that it
/// concerns.
pub(super) fn plan(part: &[ImportedAccount], known: Vec<Known>) -> Result<Plan<'_>, Fault> {
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
        // A user who closed the account asked to be forgotten; the other system may not
        // know yet.
        if known.is_some_and(|known| known.account.status == AccountStatus::Closed) {
            plan.unchanged += 1;
            continue;
        }
        let account = known.map_or_else(
            || imported.account.clone(),
            |known| merged(known, &imported.account),
        );
        if known.is_some_and(|known| known.contradicts(&account)) {
            plan.proven.push(external_id.to_owned());
            continue;
        }
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
                profile: documents::rewritten(known.profile.as_bytes(), &account.profile)?,
                account: Account {
                    updated_at: imported.account.updated_at,
                    ..account
                },
                password_hash,
                password_changed_at: known.password_changed_at,
            });
        }
    }
    Ok(plan)
}

/// Returns the account as imported, except for the login IDs and the profile that its user
/// changed here: what another system still has is older.
fn merged(known: &Known, theirs: &Account) -> Account {
    let ours = &known.account;
    let mut theirs = theirs.clone();
    // What is said of their address or number is not said of ours.
    if known.email_changed_at.is_some() && email_key(&theirs) != email_key(ours) {
        theirs.email.clone_from(&ours.email);
        theirs.email_verified = false;
    }
    let profile_is_ours = known.profile_changed_at.is_some();
    if (ours.phone_login || profile_is_ours) && theirs.mobile_phone != ours.mobile_phone {
        theirs.mobile_phone.clone_from(&ours.mobile_phone);
        theirs.mobile_phone_verified = false;
        theirs.phone_login = false;
    }
    if profile_is_ours {
        theirs.profile.clone_from(&ours.profile);
        theirs.locale = ours.locale;
    }
    // Its user may have switched phone login off.
    theirs.phone_login &= !known.is_in_use();
    merge(ours, &theirs)
}

/// Returns the account as imported, except for what only this system decides and what was
/// verified or agreed to here.
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
        recovered: ours.recovered,
        password_set_at: ours.password_set_at,
        enrolled: ours.enrolled,
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

/// Returns the imported password hash if it is new and the user has not set a password
/// here.
fn new_password<'a>(known: &Known, imported: &'a ImportedAccount) -> Option<&'a str> {
    imported
        .password_hash
        .as_deref()
        .filter(|_| known.password_changed_at.is_none())
        .filter(|hash| known.password_hash.as_deref() != Some(*hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::profile::Profile;
    use crate::accounts::second_factor::Enrolled;
    use crate::locale::Locale;

    fn account() -> Account {
        Account {
            id: "ours".into(),
            email: "hanako@example.jp".into(),
            email_verified: false,
            mobile_phone: Some("+819012345678".into()),
            mobile_phone_verified: false,
            phone_login: false,
            recovered: crate::accounts::recovered::Recovered::default(),
            password_set_at: None,
            enrolled: Enrolled::default(),
            profile: Profile::default(),
            brand: "toyota".into(),
            locale: Locale::Ja,
            status: AccountStatus::Active,
            terms_version: None,
            created_at: Timestamp(1),
            updated_at: Timestamp(1),
            version: 1,
        }
    }

    #[test]
    fn what_was_proven_here_stays_proven_while_it_is_the_same() {
        let ours = Account {
            email_verified: true,
            mobile_phone_verified: true,
            phone_login: true,
            ..account()
        };
        let same = Account {
            email: "Hanako@example.jp".into(),
            ..account()
        };
        let merged = merge(&ours, &same);
        assert_eq!(merged.email, "Hanako@example.jp");
        assert!(merged.email_verified && merged.mobile_phone_verified && merged.phone_login);
    }

    #[test]
    fn nothing_is_taken_for_proven_once_it_changed() {
        let ours = Account {
            email_verified: true,
            mobile_phone_verified: true,
            phone_login: true,
            ..account()
        };
        let changed = Account {
            email: "new@example.jp".into(),
            mobile_phone: Some("+818012345678".into()),
            ..account()
        };
        let merged = merge(&ours, &changed);
        assert!(!merged.email_verified && !merged.mobile_phone_verified && !merged.phone_login);
    }

    #[test]
    fn what_is_ours_to_say_stays_ours() {
        let ours = Account {
            status: AccountStatus::Closed,
            terms_version: Some("2020".into()),
            ..account()
        };
        let theirs = Account {
            id: "theirs".into(),
            terms_version: Some("2019".into()),
            created_at: Timestamp(9),
            updated_at: Timestamp(9),
            version: 9,
            ..account()
        };
        assert_eq!(merge(&ours, &theirs), ours);
    }
}
