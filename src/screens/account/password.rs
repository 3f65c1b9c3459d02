//! Change of the password by a user who knows the current one. All other sessions end, and
//! so do the grants by which clients act in the user's absence (ASVS 7.4.3).

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::member::{GuardedMember, Member, Standing};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::pending_change::{Change, ChangeKind, NewHash};
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::own_client::OwnPage;
use crate::pages::Page;
use crate::passwords::Verdict;
use crate::screens::form::Form;
use crate::screens::login::no_sooner_than;
use crate::screens::new_password::{self, PasswordRules};
use crate::screens::page;
use crate::secret::Secret;
use crate::sessions::browser;
use crate::sessions::browser_state;
use crate::sessions::known_browser::KnownBrowser;
use crate::store::accounts::AccountCredentials;
use crate::store::accounts::password::SetBy;

const PLACE: &str = OwnPage::Password.as_str();

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPassword {
    /// The login ID, for the password manager.
    pub email: String,
    /// The rules for a password.
    #[serde(flatten)]
    pub rules: PasswordRules,
}

impl Page for AccountPassword {
    const TEMPLATE: &'static str = "account/password.html";
    const SCREEN: &'static str = "account-password";
}

/// `GET /account/password`
///
/// # Errors
/// `Fault` if the page cannot be rendered. (`GuardedMember` sends a
/// person without a recent or a strong login to ⑪.)
pub async fn get(member: GuardedMember) -> Result<Response, PageRefusal> {
    show(&member, StatusCode::OK, FieldErrors::none()).await
}

/// `POST /account/password`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// or short-lived state is unreachable. `Fault::Busy` if too many passwords wait to be
/// checked.
pub async fn post(
    member: GuardedMember,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, PageRefusal> {
    member.check_form(&form, PLACE)?;
    let found = match judge_present(&member, form.secret("password")).await? {
        Present::Right(found) => found,
        Present::TooMany => {
            let errors = FieldErrors::one("password", "password-too-many");
            return show(&member, StatusCode::TOO_MANY_REQUESTS, errors).await;
        }
        Present::Wrong(code) => {
            let errors = FieldErrors::one("password", code);
            return show(&member, page::FILLED_IN_WRONGLY, errors).await;
        }
    };
    let typed = form.secret("new_password");
    let errors = new_password::errors_beside_old(&member.app, &found, &typed).await?;
    if !errors.is_empty() {
        return show(&member, page::FILLED_IN_WRONGLY, errors).await;
    }
    if member.standing().await? != Standing::Strongest {
        return let_wait(&member, &found, typed).await;
    }
    let known = KnownBrowser::of(&member.app, &member.brand, &headers);
    set(&member, &found, typed, known).await
}

/// Counts an attempt and returns whether it is allowed, so that a person at an open session
/// cannot guess the password.
async fn may_try(member: &Member) -> Result<bool, Fault> {
    member.app.ephemeral.count_within(&[tries(member)]).await
}

fn tries(member: &Member) -> Limit {
    let limits = &member.app.config.login;
    let of = format!("password-change:{}", member.live.account.id);
    Limit::new(of, limits.window, limits.wrong_per_account_and_ip)
}

/// The result of checking the current password.
#[derive(Clone, Debug)]
pub(super) enum Present {
    /// The password is right; the account with its hash.
    Right(Box<AccountCredentials>),
    /// The password is wrong or missing; the error code.
    Wrong(&'static str),
    /// There were too many wrong attempts.
    TooMany,
}

/// Checks the current password. A wrong password is answered after the same minimum time as
/// on ⑪.
pub(super) async fn judge_present(member: &Member, typed: Secret) -> Result<Present, Fault> {
    let app = &member.app;
    if typed.expose().is_empty() {
        return Ok(Present::Wrong("password-missing"));
    }
    app.passwords.admit()?;
    if !may_try(member).await? {
        return Ok(Present::TooMany);
    }
    let floor = no_sooner_than(app.config.login.wrong_answer_after);
    let found = app
        .store
        .accounts()
        .credentials(&member.live.account.id)
        .await?;
    let hash = found.as_ref().and_then(|found| found.password_hash.clone());
    match (app.passwords.verify(typed, hash).await?, found) {
        (Verdict::Wrong, _) | (_, None) => {
            floor.await;
            Ok(Present::Wrong("password-present-wrong"))
        }
        (Verdict::Right | Verdict::RightButRenew, Some(found)) => {
            app.ephemeral.reset(&tries(member)).await?;
            Ok(Present::Right(Box::new(found)))
        }
    }
}

async fn set(
    member: &Member,
    found: &AccountCredentials,
    typed: Secret,
    known: KnownBrowser,
) -> Result<Response, PageRefusal> {
    let (app, live) = (&member.app, &member.live);
    let mut new =
        browser::renewed_session(app, &member.brand, found.account.clone(), &live.session);
    // The second factor was entered in this session, which continues under a new secret.
    new.live.session.second_factor_at = live.session.second_factor_at;
    new.live.session.amr.clone_from(&live.session.amr);
    new.live.session.strength = live.session.strength;
    if !new_password::set(
        app,
        &member.brand,
        found,
        typed,
        (Some(&new), SetBy::OldPassword),
    )
    .await?
    {
        let errors = FieldErrors::one("password", "password-present-wrong");
        return show(member, StatusCode::CONFLICT, errors).await;
    }
    let mut response = page::done(super::home::PLACE, "password").into_response();
    let state = browser_state::cookie(app, &member.brand, &new.live.session);
    // Every other browser is a stranger to the account from now on.
    let known = known.cookie_after_login(app, &member.brand, &new.live)?;
    for cookie in new.cookie.into_iter().chain(state).chain(known) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn let_wait(
    member: &Member,
    found: &AccountCredentials,
    typed: Secret,
) -> Result<Response, PageRefusal> {
    let hashes = NewHash {
        new: member.app.passwords.hash(typed).await?,
        old: found.password_hash.clone().unwrap_or_default(),
    };
    let change = Change::Password(hashes);
    member.let_wait(change, ChangeKind::Password).await
}

async fn show(
    member: &Member,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let policy = member.app.config.registration.password_policy;
    let page = AccountPassword {
        email: member.live.account.email.clone(),
        rules: PasswordRules::of(policy),
    };
    let shell = page
        .rules
        .named_in(member.guarded_shell(PLACE).await?.errors(errors));
    member.show(status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::accounts::password::PasswordPolicy;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let policy = PasswordPolicy::Seed2020;
        let password = || AccountPassword {
            email: email(),
            rules: PasswordRules::of(policy),
        };
        stage.show("account-password", stage.shell(), &password());
        let wrong = FieldErrors::one("password", "password-present-wrong");
        stage.show(
            "account-password-error",
            stage.shell().errors(wrong),
            &password(),
        );
    }
}
