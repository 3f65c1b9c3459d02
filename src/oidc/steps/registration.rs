//! The steps of a registration, ④ to ⑨, for someone who wants a new account or
//! whose client supposes so (`prompt=create`). It happens once per interaction.

use super::{Facts, SessionFacts, Step};

/// The step a registration is at, if one is wanted and not yet done.
pub(super) fn owed(facts: &Facts<'_>) -> Option<Step> {
    if !facts.progress.wants_registration(facts.request) {
        return None;
    }
    let so_far = &facts.progress.registration;
    // In this order, and each time anew: terms that change on the way are asked
    // again, an address that is withdrawn takes its proof along.
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

/// ⑨ is shown to the new account until it is left by its button.
pub(super) fn completion(facts: &Facts<'_>, session: &SessionFacts) -> Option<Step> {
    let owed = facts.progress.has_registered(&session.account_id)
        && !facts.progress.registration_acknowledged;
    owed.then_some(Step::RegistrationComplete)
}
