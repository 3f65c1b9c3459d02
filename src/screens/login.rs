//! ⑪ Login by e-mail address or mobile number and password, or by passkey. When a login is
//! needed is decided in `oidc::steps`.

pub mod app;
mod attempts;
pub mod code;
mod passkey;
pub mod recovery_code;
pub mod reopen;
pub mod second_passkey;
mod second_step;
mod typed_code;

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::asking_client::AskingClient;
use super::form::Form;
use super::page;
use crate::accounts::account::{Account, AccountStatus};
use crate::accounts::email_address::EmailAddress;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::login_id::LoginId;
use crate::accounts::{passkey as passkeys, password};
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::http::refusal::{PageRefusal, Refusal};
use crate::interaction::proceed::proceed;
use crate::interaction::state::{FirstFactor, SecondGiven};
use crate::interaction::visit::Visit;
use crate::mail::message::Message;
use crate::oidc::prompt::Prompt;
use crate::oidc::steps::{LoginReason, Step};
use crate::one_time_codes::limits::HOUR;
use crate::pages::Page;
use crate::passwords::Verdict;
use crate::secret::Secret;
use crate::security_events::{self, Event, EventKind, Reason};
use crate::sessions::browser::LiveSession;
use crate::sessions::end_link;
use crate::sessions::log_out;
use crate::sessions::passkeys::{Asked, Ceremony};
use crate::sessions::second_factor::{self, Second};
use crate::store::accounts::AccountCredentials;
use attempts::Attempts;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Login {
    /// The client that sent the person here, if it is another company's.
    pub client: Option<AskingClient>,
    /// The address of the page for a forgotten password.
    pub recovery_url: String,
    /// The login ID as typed, or as the client's `login_hint`.
    pub login_id: String,
    /// Why the person is asked to log in; the catalogue key is `login-reason-<reason>`.
    pub reason: Option<&'static str>,
    /// Whether the button for a new account is shown.
    pub may_register: bool,
    /// The options with which the page asks the browser for a passkey.
    pub passkey: Asked,
}

impl Page for Login {
    const TEMPLATE: &'static str = "login.html";
    const SCREEN: &'static str = "login";
}

/// `GET …/login`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let Some(reason) = asked_for(&visit.step()) else {
        return proceed(visit).await;
    };
    let login_id = hinted(&visit, reason);
    show(&mut visit, reason, login_id, None)
}

/// `POST …/login`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable. `Fault::Busy` if too many passwords wait to be checked.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some(reason) = asked_for(&visit.step()) else {
        return proceed(visit).await;
    };
    if form.action() == "register" && may_register(reason) {
        visit
            .save(|interaction| interaction.progress.choose_new())
            .await?;
        return proceed(visit).await;
    }
    let (by, authenticated) = match form.action() {
        "passkey" => (
            FirstFactor::Passkey,
            passkey::authenticate(&visit, &form).await?,
        ),
        _ => {
            let typed = (form.get("login_id"), form.secret("password"));
            (FirstFactor::Password, authenticate(&visit, typed).await?)
        }
    };
    match authenticated {
        Ok(account) if account.status == AccountStatus::Closed => {
            reopen::offer(visit, &account, by).await
        }
        Ok(account) => enter(visit, account, (by, None)).await,
        Err(refused) => show(
            &mut visit,
            reason,
            form.get("login_id").to_owned(),
            Some(refused),
        ),
    }
}

