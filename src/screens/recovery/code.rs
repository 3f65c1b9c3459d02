//! Give the code that came to the login ID.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::start::{Asked, send};
use super::{destination, hidden, is_proven, owner, proof, under_way};
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::login_id::LoginId;
use crate::accounts::one_time_code::Destination;
use crate::accounts::verification_code::{Attempt, VerificationCode};
use crate::http::interaction::Recovery;
use crate::http::one_time_code;
use crate::http::refusal::PageRefusal;
use crate::http::visit::Visit;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::texts;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryCode {
    /// The ID as typed.
    pub login_id: String,
    /// `sms` or `mail`.
    pub by: &'static str,
    /// For how many minutes the code is valid.
    pub valid_minutes: u64,
}

impl Page for RecoveryCode {
    const TEMPLATE: &'static str = "recovery/code.html";
    const SCREEN: &'static str = "recovery-code";
}

/// The code was right, but nobody logs in with that ID. Only its owner gets here.
#[derive(Clone, Debug, Serialize)]
pub struct RecoveryNobody {
    /// The ID as typed.
    pub login_id: String,
}

impl Page for RecoveryNobody {
    const TEMPLATE: &'static str = "recovery/nobody.html";
    const SCREEN: &'static str = "recovery-nobody";
}

/// `GET …/recovery/code`
///
/// # Errors
/// If a store fails.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let Some((recovery, id)) = under_way(&visit) else {
        return super::start::get(visit).await;
    };
    if is_proven(&visit, &recovery) {
        return onward(visit, &recovery, &id).await;
    }
    show(&mut visit, &recovery, &id, Shown::Plain)
}

/// `POST …/recovery/code`
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some((recovery, id)) = under_way(&visit) else {
        return super::start::get(visit).await;
    };
    match form.action() {
        "back" => visit.see_other("recovery"),
        "register" => {
            visit
                .save(|interaction| {
                    interaction.recovery = None;
                    interaction.progress.choose_new();
                })
                .await?;
            visit.proceed().await
        }
        "resend_code" => match send(&mut visit, &recovery.login_id, &id).await? {
            Asked::Sent => show(&mut visit, &recovery, &id, Shown::Resent),
            Asked::Wait(wait) => show(&mut visit, &recovery, &id, Shown::Wait(wait.as_secs())),
            Asked::TooMany => show(
                &mut visit,
                &recovery,
                &id,
                Shown::TooMany("resend-too-many"),
            ),
        },
        _ => prove(visit, recovery, id, form.get("code")).await,
    }
}

async fn prove(
    mut visit: Visit,
    recovery: Recovery,
    id: LoginId,
    typed: &str,
) -> Result<Response, PageRefusal> {
    let typed = match VerificationCode::read(typed) {
        Ok(typed) => typed,
        Err(code) => return show(&mut visit, &recovery, &id, Shown::Wrong(code)),
    };
    let (app, now) = (visit.app.clone(), visit.app.clock.now());
    let rule = one_time_code::rule(&app.config);
    let (place, hidden, to) = (
        visit.interaction.id.clone(),
        hidden(&app, &id),
        destination(&id),
    );
    let proof = proof(&place, &hidden, &to);
    if !proof.may_try(&app).await? {
        let shown = Shown::TooMany("login-code-cooling-down");
        return show(&mut visit, &recovery, &id, shown);
    }
    let attempt = visit
        .save(|interaction| {
            let Some(recovery) = &mut interaction.recovery else {
                return Attempt::Expired;
            };
            let right = |issued: &_| proof.code(&app, issued);
            let attempt = recovery.codes.attempt(&typed, right, &rule, now);
            if attempt == Attempt::Right {
                recovery.proven_at = Some(now);
            }
            attempt
        })
        .await?;
    match attempt.error() {
        None => {
            proof.succeeded(&app).await?;
            onward(visit, &recovery, &id).await
        }
        Some(_) if matches!(attempt, Attempt::Wrong(_)) => {
            show(&mut visit, &recovery, &id, Shown::Wrong("login-code-wrong"))
        }
        Some(code) => show(&mut visit, &recovery, &id, Shown::Wrong(code)),
    }
}

/// After the proof: the new password, or the news that nobody has this ID.
async fn onward(
    mut visit: Visit,
    recovery: &Recovery,
    id: &LoginId,
) -> Result<Response, PageRefusal> {
    if owner(&visit, id).await?.is_some() {
        return visit.see_other("recovery/password");
    }
    let page = RecoveryNobody {
        login_id: recovery.login_id.clone(),
    };
    let shell = page::shell(&mut visit, "recovery/code")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// What the page says besides.
enum Shown {
    Plain,
    Resent,
    /// Another cannot be sent for so many seconds.
    Wait(u64),
    Wrong(&'static str),
    TooMany(&'static str),
}

fn show(
    visit: &mut Visit,
    recovery: &Recovery,
    id: &LoginId,
    shown: Shown,
) -> Result<Response, PageRefusal> {
    let lifetime = visit.app.config.registration.code_lifetime;
    let page = RecoveryCode {
        login_id: recovery.login_id.clone(),
        by: match destination(id) {
            Destination::Phone(_) => "sms",
            Destination::Mailbox(_) => "mail",
        },
        valid_minutes: lifetime.as_secs().div_ceil(60),
    };
    let shell = page::shell(visit, "recovery/code")?;
    let error = |code| FieldErrors::one("code", code);
    let (status, shell) = match shown {
        Shown::Plain => (StatusCode::OK, shell),
        Shown::Resent => (
            StatusCode::OK,
            shell.notice(texts::text(visit.locale, "code-resent", &[])),
        ),
        Shown::Wait(seconds) => (
            StatusCode::TOO_MANY_REQUESTS,
            shell
                .errors(error("resend-too-soon"))
                .error_value("seconds", seconds.max(1)),
        ),
        Shown::Wrong(code) => (page::FILLED_IN_WRONGLY, shell.errors(error(code))),
        Shown::TooMany(code) => (StatusCode::TOO_MANY_REQUESTS, shell.errors(error(code))),
    };
    page::show(visit, status, &shell, &page)
}
