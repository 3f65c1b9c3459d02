//! The second factor of a login: a code sent to the phone or mailbox that the
//! person proved. Sent at once to whoever has just typed in their password;
//! who was logged in already asks for it, or any site could have codes sent by
//! sending people here.

use std::time::Duration;

use axum::extract::RawQuery;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::accounts::field_errors::FieldErrors;
use crate::accounts::one_time_code::Destination;
use crate::accounts::verification_code::{Attempt, Sending, VerificationCode};
use crate::fault::Fault;
use crate::http::browser::LiveSession;
use crate::http::interaction::SecondFactorCodes;
use crate::http::one_time_code::{self, Proof};
use crate::http::refusal::PageRefusal;
use crate::http::second_factor;
use crate::http::visit::Visit;
use crate::oidc::interaction::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;
use crate::texts;

/// What the code is for, among all codes.
const PURPOSE: &str = "second-factor";

/// What the page's query says once a code was sent again.
const RESENT: &str = "resent=1";

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct LoginCode {
    /// Where the code goes, so that its owner knows it.
    pub to: String,
    /// `sms` or `mail`.
    pub by: &'static str,
    /// Whether one was sent.
    pub sent: bool,
    /// For how many minutes it is valid.
    pub valid_minutes: u64,
}

impl Page for LoginCode {
    const TEMPLATE: &'static str = "login/code.html";
    const SCREEN: &'static str = "login-code";
}

/// `GET …/login/code`
///
/// # Errors
/// If a store fails.
pub async fn get(mut visit: Visit, RawQuery(query): RawQuery) -> Result<Response, PageRefusal> {
    let Some((live, to)) = asked_for(&visit) else {
        return visit.proceed().await;
    };
    let resent = query.is_some_and(|query| query.split('&').any(|pair| pair == RESENT));
    let shown = if resent { Shown::Resent } else { Shown::Plain };
    show(&mut visit, &live, &to, shown)
}

/// `POST …/login/code`: the code, a code to be sent, or none to be had.
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some((live, to)) = asked_for(&visit) else {
        return visit.proceed().await;
    };
    match form.action() {
        "send_code" | "resend_code" => resend(visit, &live, &to, form.action()).await,
        "not_now" => {
            let account_id = live.account.id;
            visit
                .save(|interaction| interaction.progress.decline_second_factor(&account_id))
                .await?;
            visit.proceed().await
        }
        _ => prove(visit, live, &to, form.get("code")).await,
    }
}

/// Sends the first code to someone who has just logged in, if one is owed. That
/// there were too many is told by the page.
///
/// # Errors
/// If a store fails.
pub(in crate::screens) async fn send_first(visit: &mut Visit) -> Result<(), Fault> {
    if let Some((live, to)) = asked_for(visit) {
        send(visit, &live, &to).await?;
    }
    Ok(())
}

/// Whose code is asked for and where it goes.
fn asked_for(visit: &Visit) -> Option<(LiveSession, Destination)> {
    let live = visit.session.clone()?;
    let to = second_factor::destination(&live.account)?;
    (visit.step() == Step::SecondFactor).then_some((live, to))
}

/// What came of asking for a code.
enum Asked {
    Sent,
    Wait(Duration),
    TooMany,
}

async fn send(visit: &mut Visit, live: &LiveSession, to: &Destination) -> Result<Asked, Fault> {
    let (app, now) = (visit.app.clone(), visit.app.clock.now());
    let rule = one_time_code::rule(&app.config);
    let place = visit.interaction.id.clone();
    let proof = proof(&place, live, to);
    let codes = SecondFactorCodes::of(&visit.interaction, &live.account.id);
    let is_due = matches!(codes.due(&rule, now), Sending::Send(_));
    if is_due && !proof.may_send(&app, visit.address).await? {
        return Ok(Asked::TooMany);
    }
    // Decided anew on the newest state: of a double tap one sends, one waits.
    let sending = visit
        .save(|interaction| {
            SecondFactorCodes::change(interaction, &live.account.id, |codes| codes.ask(&rule, now))
        })
        .await?;
    match sending {
        Sending::Wait(wait) => Ok(Asked::Wait(wait)),
        Sending::Send(code) => {
            proof.send(&app, &visit.brand, visit.locale, &code).await?;
            Ok(Asked::Sent)
        }
    }
}

fn proof<'a>(place: &'a str, live: &'a LiveSession, to: &'a Destination) -> Proof<'a> {
    Proof {
        purpose: PURPOSE,
        place,
        account_id: &live.account.id,
        to,
    }
}

