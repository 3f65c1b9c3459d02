//! After ⑪: the account is closed and not erased yet. Its owner, who has just authenticated,
//! may open it again, or leave it closed.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::enter;
use crate::accounts::account::Account;
use crate::accounts::email_address::EmailAddress;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::state::{FirstFactor, Reopening};
use crate::interaction::visit::Visit;
use crate::mail::message::Message;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::end_link;

/// The page, below `/interaction/{id}/`.
const PLACE: &str = "login/reopen";

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

/// Notes who authenticated, and leaves for the page.
pub(super) async fn offer(
    mut visit: Visit,
    account: &Account,
    by: FirstFactor,
) -> Result<Response, PageRefusal> {
    let reopening = Reopening {
        account_id: account.id.clone(),
        proven_at: visit.app.clock.now(),
        by,
    };
    visit
        .save(|interaction| interaction.reopening = Some(reopening.clone()))
        .await?;
    visit.see_other(PLACE)
}

/// `GET …/login/reopen`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let Some((reopening, erased_at)) = proven(&visit).await? else {
        return proceed(visit).await;
    };
    let accounts = visit.app.store.accounts();
    let account = accounts.by_id(&reopening.account_id).await?;
    let page = LoginReopen {
        email: account.map(|account| account.email).unwrap_or_default(),
        erased_on: page::day(erased_at),
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
    visit
        .save(|interaction| interaction.reopening = None)
        .await?;
    let Some((reopening, _)) = found.filter(|_| form.action() == "reopen") else {
        return proceed(visit).await;
    };
    match reopened(&visit, &reopening.account_id).await? {
        Some(account) => enter(visit, account, reopening.by).await,
        None => proceed(visit).await,
    }
}

/// Returns who authenticated, while that is recent, and when the account is erased.
async fn proven(visit: &Visit) -> Result<Option<(Reopening, Timestamp)>, Fault> {
    let now = visit.app.clock.now();
    let reopening = visit.interaction.reopening.clone();
    let recent = reopening.filter(|one| now.since(one.proven_at) < PROOF_LIFETIME);
    let Some(reopening) = recent else {
        return Ok(None);
    };
    let accounts = visit.app.store.accounts();
    let erased_at = accounts.erased_at(&reopening.account_id, now).await?;
    Ok(erased_at.map(|at| (reopening, at)))
}

/// Opens the account again, and returns it as it is now.
async fn reopened(visit: &Visit, account_id: &str) -> Result<Option<Account>, Fault> {
    let (app, accounts) = (&visit.app, visit.app.store.accounts());
    let Some(account) = accounts.by_id(account_id).await? else {
        return Ok(None);
    };
    let mut mails = Vec::new();
    if let Ok(to) = EmailAddress::read(&account.email) {
        let message = Message::Reopened { to: &to };
        mails.push(end_link::write(app, &visit.brand, &account, &message)?);
    }
    if !accounts.reopen(account_id, &mails, app.clock.now()).await? {
        return Ok(None);
    }
    app.outbox.wake();
    accounts.by_id(account_id).await
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
