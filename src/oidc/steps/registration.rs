//! Decides which step of a registration, ④ to ⑨, comes next, if the user wants a new
//! account or the client requested one (`prompt=create`). A registration happens once per
//! interaction.

use super::{Facts, SessionFacts, Step};

/// Returns the next step of the registration, if one is wanted and not yet completed.
pub(super) fn owed(facts: &Facts<'_>) -> Option<Step> {
    if !facts.progress.wants_registration(facts.request) {
        return None;
    }
    let so_far = &facts.progress.registration;
    // The steps are checked in this order every time. If the terms change meanwhile, they
    // are shown again; if an address is withdrawn, its verification no longer counts.
    Some(
        if so_far.terms_agreed.as_deref() != Some(facts.terms_version) {
            Step::Terms
        } else if !so_far.code_sent {
            Step::RegistrationEmail
        } else if !so_far.email_proven {
            Step::RegistrationCode
        } else if so_far.already_registered {
            Step::AlreadyRegistered
        } else if !so_far.details_given {
            Step::RegistrationDetails
        } else {
            Step::RegistrationConfirmation
        },
    )
}

/// Requires ⑨ for a new account until the user leaves it by its button.
pub(super) fn completion(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let owed = facts.progress.has_registered(&session.account_id)
        && !facts.progress.registration_acknowledged;
    owed.then_some(Step::RegistrationComplete)
}
