//! Registration: ④–⑨. The current step follows from what the person has done: earlier pages
//! can be opened again, later ones cannot be skipped to. The rules are in
//! `accounts::registration` and `oidc::steps`.

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

/// Whether the person is registering, at any step.
fn is_under_way(visit: &Visit) -> bool {
    let interaction = &visit.interaction;
    interaction
        .progress
        .wants_registration(&interaction.request)
}

/// Whether ⑤ may be shown: the terms were agreed to.
fn may_name_an_address(step: &Step) -> bool {
    matches!(
        step,
        Step::RegistrationEmail | Step::RegistrationCode | Step::AlreadyRegistered
    ) || may_give_details(step)
}

/// Whether ⑦ may be shown: the e-mail address was verified.
fn may_give_details(step: &Step) -> bool {
    matches!(
        step,
        Step::RegistrationDetails | Step::RegistrationConfirmation
    )
}

/// Returns the address entered on ⑤, as it was typed.
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
