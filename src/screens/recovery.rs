//! Recovery of a forgotten password: a code is sent to the login ID (mailbox or phone),
//! then the person sets a new password, then continues what they were doing. Until a code
//! was entered, nothing reveals whether the login ID has an account (ASVS 6.4.4). The owner of
//! a closed account, while they may still come back, is led to the page that opens it again.

pub mod code;
pub mod complete;
pub mod password;
pub mod start;

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;

use crate::accounts::login_id::LoginId;
use crate::accounts::one_time_code::Destination;
use crate::app::{App, SharedApp};
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::arrival::Visitor;
use crate::interaction::own_client::OwnPage;
use crate::interaction::own_pages::{self, Login};
use crate::interaction::state::Recovery;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::one_time_codes::limits::Caller;
use crate::one_time_codes::one_time_code::{Proof, RECOVERY};
use crate::seal::Purpose;
use crate::store::accounts::AccountCredentials;

/// How old the entry of the code may be when the new password is set.
const PROOF_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// `GET /recovery`: for a person who comes from a mail or a bookmark, without a client.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn begin(
    State(app): State<SharedApp>,
    visitor: Visitor,
) -> Result<Response, PageRefusal> {
    let arrival = own_pages::arrival(
        &app,
        visitor.brand(),
        OwnPage::Services.as_str(),
        Login::Fresh,
    )?;
    visitor.begin(arrival).await?.see_other("recovery")
}

/// Whether the current step allows a recovery: the person is asked to log in.
fn is_open(visit: &Visit) -> bool {
    matches!(
        visit.step(),
        Step::Login(_) | Step::SelectAccount | Step::AlreadyRegistered
    )
}

/// Returns the recovery in progress, and its login ID.
fn under_way(visit: &Visit) -> Option<(Recovery, LoginId)> {
    let recovery = visit.interaction.recovery.clone()?;
    let id = LoginId::read(&recovery.login_id).ok()?;
    is_open(visit).then_some((recovery, id))
}

/// Whether the code was entered, and recently enough.
fn is_proven(visit: &Visit, recovery: &Recovery) -> bool {
    let now = visit.app.clock.now();
    recovery
        .proven_at
        .is_some_and(|at| now.since(at) <= PROOF_LIFETIME)
}

fn destination(id: &LoginId) -> Destination {
    match id {
        LoginId::Email(address) => Destination::Mailbox(address.clone()),
        LoginId::Phone(number) => Destination::Phone(number.clone()),
    }
}

/// Returns a keyed hash that stands for the login ID in counters and codes.
fn hidden(app: &App, id: &LoginId) -> String {
    let mac = app
        .sealer
        .mac(Purpose::Fingerprint, &[b"recovery", id.key().as_bytes()]);
    mac.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn proof<'a>(place: &'a str, hidden: &'a str, to: &'a Destination, caller: Caller) -> Proof<'a> {
    Proof {
        purpose: RECOVERY,
        place,
        account_id: hidden,
        to,
        caller,
    }
}

/// Whose budgets a recovery of `id` counts in. Without an earlier login in this browser, the
/// database is not asked.
async fn caller(visit: &Visit, id: &LoginId) -> Result<Caller, Fault> {
    if visit.known_browser().is_empty() {
        return Ok(Caller::Stranger);
    }
    Ok(caller_at(visit, visit.owner_or_leaver(id).await?.as_ref()))
}

/// Whose budgets a recovery of that account counts in, if there is one.
fn caller_at(visit: &Visit, owner: Option<&AccountCredentials>) -> Caller {
    let browser = visit.known_browser();
    let known = owner.filter(|owner| browser.knows(&visit.app, &owner.account));
    known.map_or(Caller::Stranger, |_| Caller::Known)
}
