//! After ⑪: the account is closed and not erased yet. Its owner, who has just authenticated,
//! may open it again, or leave it closed. Where every login takes two steps, so does this
//! one, before the page is shown.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{enter, second_step};
use crate::accounts::account::Account;
use crate::accounts::email_address::EmailAddress;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::state::{FirstFactor, Reopening, SecondGiven};
use crate::interaction::visit::Visit;
use crate::mail::message::Message;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::browser::LiveSession;
use crate::sessions::end_link;
use crate::sessions::second_factor::{self, Second};

/// The page, below `/interaction/{id}/`.
pub(super) const PLACE: &str = "login/reopen";

/// How long ago the owner may have authenticated.
const PROOF_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct LoginReopen {
    /// The login ID.
    pub email: String,
    /// The day on which the account is erased.
    pub erased_on: String,
}

impl Page for LoginReopen {
    const TEMPLATE: &'static str = "login/reopen.html";
    const SCREEN: &'static str = "login-reopen";
}

/// Notes who authenticated, and leaves for the page, or for the second step that every login
/// of the account takes.
pub(in crate::screens) async fn offer(
    mut visit: Visit,
    account: &Account,
    by: FirstFactor,
) -> Result<Response, PageRefusal> {
    let reopening = Reopening {
        account_id: account.id.clone(),
        proven_at: visit.app.clock.now(),
        by,
        session: visit.app.random.id(),
        second: None,
    };
    visit
        .save(|interaction| interaction.reopening = Some(reopening.clone()))
        .await?;
    super::code::send_first(&mut visit).await?;
    onward(visit).await
}

/// Leaves for the page, or for the second step that is owed before it.
async fn onward(visit: Visit) -> Result<Response, PageRefusal> {
    let page = match owing(&visit).await? {
        Some(live) => second_step::first_page(&live),
        None => PLACE,
    };
    visit.see_other(page)
}

/// `GET …/login/reopen`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let Some(found) = proven(&visit).await? else {
        return proceed(visit).await;
    };
    if owing(&visit).await?.is_some() {
        return onward(visit).await;
    }
    let page = LoginReopen {
        email: found.account.email,
        erased_on: page::day(found.erased_at),
    };
    let shell = page::shell(&mut visit, PLACE)?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/login/reopen`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let found = proven(&visit).await?;
    if owing(&visit).await?.is_some() {
        return onward(visit).await;
    }
    visit
        .save(|interaction| interaction.reopening = None)
        .await?;
    let Some(found) = found.filter(|_| form.action() == "reopen") else {
        return proceed(visit).await;
    };
    let Reopening { by, second, .. } = found.reopening;
    match reopened(&visit, &found.account).await? {
        Some(account) => enter(visit, account, (by, second)).await,
        None => proceed(visit).await,
    }
}

/// A closed account whose owner has just authenticated.
struct Found {
    reopening: Reopening,
    account: Account,
    erased_at: Timestamp,
}

/// Returns who authenticated, while that is recent and the account is not erased.
async fn proven(visit: &Visit) -> Result<Option<Found>, Fault> {
    let Some(reopening) = recent(visit) else {
        return Ok(None);
    };
    let (accounts, now) = (visit.app.store.accounts(), visit.app.clock.now());
    let account = accounts.by_id(&reopening.account_id).await?;
    let erased_at = accounts.erased_at(&reopening.account_id, now).await?;
    Ok(account.zip(erased_at).map(|(account, erased_at)| Found {
        reopening,
        account,
        erased_at,
    }))
}

/// Returns who authenticated, while that is recent.
pub(super) fn recent(visit: &Visit) -> Option<Reopening> {
    let now = visit.app.clock.now();
    let reopening = visit.interaction.reopening.clone();
    reopening.filter(|one| now.since(one.proven_at) < PROOF_LIFETIME)
}

/// Returns the session that would begin if the account were open, if it owes the second step
/// that its owner asked for at every login. It is not stored.
pub(super) async fn owing(visit: &Visit) -> Result<Option<LiveSession>, Fault> {
    let waits = |one: &Reopening| one.by == FirstFactor::Password && one.second.is_none();
    if !recent(visit).as_ref().is_some_and(waits) {
        return Ok(None);
    }
    let Some(found) = proven(visit).await? else {
        return Ok(None);
    };
    let live = LiveSession {
        secret_hash: found.reopening.session,
        ..visit.new_session(found.account).live
    };
    Ok(second_factor::is_owed(&live).then_some(live))
}

/// Notes that the second step was taken that `live`, which [`owing`] returned, owed.
pub(super) async fn note_second(
    visit: &mut Visit,
    live: &LiveSession,
    second: Second<'_>,
) -> Result<(), PageRefusal> {
    let given = SecondGiven {
        methods: second.methods.to_owned(),
        at: visit.app.clock.now(),
        strength: second.strength,
    };
    visit
        .save(|interaction| {
            let reopening = interaction.reopening.as_mut();
            if let Some(one) = reopening.filter(|one| one.session == live.secret_hash) {
                one.second = Some(given.clone());
            }
        })
        .await
}

/// Opens the account again, and returns it as it is now.
async fn reopened(visit: &Visit, account: &Account) -> Result<Option<Account>, Fault> {
    let (app, accounts) = (&visit.app, visit.app.store.accounts());
    let mut mails = Vec::new();
    if let Ok(to) = EmailAddress::read(&account.email) {
        let message = Message::Reopened { to: &to };
        mails.push(end_link::write(app, &visit.brand, account, &message)?);
    }
    let now = app.clock.now();
    if !accounts.reopen(&account.id, &mails, now).await? {
        return Ok(None);
    }
    app.outbox.wake();
    accounts.by_id(&account.id).await
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let page = LoginReopen {
            email: stage.of("f.enrirtest2019@gmail.com"),
            erased_on: stage.of("2026-12-06"),
        };
        stage.show("login-reopen", stage.shell(), &page);
    }
}
