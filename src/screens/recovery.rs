//! A forgotten password: a code to the mailbox or phone that is the login ID, then
//! a new password, then on with whatever the person was doing. Until a code has
//! come back, nothing tells whether the ID has an account (ASVS 6.4.4).

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
use crate::one_time_codes::one_time_code::Proof;
use crate::seal::Purpose;
use crate::store::accounts::AccountCredentials;

/// How old the proof may be when the new password is set.
const PROOF_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What the code is for, among all codes.
const PURPOSE: &str = "recovery";

/// `GET /recovery`: for whoever comes by themselves, from a mail or a bookmark.
///
/// # Errors
/// If a store fails.
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

/// Whether someone who is asked to log in may say that they cannot.
fn is_open(visit: &Visit) -> bool {
    matches!(
        visit.step(),
        Step::Login(_) | Step::SelectAccount | Step::AlreadyRegistered
    )
}

/// The recovery under way, with the ID it is for.
fn under_way(visit: &Visit) -> Option<(Recovery, LoginId)> {
    let recovery = visit.interaction.recovery.clone()?;
    let id = LoginId::read(&recovery.login_id).ok()?;
    is_open(visit).then_some((recovery, id))
}

/// Whether a code came back, and not too long ago.
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

/// Names an ID in counters and codes without naming it.
fn hidden(app: &App, id: &LoginId) -> String {
    let mac = app
        .sealer
        .mac(Purpose::Fingerprint, &[b"recovery", id.key().as_bytes()]);
    mac.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn proof<'a>(place: &'a str, hidden: &'a str, to: &'a Destination) -> Proof<'a> {
    Proof {
        purpose: PURPOSE,
        place,
        account_id: hidden,
        to,
    }
}

/// Whose password it is, if anybody's.
async fn owner(visit: &Visit, id: &LoginId) -> Result<Option<AccountCredentials>, Fault> {
    let accounts = visit.app.store.accounts();
    match id {
        LoginId::Email(address) => accounts.by_email_key(address.key()).await,
        LoginId::Phone(number) => accounts.by_login_phone(&number.e164()).await,
    }
}
