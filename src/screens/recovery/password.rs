//! Entry of the new password. All sessions and grants made with the old one end, and so do
//! the factors that the code did not prove.

use std::collections::BTreeMap;

use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{caller_at, destination, hidden, is_proven, proof, under_way};
use crate::accounts::account::AccountStatus;
use crate::accounts::birthdate::Birthdate;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::login_id::LoginId;
use crate::accounts::recovered::CodeChannel;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::state::FirstFactor;
use crate::interaction::visit::Visit;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::new_password::{self, PasswordRules};
use crate::screens::{login, page};
use crate::secret::Secret;
use crate::sessions::log_out;
use crate::store::accounts::AccountCredentials;
use crate::store::accounts::password::SetBy;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryPassword {
    /// The login ID, for the password manager.
    pub login_id: String,
    /// The rules for a password.
    #[serde(flatten)]
    pub rules: PasswordRules,
    /// Whether the page also asks for the birthdate.
    pub asks_birthdate: bool,
    /// The birthdate as typed.
    pub values: BTreeMap<&'static str, String>,
}

impl Page for RecoveryPassword {
    const TEMPLATE: &'static str = "recovery/password.html";
    const SCREEN: &'static str = "recovery-password";
}

const BIRTHDATE: [&str; 3] = ["birthdate_year", "birthdate_month", "birthdate_day"];

/// `GET …/recovery/password`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let Some((found, _)) = proven(&visit).await? else {
        return super::code::get(visit, RawQuery(None)).await;
    };
    let (status, errors) = (StatusCode::OK, FieldErrors::none());
    show(&mut visit, &found, None, status, errors)
}

/// `POST …/recovery/password`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable. `Fault::Busy` if too many passwords wait to be hashed.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some((found, id)) = proven(&visit).await? else {
        return if visit
            .interaction
            .recovery
            .as_ref()
            .is_some_and(|one| one.done)
        {
            super::complete::get(visit).await
        } else {
            super::code::get(visit, RawQuery(None)).await
        };
    };
    if asks_birthdate(&visit, &found) && !may_guess(&visit, &found, &id).await? {
        let errors = FieldErrors::one("birthdate_year", "password-too-many");
        let status = StatusCode::TOO_MANY_REQUESTS;
        return show(&mut visit, &found, Some(&form), status, errors);
    }
    let errors = judge(&visit, &found, &form).await?;
    if !errors.is_empty() {
        return show(
            &mut visit,
            &found,
            Some(&form),
            page::FILLED_IN_WRONGLY,
            errors,
        );
    }
    set(visit, found, &id, form.secret("new_password")).await
}

/// Returns the account whose password may be set, while the entry of the code is recent.
async fn proven(visit: &Visit) -> Result<Option<(AccountCredentials, LoginId)>, Fault> {
    let Some((recovery, id)) = under_way(visit) else {
        return Ok(None);
    };
    if !is_proven(visit, &recovery) {
        return Ok(None);
    }
    Ok(visit.owner_or_leaver(&id).await?.map(|found| (found, id)))
}

async fn judge(
    visit: &Visit,
    found: &AccountCredentials,
    form: &Form,
) -> Result<FieldErrors, Fault> {
    let mut errors = FieldErrors::none();
    if asks_birthdate(visit, found) && !knows_birthdate(visit, found, form) {
        errors.add("birthdate_year", "recovery-birthdate-wrong");
    }
    let typed = form.secret("new_password");
    let of_password = new_password::errors_beside_old(&visit.app, found, &typed).await?;
    errors.0.extend(of_password.0);
    Ok(errors)
}

/// Counts an attempt and returns whether it is allowed. A person with the mailbox could
/// otherwise try every date; attempts at the birthdate count like those at the code.
async fn may_guess(visit: &Visit, found: &AccountCredentials, id: &LoginId) -> Result<bool, Fault> {
    let (hidden, to) = (hidden(&visit.app, id), destination(id));
    let caller = caller_at(visit, Some(found));
    let proof = proof(&visit.interaction.id, &hidden, &to, caller);
    proof.may_try(&visit.app, visit.address).await
}

/// Whether to ask for the birthdate: the operator wants it, and the account has one.
fn asks_birthdate(visit: &Visit, found: &AccountCredentials) -> bool {
    visit.app.config.login.recovery_asks_birthdate && found.account.profile.birthdate.is_some()
}

fn knows_birthdate(visit: &Visit, found: &AccountCredentials, form: &Form) -> bool {
    let [year, month, day] = BIRTHDATE.map(|field| form.get(field));
    let typed = Birthdate::read(year, month, day, visit.app.clock.now());
    typed.is_ok_and(|date| Some(date.to_string()) == found.account.profile.birthdate)
}

async fn set(
    mut visit: Visit,
    found: AccountCredentials,
    id: &LoginId,
    typed: Secret,
) -> Result<Response, PageRefusal> {
    let (app, now) = (visit.app.clone(), visit.app.clock.now());
    let by = SetBy::Code(CodeChannel::from(&destination(id)));
    let is_closed = found.account.status == AccountStatus::Closed;
    let mut new = visit.new_session(found.account.clone());
    let goes_on = (!is_closed).then_some(&new);
    let set = new_password::set(&app, &visit.brand, &found, typed, (goes_on, by)).await?;
    if !set || is_closed {
        // The proof is used up, by this request or by another tab or device.
        visit
            .save(|interaction| interaction.recovery = None)
            .await?;
    }
    if !set {
        return proceed(visit).await;
    }
    if is_closed {
        return login::reopen::offer(visit, &found.account, FirstFactor::Password).await;
    }
    log_out::end_replaced(&visit.app, visit.session.as_ref()).await?;
    let account_id = found.account.id;
    // What the recovery ended is no factor of this visit either.
    let accounts = app.store.accounts();
    if let Some(account) = accounts.by_id(&account_id).await? {
        new.live.account = account;
    }
    visit.enter(new).await?;
    visit
        .save(|interaction| {
            if let Some(recovery) = &mut interaction.recovery {
                recovery.proven_at = None;
                recovery.done = true;
            }
            interaction.progress.authenticate(&account_id, now);
        })
        .await?;
    login::code::send_first(&mut visit).await?;
    visit.see_other("recovery/complete")
}

fn show(
    visit: &mut Visit,
    found: &AccountCredentials,
    form: Option<&Form>,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let typed = |field| form.map_or("", |form| form.get(field)).to_owned();
    let page = RecoveryPassword {
        login_id: found.account.email.clone(),
        rules: PasswordRules::of(visit.app.config.registration.password_policy),
        asks_birthdate: asks_birthdate(visit, found),
        values: BIRTHDATE.map(|field| (field, typed(field))).into(),
    };
    let shell = page::shell(visit, "recovery/password")?.errors(errors);
    let shell = page.rules.named_in(shell);
    page::show(visit, status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::accounts::password::PasswordPolicy;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let login_id = || stage.of("f.enrirtest2019@gmail.com");
        let policy = PasswordPolicy::Seed2020;
        let password = |asks_birthdate| RecoveryPassword {
            login_id: login_id(),
            rules: PasswordRules::of(policy),
            asks_birthdate,
            values: ["birthdate_year", "birthdate_month", "birthdate_day"]
                .map(|field| (field, stage.of("12")))
                .into(),
        };
        stage.show("recovery-password", stage.shell(), &password(false));
        let mut wrong = FieldErrors::one("birthdate_year", "recovery-birthdate-wrong");
        wrong.add("new_password", "password-same");
        let wrong = stage.shell().errors(wrong);
        stage.show("recovery-password-error", wrong, &password(true));
    }
}