/// Why the login was refused.
#[derive(Debug)]
enum Refused {
    /// The typed text is not a login ID, or a field is empty.
    Unreadable(FieldErrors),
    /// The login ID, the password, or both are wrong; the page does not say which. `hint`
    /// names a wrong keyboard setting that the typed password suggests.
    Wrong { hint: Option<&'static str> },
    /// The passkey is unknown or its response is invalid; the page does not say which.
    Passkey(passkeys::refused::Refused),
    /// There were too many wrong attempts; the next is possible after this time.
    TooMany(Duration),
}

async fn authenticate(
    visit: &Visit,
    (typed, secret): (&str, Secret),
) -> Result<Result<Account, Refused>, Fault> {
    let mut errors = FieldErrors::none();
    let id = errors.take("login_id", LoginId::read(typed));
    if secret.expose().is_empty() {
        errors.add("password", "password-missing");
    }
    let Some(id) = id.filter(|_| errors.is_empty()) else {
        return Ok(Err(Refused::Unreadable(errors)));
    };
    // A request that is refused because the server is busy is not counted as an attempt.
    visit.app.passwords.admit()?;
    // Strangers who are refused cost the database nothing.
    let early = if visit.known_browser().is_empty() {
        None
    } else {
        visit.owner_or_leaver(&id).await?
    };
    let known = early.as_ref().map(|found| &found.account);
    let known = known.filter(|account| visit.known_browser().knows(&visit.app, account));
    let attempts = Attempts::at(visit, &id, known);
    if let Some(wait) = attempts.begin().await? {
        let known = known.map(|account| account.id.as_str());
        note_failure(known, Reason::TooMany);
        return Ok(Err(Refused::TooMany(wait)));
    }
    let floor = no_sooner_than(visit.app.config.login.wrong_answer_after);
    let hint = keyboard(secret.expose());
    let found = match early {
        Some(found) => Some(found),
        None => visit.owner_or_leaver(&id).await?,
    };
    let owner = found.as_ref().map(|found| found.account.id.clone());
    let account = match verified(visit, found, secret).await {
        Err(busy @ Fault::Busy(_)) => {
            attempts.take_back().await?;
            return Err(busy);
        }
        outcome => outcome?,
    };
    match account {
        Some(account) => {
            attempts.succeeded().await?;
            Ok(Ok(account))
        }
        None => {
            let why = match owner {
                Some(_) => Reason::WrongPassword,
                None => Reason::UnknownAccount,
            };
            note_failure(owner.as_deref(), why);
            floor.await;
            Ok(Err(Refused::Wrong { hint }))
        }
    }
}

/// Notes a login that was refused, for the account if it is known.
fn note_failure(account_id: Option<&str>, why: Reason) {
    let event = Event::failed(EventKind::Login, why);
    security_events::note(match account_id {
        Some(id) => event.of(id),
        None => event,
    });
}

/// Returns the hint about a wrong keyboard setting, if the password suggests one. It
/// depends only on the typed text, and so reveals nothing about any account.
fn keyboard(typed: &str) -> Option<&'static str> {
    if password::is_full_width(typed) {
        return Some("password-full-width");
    }
    password::is_all_capitals(typed).then_some("password-all-capitals")
}

/// Returns a timer that ends `floor` after this call, so that it must be called before the
/// work whose duration it hides.
#[expect(
    clippy::disallowed_methods,
    reason = "a wait against timing, not for anything to happen"
)]
pub(super) fn no_sooner_than(floor: Duration) -> tokio::time::Sleep {
    tokio::time::sleep(floor)
}

/// Returns the account if the password is right. Without an account the same work is done,
/// so that the response time reveals nothing.
async fn verified(
    visit: &Visit,
    found: Option<AccountCredentials>,
    typed: Secret,
) -> Result<Option<Account>, Fault> {
    let hash = found.as_ref().and_then(|found| found.password_hash.clone());
    let verdict = visit.app.passwords.verify(typed.clone(), hash).await?;
    Ok(match (verdict, found) {
        (Verdict::Wrong, _) | (_, None) => None,
        (Verdict::Right, Some(found)) => Some(found.account),
        (Verdict::RightButRenew, Some(found)) => {
            renew(visit, &found, typed).await;
            Some(found.account)
        }
    })
}

