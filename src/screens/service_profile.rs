//! ⑫⑬⑭: what a service needs of a person before it can serve them. It is asked
//! for here, saved with the account, and not asked for again.

pub mod complete;
pub mod confirmation;
pub mod edit;

use serde::Serialize;

use crate::accounts::account::Account;
use crate::accounts::profile_form::{self, Fields};
use crate::accounts::registration::{RawDetails, RegistrationDraft};
use crate::interaction::visit::Visit;
use crate::oidc::steps::{ProfileRound, Step};

/// What is asked of one person, computed once for a request.
#[derive(Debug)]
struct Asked {
    /// Which of ⑫, ⑬ and ⑭ it is the turn of.
    step: Step,
    account: Account,
    round: ProfileRound,
    /// The fields that must be filled in.
    required: Fields,
    /// The fields that ⑫ shows and takes: those required, what belongs with them,
    /// and nothing that is settled already.
    open: Fields,
}

impl Asked {
    /// What is owed, if it is anything of ⑫, ⑬ or ⑭.
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

    /// The same, if ⑫ may be looked at: it is owed, or filled in and not saved yet.
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
    // A birthdate is told once; a number that is proven is changed where it is proven anew.
    if account.profile.birthdate.is_some() {
        fields.retain(|field| !profile_form::BIRTHDATE.contains(field));
    }
    if account.mobile_phone_verified {
        fields.remove("mobile_phone");
    }
    fields
}

/// How far a person came, where the service needs so much that it takes pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The page's number, or how many are done.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

impl ProfileRound {
    /// The page that is to be filled in now.
    fn now(&self) -> Part {
        Part {
            number: self.done + 1,
            of: self.done + self.left,
        }
    }

    /// The page that was saved last.
    fn saved(&self) -> Part {
        Part {
            number: self.done,
            of: self.done + self.left,
        }
    }
}

/// The account's own fields, with what the service pushed in those that are empty.
fn suggested(visit: &Visit, account: &Account) -> RawDetails {
    profile_form::merged(&profile_form::of(account), &suggestions(visit))
}

/// What the service pushed of this person, as fields.
fn suggestions(visit: &Visit) -> RawDetails {
    let pushed = RegistrationDraft::prefilled(&visit.interaction.request.prefill);
    let mut fields = pushed.details;
    // A registration does not ask for it: it stands in no field there.
    if let Some(born) = pushed.suggested_birthdate {
        fields.birthdate_year = born.year().to_string();
        fields.birthdate_month = born.month().to_string();
        fields.birthdate_day = born.day().to_string();
    }
    fields
}
