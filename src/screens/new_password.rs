//! A new password: the rules that a page shows, the check of the typed password, and
//! storing it for an existing account. Whether the person may set one is decided by the
//! page.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::account_changes::Changing;
use crate::account_changes::password::{self, Hashes};
use crate::accounts::field_errors::{FieldError, FieldErrors};
use crate::accounts::password::{Owner, PasswordPolicy};
use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::pages::Shell;
use crate::passwords::Verdict;
use crate::secret::Secret;
use crate::sessions::browser::NewSession;
use crate::store::accounts::AccountCredentials;
use crate::store::accounts::password::SetBy;

/// The rules for a password, as a page shows them.
#[derive(Clone, Debug, Serialize)]
pub struct PasswordRules {
    /// The catalogue keys of the rules, in order.
    pub advice: &'static [&'static str],
    /// The catalogue key of the note below the rules.
    pub advice_note: Option<&'static str>,
    /// The arguments of these texts.
    pub password: BTreeMap<&'static str, String>,
}

impl PasswordRules {
    /// Returns the rules of a policy.
    #[must_use]
    pub fn of(policy: PasswordPolicy) -> Self {
        Self {
            advice: policy.advice(),
            advice_note: policy.note(),
            password: policy.advice_arguments().into_iter().collect(),
        }
    }

    /// Adds the arguments to the shell, because error messages name them too.
    pub(super) fn named_in(&self, shell: Shell) -> Shell {
        self.password
            .iter()
            .fold(shell, |shell, (name, value)| shell.error_value(name, value))
    }
}

/// Checks a new password of `owner` and returns the errors for its field.
pub(super) fn errors(policy: PasswordPolicy, typed: &Secret, owner: &Owner) -> FieldErrors {
    let wrong = policy.check(typed.expose(), owner).err();
    let error = |code| FieldError {
        field: "new_password",
        code,
    };
    FieldErrors(wrong.into_iter().flatten().map(error).collect())
}

/// Checks the new password of an existing account, which must differ from the old one.
pub(super) async fn errors_beside_old(
    app: &App,
    found: &AccountCredentials,
    typed: &Secret,
) -> Result<FieldErrors, Fault> {
    let policy = app.config.registration.password_policy;
    let errors = errors(policy, typed, &Owner::of(&found.account));
    if !errors.is_empty() || found.password_hash.is_none() {
        return Ok(errors);
    }
    let hash = found.password_hash.clone();
    Ok(match app.passwords.verify(typed.clone(), hash).await? {
        Verdict::Wrong => errors,
        Verdict::Right | Verdict::RightButRenew => {
            FieldErrors::one("new_password", "password-same")
        }
    })
}

/// Sets the new password if the old one is unchanged; returns whether it was set. All
/// sessions and grants made with the old password end, except the session that continues, if
/// one does; after a recovery, so do the factors that its channel did not prove. The user is notified.
pub(super) async fn set(
    app: &App,
    brand: &Brand,
    found: &AccountCredentials,
    typed: Secret,
    (goes_on, by): (Option<&NewSession>, SetBy),
) -> Result<bool, Fault> {
    let hash = app.passwords.hash(typed).await?;
    let changing = Changing {
        app,
        brand,
        account: &found.account,
        waited: None,
    };
    let hashes = Hashes {
        old: found.password_hash.as_deref(),
        new: &hash,
    };
    password::set(&changing, hashes, (goes_on, by)).await
}