async fn resend(
    mut visit: Visit,
    live: &LiveSession,
    to: &Destination,
    action: &str,
) -> Result<Response, PageRefusal> {
    match send(&mut visit, live, to).await? {
        Asked::Sent if action == "send_code" => visit.see_other("login/code"),
        Asked::Sent => {
            let url = format!("{}&{RESENT}", visit.url("login/code")?);
            let location = HeaderValue::try_from(url).map_err(Fault::because)?;
            let onward = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]);
            Ok(visit.dress(onward.into_response()))
        }
        Asked::Wait(wait) => show(&mut visit, live, to, Shown::Wait(wait)),
        Asked::TooMany => show(&mut visit, live, to, Shown::TooMany("resend-too-many")),
    }
}

async fn prove(
    mut visit: Visit,
    live: LiveSession,
    to: &Destination,
    typed: &str,
) -> Result<Response, PageRefusal> {
    let typed = match VerificationCode::read(typed) {
        Ok(typed) => typed,
        Err(code) => return show(&mut visit, &live, to, Shown::Wrong(code)),
    };
    let (app, now) = (visit.app.clone(), visit.app.clock.now());
    let rule = one_time_code::rule(&app.config);
    let place = visit.interaction.id.clone();
    let proof = proof(&place, &live, to);
    if !proof.may_try(&app).await? {
        return show(
            &mut visit,
            &live,
            to,
            Shown::TooMany("login-code-cooling-down"),
        );
    }
    let attempt = visit
        .save(|interaction| {
            SecondFactorCodes::change(interaction, &live.account.id, |codes| {
                codes.attempt(&typed, |issued| proof.code(&app, issued), &rule, now)
            })
        })
        .await?;
    match attempt.error() {
        None => {
            proof.succeeded(&app).await?;
            enter(visit, &live, to).await
        }
        Some(_) if matches!(attempt, Attempt::Wrong(_)) => {
            show(&mut visit, &live, to, Shown::Wrong("login-code-wrong"))
        }
        Some(code) => show(&mut visit, &live, to, Shown::Wrong(code)),
    }
}

/// A new session in place of the one before: every authentication gets a secret
/// of its own (ASVS 7.2.4).
async fn enter(
    mut visit: Visit,
    live: &LiveSession,
    to: &Destination,
) -> Result<Response, PageRefusal> {
    let new = second_factor::session(&visit.app, &visit.brand, live, to);
    visit
        .app
        .store
        .sessions()
        .begin(
            &new.live.secret_hash,
            &new.live.session,
            Some(&live.secret_hash),
            visit.app.clock.now(),
        )
        .await?;
    visit.enter(new).await?;
    visit.proceed().await
}

/// What the page says besides.
#[derive(Clone, Copy, Debug)]
enum Shown {
    /// Nothing.
    Plain,
    /// A code was sent again.
    Resent,
    /// Another cannot be sent yet.
    Wait(Duration),
    /// The code was not taken, for this reason.
    Wrong(&'static str),
    /// There were too many, of this sort.
    TooMany(&'static str),
}

fn show(
    visit: &mut Visit,
    live: &LiveSession,
    to: &Destination,
    shown: Shown,
) -> Result<Response, PageRefusal> {
    let codes = SecondFactorCodes::of(&visit.interaction, &live.account.id);
    let lifetime = visit.app.config.registration.code_lifetime;
    let page = LoginCode {
        to: to.masked(),
        by: match to {
            Destination::Phone(_) => "sms",
            Destination::Mailbox(_) => "mail",
        },
        sent: codes.last().is_some(),
        valid_minutes: lifetime.as_secs().div_ceil(60),
    };
    let shell = page::shell(visit, "login/code")?;
    let field = if page.sent { "code" } else { "" };
    let error = |code| FieldErrors::one(field, code);
    let (status, shell) = match shown {
        Shown::Plain => (StatusCode::OK, shell),
        Shown::Resent => (
            StatusCode::OK,
            shell.notice(texts::text(visit.locale, "code-resent", &[])),
        ),
        Shown::Wait(wait) => (
            StatusCode::TOO_MANY_REQUESTS,
            shell
                .errors(error("resend-too-soon"))
                .error_value("seconds", wait.as_secs().max(1)),
        ),
        Shown::Wrong(code) => (page::FILLED_IN_WRONGLY, shell.errors(error(code))),
        Shown::TooMany(code) => (StatusCode::TOO_MANY_REQUESTS, shell.errors(error(code))),
    };
    page::show(visit, status, &shell, &page)
}
