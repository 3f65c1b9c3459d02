//! A second factor of a login: a code sent to the user's verified phone or mailbox. The
//! code is sent at once after a password was entered. A user who was logged in already has
//! to ask for it; otherwise any site could cause codes to be sent by redirecting people
//! here.

use axum::extract::RawQuery;
use axum::response::Response;
use serde::Serialize;

use super::second_step::{self, Given, SecondStep};
use crate::accounts::factors::Strength;
use crate::accounts::one_time_code::{Destination, SentCodes};
use crate::accounts::second_factor::{destination, methods_of_code};
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::state::{Interaction, SecondFactorCodes};
use crate::interaction::visit::Visit;
use crate::one_time_codes::limits::Caller;
use crate::one_time_codes::one_time_code::Proof;
use crate::pages::Page;
use crate::screens::code_page::{self, Arrives, Asked, Reach, Shown};
use crate::screens::form::Form;
use crate::screens::page;
use crate::sessions::browser::LiveSession;
use crate::sessions::second_factor::Second;

/// The page, below `/interaction/{id}/`.
const PLACE: &str = "login/code";

/// The purpose of the code, which keeps it apart from codes for other purposes.
const PURPOSE: &str = "second-factor";

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct LoginCode {
    /// The destination of the code, masked so that only its owner recognises it.
    pub to: String,
    /// `sms` or `mail`.
    pub by: &'static str,
    /// Whether a code was sent.
    pub sent: bool,
    /// For how many minutes the code is valid.
    pub valid_minutes: u64,
    /// What every page of the second step shows.
    #[serde(flatten)]
    pub step: SecondStep,
}

impl Page for LoginCode {
    const TEMPLATE: &'static str = "login/code.html";
    const SCREEN: &'static str = "login-code";
}

/// `GET …/login/code`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit, RawQuery(query): RawQuery) -> Result<Response, PageRefusal> {
    let Some((live, to)) = owed_by(&visit).await? else {
        return second_step::leave(visit).await;
    };
    let shown = Shown::by(query.as_deref());
    show(&mut visit, &live, &to, shown).await
}

/// `POST …/login/code`: the code, a request to send one, or "not now".
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let Some((live, to)) = owed_by(&visit).await? else {
        return second_step::leave(visit).await;
    };
    match form.action() {
        "send_code" | "resend_code" => resend(visit, &live, &to, form.action()).await,
        "not_now" => second_step::decline(visit, &live).await,
        _ => prove(visit, live, &to, &form).await,
    }
}

/// Sends the first code to a user who has just logged in, if one is needed and no other
/// factor is asked for before it. If too many were sent, the page says so.
///
/// # Errors
/// `Elsewhere` if another browser changed the interaction first; `Fault` if the database or
/// short-lived state is unreachable.
pub(in crate::screens) async fn send_first(visit: &mut Visit) -> Result<(), PageRefusal> {
    if let Some((live, to)) = owed_by(visit).await?
        && second_step::first_page(&live) == PLACE
    {
        send(visit, &live, &to).await?;
    }
    Ok(())
}

/// Returns the session that owes a second step, and the code's destination.
async fn owed_by(visit: &Visit) -> Result<Option<(LiveSession, Destination)>, Fault> {
    let live = second_step::owed_by(visit).await?;
    Ok(live.and_then(|live| {
        let to = destination(&live.account)?;
        Some((live, to))
    }))
}

async fn send(
    visit: &mut Visit,
    live: &LiveSession,
    to: &Destination,
) -> Result<Asked, PageRefusal> {
    let place = visit.interaction.id.clone();
    let codes = codes_of(&live.account.id);
    let proof = proof(&place, live, to);
    code_page::send(visit, &proof, codes, Reach::Somebody).await
}

/// Selects the codes sent to an account in an interaction.
fn codes_of(account_id: &str) -> impl for<'i> Fn(&'i mut Interaction) -> &'i mut SentCodes {
    move |interaction| SecondFactorCodes::of(interaction, account_id)
}

