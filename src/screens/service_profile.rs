//! ⑫⑬⑭: what a service needs of a person before it can serve them. It is asked
//! for here, saved with the account, and not asked for again.

pub mod complete;
pub mod confirmation;
pub mod edit;

use crate::accounts::account::Account;
use crate::accounts::profile_form::{self, Fields};
use crate::accounts::registration::RawDetails;
use crate::http::visit::Visit;
use crate::oidc::interaction::Step;

/// Whether ⑫ may be looked at: it is owed, or filled in and not saved yet.
fn may_be_filled_in(step: &Step) -> bool {
    matches!(step, Step::CompleteProfile | Step::ProfileConfirmation)
}

/// The fields that must be filled in for this service.
fn required_fields(visit: &Visit) -> Fields {
    let required = visit.required_claims();
    required
        .into_iter()
        .flat_map(|claim| claim.fields().iter().copied())
        .collect()
}

/// The fields that ⑫ shows and takes: those required, what belongs with them, and
/// nothing that is settled already.
fn open_fields(visit: &Visit, account: &Account) -> Fields {
    let mut fields = required_fields(visit);
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

/// The account's own fields, with what the service pushed in those that are empty.
fn suggested(visit: &Visit, account: &Account) -> RawDetails {
    let stored = profile_form::of(account);
    let suggested = suggestions(visit);
    RawDetails::read(|field| {
        let own = stored.get(field);
        let text = if own.is_empty() {
            suggested.get(field)
        } else {
            own
        };
        Some(text.to_owned())
    })
}

/// What the service pushed of this person, as fields.
fn suggestions(visit: &Visit) -> RawDetails {
    let claims = &visit.interaction.request.prefill;
    crate::accounts::registration::RegistrationDraft::prefilled(claims).details
}
