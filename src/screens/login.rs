//! ⑪ Log in by e-mail address or mobile number.

mod attempts;
pub mod code;
mod passkey;

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use super::asking_client::AskingClient;
use super::form::Form;
use super::page;
use crate::accounts::account::Account;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::login_id::LoginId;
use crate::accounts::{passkey as passkeys, password};
use crate::fault::Fault;
use crate::http::refusal::{PageRefusal, Refusal};
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::oidc::prompt::Prompt;
use crate::oidc::steps::{LoginReason, Step};
use crate::pages::Page;
use crate::passwords::Verdict;
use crate::secret::Secret;
use crate::sessions::log_out;
use crate::sessions::passkeys::{Asked, Ceremony};
use crate::sessions::second_factor;
use crate::store::accounts::AccountCredentials;
use attempts::Attempts;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Login {
    /// The client that sent the person here, if it is another company's.
    pub client: Option<AskingClient>,
    /// Where someone goes who forgot the password.
    pub recovery_url: String,
    /// The ID as typed, or hinted at by the client.
    pub login_id: String,
    /// Why the person is asked, as `login-reason-<reason>`.
    pub reason: Option<&'static str>,
    /// Whether the way to a new ID is shown.
    pub may_register: bool,
    /// What asks the browser for a passkey.
    pub passkey: Asked,
}

impl Page for Login {
    const TEMPLATE: &'static str = "login.html";
    const SCREEN: &'static str = "login";
}

/// `GET …/login`
///
/// # Errors
/// If a store fails.
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
/// If the form is not this browser's, too many passwords wait, or a store fails.
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
        "passkey" => (By::Passkey, passkey::authenticate(&visit, &form).await?),
        _ => {
            let typed = (form.get("login_id"), form.secret("password"));
            (By::Password, authenticate(&visit, typed).await?)
        }
    };
    match authenticated {
        Ok(account) => enter(visit, account, by).await,
        Err(refused) => show(
            &mut visit,
            reason,
            form.get("login_id").to_owned(),
            Some(refused),
        ),
    }
}

/// What someone proved who they are by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Password,
    Passkey,
}

/// Why nobody was let in.
#[derive(Debug)]
enum Refused {
    /// What was typed is no ID, or nothing.
    Unreadable(FieldErrors),
    /// The ID, the password, or both are wrong: never said which. But what was
    /// typed as the password is looked at for a keyboard that stands wrong.
    Wrong { hint: Option<&'static str> },
    /// No passkey of ours, or not used as it must be: never said which.
    Passkey(passkeys::refused::Refused),
    /// Too many wrong ones before; come back in so long.
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
    // Whoever is told to come back has not guessed: no attempt is counted.
    visit.app.passwords.admit()?;
    let attempts = Attempts::at(visit, &id);
    if let Some(wait) = attempts.begin().await? {
        return Ok(Err(Refused::TooMany(wait)));
    }
    let floor = no_sooner_than(visit.app.config.login.wrong_answer_after);
    let hint = keyboard(secret.expose());
    match verified(visit, &id, secret).await? {
        Some(account) => {
            attempts.succeeded().await?;
            Ok(Ok(account))
        }
        None => {
            attempts.failed().await?;
            floor.await;
            Ok(Err(Refused::Wrong { hint }))
        }
    }
}

/// What the keyboard may have done to a password. It follows from what was typed
/// alone, and so tells nothing of any account.
fn keyboard(typed: &str) -> Option<&'static str> {
    if password::is_full_width(typed) {
        return Some("password-full-width");
    }
    password::is_all_capitals(typed).then_some("password-all-capitals")
}

/// Ends so long after this call: the clock runs from here.
#[expect(
    clippy::disallowed_methods,
    reason = "a wait against timing, not for anything to happen"
)]
pub(super) fn no_sooner_than(floor: Duration) -> tokio::time::Sleep {
    tokio::time::sleep(floor)
}

/// The account, if the password is its own. Where there is no account the same
/// work is done, so that the time tells nothing.
async fn verified(visit: &Visit, id: &LoginId, typed: Secret) -> Result<Option<Account>, Fault> {
    let accounts = visit.app.store.accounts();
    let found = match id {
        LoginId::Email(address) => accounts.by_email_key(address.key()).await?,
        LoginId::Phone(number) => accounts.by_login_phone(&number.e164()).await?,
    };
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

/// Stores a hash as configured now in place of an older one. A failure is no
/// reason to keep the person out: the next login tries again.
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

async fn enter(mut visit: Visit, account: Account, by: By) -> Result<Response, PageRefusal> {
    let now = visit.app.clock.now();
    let mut new = visit.new_session(account);
    if by == By::Passkey {
        second_factor::by_passkey(&mut new.live.session);
    }
    log_out::begin_session(&visit.app, &new, visit.session.as_ref()).await?;
    let account_id = new.live.account.id.clone();
    visit.enter(new).await?;
    visit
        .save(|interaction| interaction.progress.authenticate(&account_id, now))
        .await?;
    code::send_first(&mut visit).await?;
    proceed(visit).await
}

/// Why the page is shown, if it is to be shown: also to whoever wants another
/// account than the one that is logged in.
fn asked_for(step: &Step) -> Option<LoginReason> {
    match step {
        Step::Login(reason) => Some(*reason),
        Step::SelectAccount => Some(LoginReason::NoSession),
        _ => None,
    }
}

/// Someone who is to be a certain person has an account.
const fn may_register(reason: LoginReason) -> bool {
    matches!(reason, LoginReason::NoSession | LoginReason::Requested)
}

/// What stands in the field already.
fn hinted(visit: &Visit, reason: LoginReason) -> String {
    let own = visit
        .session
        .as_ref()
        .map(|live| live.account.email.clone());
    // Who is to choose an account (OpenID Connect Core §3.1.2.1) need not mean their own.
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
