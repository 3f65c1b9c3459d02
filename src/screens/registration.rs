//! Getting a common ID: ④–⑨. Which step a person is at follows from what they
//! did; pages before it can be gone back to, pages after it cannot be skipped to.

pub mod already_registered;
pub mod code;
pub mod complete;
pub mod confirmation;
pub mod details;
pub mod email;
pub mod terms;

mod sending;

use crate::accounts::email_address::EmailAddress;
use crate::accounts::verification_code::CodeRule;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;

/// Whether the person is registering, at whichever step.
fn is_under_way(visit: &Visit) -> bool {
    let interaction = &visit.interaction;
    interaction
        .progress
        .wants_registration(&interaction.request)
}

/// Whether a registration came as far as ⑤, or farther: the terms are agreed to.
fn may_name_an_address(step: &Step) -> bool {
    matches!(
        step,
        Step::RegistrationEmail | Step::RegistrationCode | Step::AlreadyRegistered
    ) || may_give_details(step)
}

/// Whether a registration came as far as ⑦, or farther: the address is proven.
fn may_give_details(step: &Step) -> bool {
    matches!(
        step,
        Step::RegistrationDetails | Step::RegistrationConfirmation
    )
}

/// The address named on ⑤, as it was typed.
fn address(visit: &Visit) -> String {
    let named = visit.interaction.draft.email.as_ref();
    named.map_or("", EmailAddress::typed).to_owned()
}

fn code_rule(visit: &Visit) -> CodeRule {
    let settings = &visit.app.config.registration;
    CodeRule {
        lifetime: settings.code_lifetime,
        resend_wait: settings.resend_wait,
        wrong_per_code: settings.wrong_per_code,
    }
}
