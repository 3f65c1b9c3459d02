//! ⑨ The account was created; a passkey may be added to it.

use axum::extract::RawQuery;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::account_changes::{self, Changing};
use crate::accounts::field_errors::FieldErrors;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::account::member::is_fresh;
use crate::screens::account::passkeys;
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::browser::LiveSession;
use crate::sessions::passkeys::{Asked, Ceremony, NotAdded};

/// The path of the page, below `/interaction/{id}/`.
const PLACE: &str = "registration/complete";

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Complete {
    /// The login ID.
    pub email: String,
    /// The options with which the page asks the browser for a new passkey; `None` if none
    /// may be added.
    pub passkey: Option<Asked>,
}

impl Page for Complete {
    const TEMPLATE: &'static str = "registration/complete.html";
    const SCREEN: &'static str = "registration-complete";
}

/// `GET …/registration/complete`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit, RawQuery(query): RawQuery) -> Result<Response, PageRefusal> {
    let (Step::RegistrationComplete, Some(live)) = (visit.step(), visit.session.clone()) else {
        return proceed(visit).await;
    };
    let asked = format!("?{}", query.unwrap_or_default());
    show(&mut visit, &live, &asked, None).await
}

/// `POST …/registration/complete`: adds a passkey, or continues to the client.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let (Step::RegistrationComplete, Some(live)) = (visit.step(), visit.session.clone()) else {
        return proceed(visit).await;
    };
    if form.action() == "add_passkey" {
        return add(visit, &live, &form).await;
    }
    visit
        .save(|interaction| interaction.progress.acknowledge_registration())
        .await?;
    proceed(visit).await
}

async fn add(mut visit: Visit, live: &LiveSession, form: &Form) -> Result<Response, PageRefusal> {
    if !is_fresh(&visit.app, live, &Method::POST) {
        return visit.see_other(PLACE);
    }
    let asking = visit.asking(Ceremony::Add(&live.account.id));
    let not_added = match asking.made(live, passkeys::answer_in(form)).await? {
        Ok(passkey) => {
            // The account was made in this interaction, by whoever proved the mailbox.
            let changing = Changing {
                app: &visit.app,
                brand: &visit.brand,
                account: &live.account,
                waited: None,
            };
            NotAdded::of(account_changes::passkeys::add(&changing, &passkey).await?)
        }
        Err(not_added) => Some(not_added),
    };
    match not_added {
        None => {
            let url = page::done_at(&visit.url(PLACE)?, passkeys::ADDED);
            let location = HeaderValue::try_from(url).map_err(Fault::because)?;
            let onward = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]);
            Ok(visit.dress(onward.into_response()))
        }
        Some(not_added) => show(&mut visit, live, "", Some(passkeys::code_of(not_added))).await,
    }
}

/// Returns the options for a new passkey, if the login is recent and the account has no
/// passkey for this host.
async fn asked(visit: &Visit, live: &LiveSession) -> Result<Option<Asked>, Fault> {
    if !is_fresh(&visit.app, live, &Method::GET) {
        return Ok(None);
    }
    let has = visit.app.store.passkeys().of(&live.account.id).await?;
    if has.iter().any(|one| one.rp_id == visit.brand.domain()) {
        return Ok(None);
    }
    let name = visit.brand.display_name(visit.locale);
    let asking = visit.asking(Ceremony::Add(&live.account.id));
    asking.for_new(name, &live.account.email, &has).map(Some)
}

async fn show(
    visit: &mut Visit,
    live: &LiveSession,
    opened: &str,
    wrong: Option<&'static str>,
) -> Result<Response, PageRefusal> {
    let page = Complete {
        email: live.account.email.clone(),
        passkey: asked(visit, live).await?,
    };
    let shell = page::told(page::shell(visit, PLACE)?, opened, passkeys::NOTICES);
    match wrong {
        None => page::show(visit, StatusCode::OK, &shell, &page),
        Some(code) => {
            let shell = shell.errors(FieldErrors::one("", code));
            page::show(visit, page::FILLED_IN_WRONGLY, &shell, &page)
        }
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;
    use crate::texts;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("mytoYota.20180626@gmail.com");
        let complete = |passkey| Complete {
            email: email(),
            passkey,
        };
        stage.show("complete", stage.shell(), &complete(None));
        let offered = || complete(Some(stage.asked()));
        stage.show("complete-passkey", stage.shell(), &offered());
        let refused = stage
            .shell()
            .errors(FieldErrors::one("", "passkey-not-added"));
        stage.show("complete-passkey-error", refused, &offered());
        let added = stage
            .shell()
            .notice(texts::text(stage.locale, "passkey-added", &[]));
        stage.show("complete-passkey-added", added, &complete(None));
    }
}
