//! ⑧ The summary of the registration. Confirming it creates the account, once.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::accounts::account::Account;
use crate::accounts::consent;
use crate::accounts::registration::{Details, NewAccountFacts};
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::dealer_linking::consent_context;
use crate::interaction::proceed::proceed;
use crate::interaction::registration_draft;
use crate::interaction::visit::Visit;
use crate::locale::Locale;
use crate::mail::message::Message;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::screens::profile_lines::{Line, lines};
use crate::sessions::browser::NewSession;
use crate::sessions::log_out;
use crate::store::accounts::registration::{Created, NewAccount};

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Confirmation {
    /// The login ID.
    pub email: String,
    /// The entered data, line by line.
    pub profile: Vec<Line>,
    /// The URL of ⑦, where the data can be changed.
    pub details_url: String,
}

impl Page for Confirmation {
    const TEMPLATE: &'static str = "registration/confirmation.html";
    const SCREEN: &'static str = "registration-confirmation";
}

/// `GET …/registration/confirmation`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    if visit.step() != Step::RegistrationConfirmation {
        return proceed(visit).await;
    }
    let now = visit.app.clock.now();
    let Ok(details) = visit.interaction.draft.details.check(now) else {
        return visit.see_other("registration/details");
    };
    let page = Confirmation {
        email: super::address(&visit),
        profile: entered(&details, visit.locale),
        details_url: visit.url("registration/details")?,
    };
    let shell = page::shell(&mut visit, "registration/confirmation")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/registration/confirmation`: creates the account, once.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if visit.step() != Step::RegistrationConfirmation {
        return match just_registered(&visit) {
            Some(id) if form.action() == "register" => enter_again(visit, &id).await,
            _ => proceed(visit).await,
        };
    }
    if form.action() != "register" {
        return visit.see_other("registration/details");
    }
    let now = visit.app.clock.now();
    if !visit.interaction.draft.email_is_proven(now) {
        return super::email::ask_again(&mut visit).await;
    }
    let id = visit.app.random.id();
    let facts = NewAccountFacts {
        id: &id,
        brand: &visit.brand.name,
        locale: visit.locale,
        now,
    };
    let Some(account) = visit.interaction.draft.account(&facts) else {
        return visit.see_other("registration/details");
    };
    register(visit, account).await
}

/// Returns the account that the first request of a double tap created, if this browser does
/// not have its session yet. Once ⑨ was left, or the verification of the address is too
/// old, only the password gives a session.
fn just_registered(visit: &Visit) -> Option<String> {
    let interaction = &visit.interaction;
    let now = visit.app.clock.now();
    let is_owed = visit.session.is_none()
        && !interaction.progress.registration_acknowledged
        && interaction.draft.email_is_proven(now);
    interaction.progress.registered.clone().filter(|_| is_owed)
}

async fn enter_again(mut visit: Visit, id: &str) -> Result<Response, PageRefusal> {
    let Some(found) = visit.app.store.accounts().credentials(id).await? else {
        return proceed(visit).await;
    };
    let new = visit.new_session(found.account);
    log_out::begin_session(&visit.app, &new, visit.session.as_ref()).await?;
    visit.enter(new).await?;
    proceed(visit).await
}

async fn register(mut visit: Visit, account: Account) -> Result<Response, PageRefusal> {
    let app = visit.app.clone();
    let session = visit.new_session(account);
    let new = new_account(&visit, &session)?;
    let session = match app.store.accounts().create(&new).await? {
        Created::New => session,
        Created::Again(id) => session_of_existing(&visit, &id, session).await?,
        Created::EmailTaken => return taken(visit).await,
    };
    app.outbox.wake();
    log_out::end_replaced(&visit.app, visit.session.as_ref()).await?;
    let account_id = session.live.account.id.clone();
    visit.enter(session).await?;
    visit
        .save(|interaction| interaction.progress.register(&account_id))
        .await?;
    registration_draft::forget(&visit).await?;
    proceed(visit).await
}

/// Answers if another registration took the address after it was verified. The owner of the
/// address is notified by mail too.
async fn taken(mut visit: Visit) -> Result<Response, PageRefusal> {
    if let Some(to) = &visit.interaction.draft.email {
        let message = Message::AlreadyRegistered { to };
        visit
            .app
            .outbox
            .post(&visit.brand, visit.locale, &message)
            .await?;
    }
    visit
        .save(|interaction| interaction.progress.prove_registered_address())
        .await?;
    registration_draft::forget(&visit).await?;
    proceed(visit).await
}

fn new_account(visit: &Visit, session: &NewSession) -> Result<NewAccount, Fault> {
    let app = &visit.app;
    let draft = &visit.interaction.draft;
    let account = session.live.account.clone();
    let context = consent_context(visit);
    let terms = draft.terms.as_ref();
    let consents = terms.map(|terms| consent::terms(&account, terms, &context, app.random.id()));
    let welcome = draft.email.as_ref().map(|to| Message::Welcome { to });
    let welcome = welcome.map(|message| app.outbox.write(&visit.brand, visit.locale, &message));
    Ok(NewAccount {
        password_hash: draft.password_hash.clone(),
        // One interaction creates at most one account, even if the button is pressed
        // repeatedly.
        registration_id: visit.interaction.id.clone(),
        consents: consents.into_iter().collect(),
        session: Some((
            session.live.secret_hash.clone(),
            session.live.session.clone(),
        )),
        messages: welcome.transpose()?.into_iter().collect(),
        account,
    })
}

/// Points the session at the account that an earlier request of this interaction created,
/// whose response was lost.
async fn session_of_existing(
    visit: &Visit,
    id: &str,
    mut session: NewSession,
) -> Result<NewSession, Fault> {
    let account = visit.app.store.accounts().by_id(id).await?;
    let account = account.ok_or_else(|| Fault::because("an account that was just made is gone"))?;
    session.live.session.account_id.clone_from(&account.id);
    session.live.account = account;
    Ok(session)
}

/// Returns the lines for what ⑦ asked for, without the birthdate, which ⑫ asks for.
fn entered(details: &Details, locale: Locale) -> Vec<Line> {
    let mobile = details.mobile_phone.as_ref().map(|number| number.e164());
    let shown = |field: &str| !field.starts_with("birthdate");
    lines((&details.profile, mobile.as_deref()), locale, shown)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let line = |label, value: &str| Line {
            label,
            value: stage.of(value),
        };
        let page = Confirmation {
            email: stage.of("f.enrirtest2019@gmail.com"),
            profile: vec![
                line("details-name", "豊田 太郎"),
                line("details-mobile-phone", "090-1234-5678"),
                line(
                    "details-address",
                    "〒460-0000 愛知県 名古屋市中区豊田 1-2-3",
                ),
                Line {
                    label: "details-home-phone",
                    value: String::new(),
                },
            ],
            details_url: "/interaction/abc/registration/details?request=xyz".to_owned(),
        };
        stage.show("confirmation", stage.shell(), &page);
    }
}
