//! ⑫⑬⑭: the personal data that a client requires before it can serve the user. It is asked
//! for here, saved with the account, and not asked for again. Which data is missing is
//! decided in `oidc::steps`.

pub mod complete;
pub mod confirmation;
pub mod edit;

use serde::Serialize;

use crate::accounts::account::Account;
use crate::accounts::profile_form::{self, Fields};
use crate::accounts::registration::{RawDetails, RegistrationDraft};
use crate::interaction::visit::Visit;
use crate::oidc::steps::{ProfileRound, Step};

/// What one user is asked for, computed once per request.
#[derive(Debug)]
struct Asked {
    /// Which of ⑫, ⑬ and ⑭ is the current step.
    step: Step,
    account: Account,
    round: ProfileRound,
    /// The fields that must be filled in.
    required: Fields,
    /// The fields that ⑫ shows and accepts: the required ones and those that belong with
    /// them, without those that cannot be changed here.
    open: Fields,
}

impl Asked {
    /// Returns what is asked for, if the current step is ⑫, ⑬ or ⑭.
    fn of(visit: &Visit) -> Option<Self> {
        let (step, round) = visit.step_with_round();
        let account = visit.session.as_ref()?.account.clone();
        let round = round?;
        let required: Fields = round
            .claims
            .iter()
            .flat_map(|claim| claim.fields().iter().copied())
            .collect();
        Some(Self {
            step,
            open: open_fields(&required, &account),
            account,
            round,
            required,
        })
    }

    /// Returns what is asked for, if ⑫ may be shown: it is the current step, or was filled
    /// in and not yet saved.
    fn to_fill_in(visit: &Visit) -> Option<Self> {
        Self::of(visit).filter(|asked| asked.step != Step::ProfileComplete)
    }
}

fn open_fields(required: &Fields, account: &Account) -> Fields {
    let mut fields = required.clone();
    if fields.contains("city") {
        fields.extend(profile_form::ADDRESS);
    }
    if fields.contains("birthdate_year") {
        fields.extend(profile_form::BIRTHDATE);
    }
    // A birthdate is entered once; a verified number is changed on the page that verifies
    // it.
    if account.profile.birthdate.is_some() {
        fields.retain(|field| !profile_form::BIRTHDATE.contains(field));
    }
    if account.mobile_phone_verified {
        fields.remove("mobile_phone");
    }
    fields
}

/// The progress, if the required data takes several pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The number of the page, or of the pages that are done.
    pub number: usize,
    /// How many pages there are.
    pub of: usize,
}

impl ProfileRound {
    /// Returns the page that is to be filled in now.
    fn now(&self) -> Part {
        Part {
            number: self.done + 1,
            of: self.done + self.left,
        }
    }

    /// Returns the page that was saved last.
    fn saved(&self) -> Part {
        Part {
            number: self.done,
            of: self.done + self.left,
        }
    }
}

/// Returns the account's data, with empty fields filled with what the client pushed.
fn suggested(visit: &Visit, account: &Account) -> RawDetails {
    profile_form::merged(&profile_form::of(account), &suggestions(visit))
}

/// Returns what the client pushed about this person, as form fields.
fn suggestions(visit: &Visit) -> RawDetails {
    let pushed = RegistrationDraft::prefilled(&visit.interaction.request.prefill);
    let mut fields = pushed.details;
    // ⑦ does not ask for a birthdate, so the draft holds it outside its fields.
    if let Some(born) = pushed.suggested_birthdate {
        fields.birthdate_year = born.year().to_string();
        fields.birthdate_month = born.month().to_string();
        fields.birthdate_day = born.day().to_string();
    }
    fields
}
