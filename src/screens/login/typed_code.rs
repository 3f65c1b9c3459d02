//! What the pages of the second step share on which a code is typed that was not sent: that of
//! an authenticator app, or a recovery code.

use axum::http::StatusCode;
use axum::response::Response;

use super::second_step::{self, Given, Refused, SecondStep};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::second_factor::SecondFactor;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::page_of_factor;
use crate::interaction::visit::Visit;
use crate::one_time_codes::guess::Guess;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::browser::LiveSession;

/// A page on which such a code is typed.
pub(super) trait TypedCode: Page + From<SecondStep> {
    /// The factor that is asked for.
    const FACTOR: SecondFactor;

    /// Checks a typed code, and uses it up if it is right.
    fn check(
        visit: &Visit,
        live: &LiveSession,
        typed: &str,
    ) -> impl Future<Output = Result<Guess, Fault>> + Send;
}

/// Answers a request for the page.
pub(super) async fn get<P: TypedCode>(mut visit: Visit) -> Result<Response, PageRefusal> {
    match second_step::owed_with(&visit, P::FACTOR).await? {
        Some(live) => show::<P>(&mut visit, &live, None).await,
        None => second_step::leave(visit).await,
    }
}

/// Answers the form of the page: the code, or "not now".
pub(super) async fn post<P: TypedCode>(
    mut visit: Visit,
    form: Form,
) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some(live) = second_step::owed_with(&visit, P::FACTOR).await? else {
        return second_step::leave(visit).await;
    };
    if form.action() == "not_now" {
        return second_step::decline(visit, &live).await;
    }
    let guess = P::check(&visit, &live, form.get("code")).await?;
    match second_step::refusal(&mut visit, &live, guess).await? {
        None => second_step::enter(visit, &live, (Given::ONE_TIME_PASSWORD, &form)).await,
        refused => show::<P>(&mut visit, &live, refused).await,
    }
}

async fn show<P: TypedCode>(
    visit: &mut Visit,
    live: &LiveSession,
    refused: Option<Refused>,
) -> Result<Response, PageRefusal> {
    let place = page_of_factor(P::FACTOR);
    let page = P::from(SecondStep::at(visit, live, place).await?);
    let shell = page::shell(visit, place)?;
    let (status, shell) = match refused {
        None => (StatusCode::OK, shell),
        Some((status, code)) => (status, shell.errors(FieldErrors::one("code", code))),
    };
    page::show(visit, status, &shell, &page)
}