/// Selects the same codes to check one; another account has codes of its own.
fn codes_still_of(
    account_id: &str,
) -> impl for<'i> Fn(&'i mut Interaction) -> Option<&'i mut SentCodes> {
    move |interaction| Some(SecondFactorCodes::of(interaction, account_id))
}

fn proof<'a>(place: &'a str, live: &'a LiveSession, to: &'a Destination) -> Proof<'a> {
    Proof {
        purpose: PURPOSE,
        place,
        account_id: &live.account.id,
        to,
        // The password was proven, and the code goes to the account's own mailbox or phone.
        caller: Caller::Known,
    }
}

async fn resend(
    mut visit: Visit,
    live: &LiveSession,
    to: &Destination,
    action: &str,
) -> Result<Response, PageRefusal> {
    match send(&mut visit, live, to).await? {
        Asked::Sent if action == "send_code" => visit.see_other(PLACE),
        Asked::Sent => code_page::resent(visit, PLACE),
        Asked::Wait(wait) => show(&mut visit, live, to, Shown::Wait(wait)).await,
        Asked::TooMany => show(&mut visit, live, to, Shown::TooMany("resend-too-many")).await,
    }
}

async fn prove(
    mut visit: Visit,
    live: LiveSession,
    to: &Destination,
    form: &Form,
) -> Result<Response, PageRefusal> {
    let typed = form.get("code");
    let place = visit.interaction.id.clone();
    let proof = proof(&place, &live, to);
    let codes = codes_still_of(&live.account.id);
    let given = |interaction: &mut Interaction| {
        SecondFactorCodes::given(interaction, &live.account.id, &live.secret_hash);
    };
    match code_page::prove(&mut visit, &proof, typed, codes, given).await? {
        Ok(()) => second_step::enter(visit, &live, (by_code(to), form)).await,
        // The button was pressed twice at once, and the other request entered the code.
        Err(_) if second_step::was_given(&visit, &live) => {
            second_step::enter(visit, &live, (by_code(to), form)).await
        }
        Err(shown) => show(&mut visit, &live, to, shown).await,
    }
}

const fn by_code(to: &Destination) -> Given<'_> {
    Given {
        second: Second {
            methods: methods_of_code(to),
            strength: Strength::SentCode,
        },
        to: Some(to),
    }
}

async fn show(
    visit: &mut Visit,
    live: &LiveSession,
    to: &Destination,
    shown: Shown,
) -> Result<Response, PageRefusal> {
    let sent = codes_of(&live.account.id)(&mut visit.interaction)
        .last()
        .is_some();
    let page = LoginCode {
        to: to.masked(),
        by: by(to),
        sent,
        valid_minutes: code_page::valid_minutes(&visit.app.config),
        step: SecondStep::at(visit, live, PLACE).await?,
    };
    let shell = page::shell(visit, PLACE)?;
    let field = if sent { "code" } else { "" };
    let arrives = if sent {
        code_page::arrives(&visit.app, &visit.interaction.id, to).await?
    } else {
        Arrives::Soon
    };
    let (status, shell) = shown.said(shell, field, arrives);
    page::show(visit, status, &shell, &page)
}

/// Returns the word for the channel of a code, as catalogue keys contain it.
pub(in crate::screens) const fn by(to: &Destination) -> &'static str {
    match to {
        Destination::Phone(_) => "sms",
        Destination::Mailbox(_) => "mail",
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::accounts::field_errors::FieldErrors;
    use crate::screens::login::second_step::samples::with;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        for (by, to) in [("sms", "***-****-5678"), ("mail", "h***@example.jp")] {
            for sent in [false, true] {
                let page = LoginCode {
                    to: stage.of(to),
                    by,
                    sent,
                    valid_minutes: 10,
                    step: with(stage, if sent { &[] } else { &["app", "recovery-code"] }),
                };
                let name = format!("login-code-{by}{}", if sent { "-sent" } else { "" });
                stage.show(&name, stage.shell(), &page.clone());
                let error =
                    FieldErrors::one(if sent { "code" } else { "" }, "login-code-cooling-down");
                stage.show(&format!("{name}-error"), stage.shell().errors(error), &page);
            }
        }
    }
}