/// Replaces the password hash by one with the configured parameters. A failure is only
/// logged: the login succeeds, and the next one tries again.
async fn renew(visit: &Visit, found: &AccountCredentials, password: Secret) {
    let Some(old) = &found.password_hash else {
        return;
    };
    let renewed = async {
        let new = visit.app.passwords.hash(password).await?;
        let now = visit.app.clock.now();
        visit
            .app
            .store
            .accounts()
            .set_password_hash(&found.account.id, old, &new, now)
            .await
    };
    if let Err(fault) = renewed.await {
        tracing::warn!(
            account.id = found.account.id,
            fault = &fault as &dyn std::error::Error,
            "a password hash was not renewed"
        );
    }
}

async fn enter(
    mut visit: Visit,
    account: Account,
    (by, second): (FirstFactor, Option<SecondGiven>),
) -> Result<Response, PageRefusal> {
    let now = visit.app.clock.now();
    let mut new = visit.new_session(account);
    match by {
        FirstFactor::Passkey => {
            second_factor::by_passkey(&mut new.live.session);
            second_factor::note_other_factor(&visit.app, &new.live.account, None).await?;
        }
        FirstFactor::Password => {
            new.live.session.trusted_device = visit.trusted_device(&new.live.account).await?;
            if let Some(given) = second {
                let second = Second {
                    methods: &given.methods,
                    strength: given.strength,
                };
                second_factor::strengthen(&mut new.live.session, second, given.at);
            }
        }
    }
    log_out::begin_session(&visit.app, &new, visit.session.as_ref()).await?;
    let account_id = new.live.account.id.clone();
    tell_of_new_device(&visit, &new.live).await?;
    visit.enter(new).await?;
    visit
        .save(|interaction| {
            interaction.reopening = None;
            interaction.progress.authenticate(&account_id, now);
        })
        .await?;
    code::send_first(&mut visit).await?;
    proceed(visit).await
}

/// Tells the account's owner of a login in a browser where it has not been seen.
async fn tell_of_new_device(visit: &Visit, live: &LiveSession) -> Result<(), Fault> {
    let (app, account) = (&visit.app, &live.account);
    if visit.known_browser().knows(app, account) {
        return Ok(());
    }
    let Ok(to) = EmailAddress::read(&account.email) else {
        return Ok(());
    };
    let most = app.config.login.new_device_mails_per_hour;
    let limit = Limit::new(format!("new-device-mails:{}", account.id), HOUR, most);
    if !app.ephemeral.count_within(&[limit]).await? {
        tracing::warn!(
            account.id,
            "no more mails of new browsers are sent within this hour"
        );
        return Ok(());
    }
    let message = Message::NewDevice {
        to: &to,
        device: &live.session.device,
    };
    let mail = end_link::write(app, &visit.brand, account, &message)?;
    app.store.outbox().put_all(&[mail]).await?;
    app.outbox.wake();
    Ok(())
}

/// Returns why the page is shown, or `None` if it is not. A person who wants another
/// account than the logged-in one may open it too.
fn asked_for(step: &Step) -> Option<LoginReason> {
    match step {
        Step::Login(reason) => Some(*reason),
        Step::SelectAccount => Some(LoginReason::NoSession),
        _ => None,
    }
}

/// Whether the person may register instead. If a certain account is required, it exists
/// already.
const fn may_register(reason: LoginReason) -> bool {
    matches!(reason, LoginReason::NoSession | LoginReason::Requested)
}

/// Returns the login ID that the field is filled with.
fn hinted(visit: &Visit, reason: LoginReason) -> String {
    let own = visit
        .session
        .as_ref()
        .map(|live| live.account.email.clone());
    // With `prompt=select_account` (OpenID Connect Core §3.1.2.1) the person may want
    // another account than the logged-in one.
    let chooses = visit.interaction.request.prompts(Prompt::SelectAccount);
    let own = own.filter(|_| match reason {
        LoginReason::Requested => !chooses,
        LoginReason::BeforeDealerLink => true,
        LoginReason::NoSession | LoginReason::OtherPerson => false,
    });
    own.or_else(|| visit.interaction.request.login_hint.clone())
        .unwrap_or_default()
}

