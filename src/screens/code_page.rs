//! What all pages that ask for a code have in common: sending one, trying one, and
//! what the page then says. Which code it is, and what it proves, they decide.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::page;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::one_time_code::SentCodes;
use crate::accounts::verification_code::{Attempt, Sending, VerificationCode};
use crate::config::Config;
use crate::fault::Fault;
use crate::http::interaction::Interaction;
use crate::http::one_time_code::{self, Proof};
use crate::http::refusal::PageRefusal;
use crate::http::visit::Visit;
use crate::pages::Shell;
use crate::texts;

/// What the page's query says once a code was sent again.
const RESENT: &str = "resent=1";

/// What came of asking for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It is on its way.
    Sent,
    /// One was sent a moment ago; another may be asked for in so long.
    Wait(Duration),
    /// Too many were asked for.
    TooMany,
}

/// What the page says besides.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
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

impl Shown {
    /// What a page says that is opened: that a code was sent again, or nothing.
    pub(super) fn by(query: Option<&str>) -> Self {
        let resent = query.is_some_and(|query| query.split('&').any(|pair| pair == RESENT));
        if resent { Self::Resent } else { Self::Plain }
    }

    /// The page's status, and the shell that says it beside `field`.
    pub(super) fn said(
        self,
        visit: &Visit,
        shell: Shell,
        field: &'static str,
    ) -> (StatusCode, Shell) {
        let error = |code| FieldErrors::one(field, code);
        match self {
            Self::Plain => (StatusCode::OK, shell),
            Self::Resent => {
                let sentence = texts::text(visit.locale, "code-resent", &[]);
                (StatusCode::OK, shell.notice(sentence))
            }
            Self::Wait(wait) => {
                let shell = shell
                    .errors(error("resend-too-soon"))
                    .error_value("seconds", wait.as_secs().max(1));
                (StatusCode::TOO_MANY_REQUESTS, shell)
            }
            Self::Wrong(code) => (page::FILLED_IN_WRONGLY, shell.errors(error(code))),
            Self::TooMany(code) => (StatusCode::TOO_MANY_REQUESTS, shell.errors(error(code))),
        }
    }
}

/// For how many minutes a code is valid, as pages say it.
pub(super) const fn valid_minutes(config: &Config) -> u64 {
    config.registration.code_lifetime.as_secs().div_ceil(60)
}

/// Back to the page at `place`, which then says that a code was sent again.
pub(super) fn resent(mut visit: Visit, place: &str) -> Result<Response, PageRefusal> {
    let url = format!("{}&{RESENT}", visit.url(place)?);
    let location = HeaderValue::try_from(url).map_err(Fault::because)?;
    let onward = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]);
    Ok(visit.dress(onward.into_response()))
}

/// Whether a code reaches anybody where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It does.
    Somebody,
    /// It would not, and is not sent; nothing else shows that.
    Nobody,
}

/// Sends a code for `proof`, if one is due; `codes` finds those sent before.
pub(super) async fn send(
    visit: &mut Visit,
    proof: &Proof<'_>,
    codes: impl for<'i> Fn(&'i mut Interaction) -> &'i mut SentCodes,
    reach: Reach,
) -> Result<Asked, PageRefusal> {
    let (app, now) = (visit.app.clone(), visit.app.clock.now());
    let rule = one_time_code::rule(&app.config);
    let before = codes(&mut visit.interaction.clone()).due(&rule, now);
    let is_due = matches!(before, Sending::Send(_));
    if is_due && !proof.may_send(&app, &visit.brand, visit.address).await? {
        return Ok(Asked::TooMany);
    }
    // Decided anew on the newest state: of a double tap one sends, one waits.
    let sending = visit
        .save(|interaction| codes(interaction).ask(&rule, now))
        .await?;
    match sending {
        Sending::Wait(wait) => Ok(Asked::Wait(wait)),
        Sending::Send(code) => {
            if reach == Reach::Somebody {
                proof.send(&app, &visit.brand, visit.locale, &code).await?;
            }
            Ok(Asked::Sent)
        }
    }
}

/// Tries what was typed. If it is right, `proven` is noted in the same moment in
/// which the code is used up; else the page says what is wrong.
pub(super) async fn prove(
    visit: &mut Visit,
    proof: &Proof<'_>,
    typed: &str,
    codes: impl for<'i> Fn(&'i mut Interaction) -> &'i mut SentCodes,
    proven: impl Fn(&mut Interaction),
) -> Result<Result<(), Shown>, PageRefusal> {
    let typed = match VerificationCode::read(typed) {
        Ok(typed) => typed,
        Err(code) => return Ok(Err(Shown::Wrong(code))),
    };
    let (app, now) = (visit.app.clone(), visit.app.clock.now());
    let rule = one_time_code::rule(&app.config);
    if !proof.may_try(&app).await? {
        return Ok(Err(Shown::TooMany("login-code-cooling-down")));
    }
    let attempt = visit
        .save(|interaction| {
            let right = |issued: &_| proof.code(&app, issued);
            let attempt = codes(interaction).attempt(&typed, right, &rule, now);
            if attempt == Attempt::Right {
                proven(interaction);
            }
            attempt
        })
        .await?;
    match attempt.error() {
        None => {
            proof.succeeded(&app).await?;
            Ok(Ok(()))
        }
        Some(_) if matches!(attempt, Attempt::Wrong(_)) => {
            Ok(Err(Shown::Wrong("login-code-wrong")))
        }
        Some(code) => Ok(Err(Shown::Wrong(code))),
    }
}
