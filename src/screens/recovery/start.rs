//! Name the login ID; a code goes there.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{destination, hidden, is_open, owner, proof};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::login_id::LoginId;
use crate::accounts::one_time_code::Destination;
use crate::accounts::verification_code::Sending;
use crate::fault::Fault;
use crate::http::interaction::Recovery;
use crate::http::one_time_code;
use crate::http::refusal::PageRefusal;
use crate::http::visit::Visit;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::login::no_sooner_than;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryStart {
    /// The ID as typed, or as it was named before.
    pub login_id: String,
}

impl Page for RecoveryStart {
    const TEMPLATE: &'static str = "recovery/start.html";
    const SCREEN: &'static str = "recovery";
}

/// `GET …/recovery`
///
/// # Errors
/// If a store fails.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    if !is_open(&visit) {
        return visit.proceed().await;
    }
    let named = visit.interaction.recovery.as_ref();
    let named = named.map(|recovery| recovery.login_id.clone());
    let login_id = named
        .or_else(|| visit.interaction.request.login_hint.clone())
        .or_else(|| already_registered(&visit))
        .unwrap_or_default();
    show(&mut visit, StatusCode::OK, login_id, FieldErrors::none())
}

/// The address that turned out to have an account already.
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
/// If the form is not this browser's, or a store fails.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if !is_open(&visit) {
        return visit.proceed().await;
    }
    if form.action() == "back" {
        return visit.proceed().await;
    }
    let typed = form.get("login_id").to_owned();
    let id = match LoginId::read(&typed) {
        Ok(id) => id,
        Err(code) => {
            let errors = FieldErrors::one("login_id", code);
            return show(&mut visit, page::FILLED_IN_WRONGLY, typed, errors);
        }
    };
    // Whether a message had to be written must not show in the time.
    let floor = no_sooner_than(visit.app.config.login.wrong_answer_after);
    let asked = send(&mut visit, &typed, &id).await?;
    floor.await;
    match asked {
        Asked::TooMany => {
            let errors = FieldErrors::one("login_id", "resend-too-many");
            show(&mut visit, StatusCode::TOO_MANY_REQUESTS, typed, errors)
        }
        // One that was sent a moment ago is still on its way.
        Asked::Sent | Asked::Wait(_) => visit.see_other("recovery/code"),
    }
}

/// What came of asking for a code.
pub(super) enum Asked {
    Sent,
    Wait(std::time::Duration),
    TooMany,
}

/// Sends a code to the mailbox or phone that `id` is, if one is due. A mailbox
/// gets one whether it has an account or not, as on ⑤; a phone only if it logs in
/// here: SMS to strangers are what pumpers want.
pub(super) async fn send(visit: &mut Visit, typed: &str, id: &LoginId) -> Result<Asked, Fault> {
    let (app, now) = (visit.app.clone(), visit.app.clock.now());
    let rule = one_time_code::rule(&app.config);
    let (place, hidden, to) = (
        visit.interaction.id.clone(),
        hidden(&app, id),
        destination(id),
    );
    let proof = proof(&place, &hidden, &to);
    let codes = visit
        .interaction
        .recovery
        .clone()
        .filter(|recovery| is_for(recovery, id))
        .unwrap_or_default()
        .codes;
    let is_due = matches!(codes.due(&rule, now), Sending::Send(_));
    if is_due && !proof.may_send(&app, visit.address).await? {
        return Ok(Asked::TooMany);
    }
    let sending = visit
        .save(|interaction| {
            let recovery = interaction.recovery.get_or_insert_default();
            if !is_for(recovery, id) {
                *recovery = Recovery::default();
            }
            typed.clone_into(&mut recovery.login_id);
            recovery.proven_at = None;
            recovery.codes.ask(&rule, now)
        })
        .await?;
    match sending {
        Sending::Wait(wait) => Ok(Asked::Wait(wait)),
        Sending::Send(code) => {
            let reaches = match &to {
                Destination::Mailbox(_) => true,
                Destination::Phone(_) => owner(visit, id).await?.is_some(),
            };
            if reaches {
                proof.send(&app, &visit.brand, visit.locale, &code).await?;
            }
            Ok(Asked::Sent)
        }
    }
}

fn is_for(recovery: &Recovery, id: &LoginId) -> bool {
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