const fn reason_text(reason: LoginReason) -> Option<&'static str> {
    match reason {
        LoginReason::NoSession => None,
        LoginReason::Requested => Some("requested"),
        LoginReason::OtherPerson => Some("other-person"),
        LoginReason::BeforeDealerLink => Some("dealer-link"),
    }
}

fn show(
    visit: &mut Visit,
    reason: LoginReason,
    login_id: String,
    refused: Option<Refused>,
) -> Result<Response, PageRefusal> {
    let page = Login {
        client: AskingClient::of_another_company(visit),
        recovery_url: visit.url("recovery")?,
        login_id,
        reason: reason_text(reason),
        may_register: may_register(reason),
        passkey: visit.asking(Ceremony::LogIn).for_any()?,
    };
    let shell = page::shell(visit, "login")?;
    let Some(refused) = refused else {
        return page::show(visit, StatusCode::OK, &shell, &page);
    };
    let description = match &refused {
        Refused::Passkey(why) => why.to_string(),
        _ => String::new(),
    };
    let (errors, status, logged, wait) = match refused {
        Refused::Unreadable(errors) => (errors, page::FILLED_IN_WRONGLY, None, None),
        Refused::Wrong { hint } => {
            let mut errors = FieldErrors::one("login_id", "login-failed");
            if let Some(hint) = hint {
                errors.add("password", hint);
            }
            (errors, page::FILLED_IN_WRONGLY, Some("login-failed"), None)
        }
        Refused::Passkey(_) => {
            let errors = FieldErrors::one("", "passkey-failed");
            (
                errors,
                page::FILLED_IN_WRONGLY,
                Some("passkey-failed"),
                None,
            )
        }
        Refused::TooMany(wait) => {
            let errors = FieldErrors::one("login_id", "login-too-many");
            (
                errors,
                StatusCode::TOO_MANY_REQUESTS,
                Some("login-too-many"),
                Some(wait),
            )
        }
    };
    let minutes = wait.unwrap_or_default().as_secs().div_ceil(60);
    let shell = shell.errors(errors).error_value("minutes", minutes);
    let mut response = page::show(visit, status, &shell, &page)?;
    if let Some(wait) = wait {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    if let Some(code) = logged {
        let refusal = Refusal {
            code,
            description,
            ours: false,
            request_id: None,
            rule: None,
        };
        response.extensions_mut().insert(refusal);
    }
    Ok(response)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let client = AskingClient::sample(stage);
        for (name, reason) in [
            ("login", None),
            ("login-requested", Some("requested")),
            ("login-other-person", Some("other-person")),
            ("login-dealer-link", Some("dealer-link")),
        ] {
            let page = Login {
                client: None,
                recovery_url: format!("/interaction/abc/recovery?request={}", stage.of("xyz")),
                login_id: email(),
                reason,
                may_register: reason.is_none(),
                passkey: stage.asked(),
            };
            stage.show(name, stage.shell(), &page);
        }
        let failed = stage
            .shell()
            .errors(FieldErrors::one("login_id", "login-failed"));
        stage.show(
            "login-error",
            failed,
            &Login {
                client: Some(client),
                recovery_url: format!("/interaction/abc/recovery?request={}", stage.of("xyz")),
                login_id: email(),
                reason: None,
                may_register: true,
                passkey: stage.asked(),
            },
        );
        let failed = stage.shell().errors(FieldErrors::one("", "passkey-failed"));
        stage.show(
            "login-error-passkey",
            failed,
            &Login {
                client: None,
                recovery_url: format!("/interaction/abc/recovery?request={}", stage.of("xyz")),
                login_id: email(),
                reason: None,
                may_register: true,
                passkey: stage.asked(),
            },
        );
    }
}
