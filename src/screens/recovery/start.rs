//! Entry of the login ID, to which a code is sent.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{caller_at, destination, hidden, is_open, proof};
use crate::accounts::email_address::EmailAddress;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::login_id::LoginId;
use crate::accounts::one_time_code::{Destination, SentCodes};
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::state::{Interaction, Recovery};
use crate::interaction::visit::Visit;
use crate::pages::Page;
use crate::screens::code_page::{self, Asked, Reach};
use crate::screens::form::Form;
use crate::screens::login::no_sooner_than;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryStart {
    /// The login ID as typed, or as entered before.
    pub login_id: String,
}

impl Page for RecoveryStart {
    const TEMPLATE: &'static str = "recovery/start.html";
    const SCREEN: &'static str = "recovery";
}

/// `GET …/recovery`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    if !is_open(&visit) {
        return proceed(visit).await;
    }
    let named = visit.interaction.recovery.as_ref();
    let named = named.map(|recovery| recovery.login_id.clone());
    let login_id = named
        .or_else(|| visit.interaction.request.login_hint.clone())
        .or_else(|| already_registered(&visit))
        .unwrap_or_default();
    show(&mut visit, StatusCode::OK, login_id, FieldErrors::none())
}

/// Returns the address that a registration found to have an account already.
fn already_registered(visit: &Visit) -> Option<String> {
    let proven = visit.interaction.progress.registration.already_registered;
    let address = visit.interaction.draft.email.as_ref();
    address
        .filter(|_| proven)
        .map(|address| address.typed().to_owned())
}

/// `POST …/recovery`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if !is_open(&visit) {
        return proceed(visit).await;
    }
    if form.action() == "back" {
        return proceed(visit).await;
    }
    let typed = form.get("login_id").to_owned();
    let id = match LoginId::read(&typed) {
        Ok(id) => id,
        Err(code) => {
            let errors = FieldErrors::one("login_id", code);
            return show(&mut visit, page::FILLED_IN_WRONGLY, typed, errors);
        }
    };
    let asked = send(&mut visit, &typed, &id).await?;
    match asked {
        Asked::TooMany => {
            let errors = FieldErrors::one("login_id", "resend-too-many");
            show(&mut visit, StatusCode::TOO_MANY_REQUESTS, typed, errors)
        }
        // With `Wait`, a code was sent a moment ago and is still on its way.
        Asked::Sent | Asked::Wait(_) => visit.see_other("recovery/code"),
    }
}

/// Sends a code to the mailbox or phone of `id`, if one may be sent now. A mailbox gets a
/// code whether or not it has an account, as on ⑤. A phone gets one only if it is a login
/// ID, because SMS to other numbers would invite SMS pumping. The difference is not
/// visible, in the response time either.
pub(super) async fn send(
    visit: &mut Visit,
    typed: &str,
    id: &LoginId,
) -> Result<Asked, PageRefusal> {
    let floor = no_sooner_than(visit.app.config.login.wrong_answer_after);
    let (place, hidden) = (visit.interaction.id.clone(), hidden(&visit.app, id));
    let owner = visit.owner_or_leaver(id).await?;
    // The address as its owner gave it: to some mail servers, another spelling in capitals
    // is another mailbox.
    let stored = owner.as_ref().map(|owner| owner.account.email.as_str());
    let to = match (destination(id), stored.map(EmailAddress::read)) {
        (Destination::Mailbox(_), Some(Ok(stored))) => Destination::Mailbox(stored),
        (as_typed, _) => as_typed,
    };
    let reach = match &to {
        Destination::Phone(_) if owner.is_none() => Reach::Nobody,
        Destination::Phone(_) | Destination::Mailbox(_) => Reach::Somebody,
    };
    let codes = codes_for(typed, id);
    let proof = proof(&place, &hidden, &to, caller_at(visit, owner.as_ref()));
    let asked = code_page::send(visit, &proof, codes, reach).await?;
    floor.await;
    Ok(asked)
}

/// Selects the codes sent to `id`. A recovery of another login ID ends, with what it
/// proved.
fn codes_for(
    typed: &str,
    id: &LoginId,
) -> impl for<'i> Fn(&'i mut Interaction) -> &'i mut SentCodes {
    move |interaction| {
        let recovery = interaction.recovery.get_or_insert_default();
        if !is_for(recovery, id) {
            *recovery = Recovery::default();
        }
        typed.clone_into(&mut recovery.login_id);
        recovery.proven_at = None;
        &mut recovery.codes
    }
}

/// Whether a recovery is for `id`.
pub(super) fn is_for(recovery: &Recovery, id: &LoginId) -> bool {
    LoginId::read(&recovery.login_id).is_ok_and(|named| named.key() == id.key())
}

fn show(
    visit: &mut Visit,
    status: StatusCode,
    login_id: String,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let shell = page::shell(visit, "recovery")?.errors(errors);
    page::show(visit, status, &shell, &RecoveryStart { login_id })
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let login_id = || stage.of("f.enrirtest2019@gmail.com");
        let start = || RecoveryStart {
            login_id: login_id(),
        };
        stage.show("recovery", stage.shell(), &start());
        let wrong = FieldErrors::one("login_id", "login-id-missing");
        stage.show("recovery-error", stage.shell().errors(wrong), &start());
    }
}
