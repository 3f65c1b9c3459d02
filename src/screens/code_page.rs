//! What all pages that ask for a code have in common: sending one, trying one, and
//! what the page then says. Which code it is, and what it proves, they decide.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::page;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::one_time_code::{Destination, SentCodes};
use crate::accounts::verification_code::{Attempt, Sending, VerificationCode};
use crate::app::{App, SharedApp};
use crate::config::Config;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::interaction::state::Interaction;
use crate::interaction::visit::Visit;
use crate::locale::Locale;
use crate::one_time_codes::one_time_code::{self, Proof};
use crate::pages::Shell;
use crate::store::outbox::Channel;
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

/// How soon what is sent arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrives {
    /// As ever.
    Soon,
    /// The mail relay or the SMS gateway fails: later.
    Late,
    /// Never: the relay says that nobody has the mailbox.
    Never,
}

/// How soon a code arrives there that was asked for at `place`. The same for
/// everybody, whether there is an account or not.
pub(super) async fn arrives(app: &App, place: &str, to: &Destination) -> Result<Arrives, Fault> {
    let awaited_as = one_time_code::awaited_as(app, place, to);
    if app.outbox.is_undeliverable(&awaited_as).await? {
        return Ok(Arrives::Never);
    }
    Ok(travels(app, to))
}

/// How soon anything arrives that goes that way.
pub(super) fn travels(app: &App, to: &Destination) -> Arrives {
    let channel = match to {
        Destination::Mailbox(_) => Channel::Email,
        Destination::Phone(_) => Channel::Sms,
    };
    if app.outbox.is_late(channel) {
        Arrives::Late
    } else {
        Arrives::Soon
    }
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
        shell: Shell,
        field: &'static str,
        arrives: Arrives,
    ) -> (StatusCode, Shell) {
        let error = |code| FieldErrors::one(field, code);
        let locale = shell.locale;
        let text = |key| texts::text(locale, key, &[]);
        let shell = match (self, arrives) {
            (_, Arrives::Never) => shell.caution(text("code-undeliverable")),
            (Self::Resent, Arrives::Soon) => shell.notice(text("code-resent")),
            (Self::Resent, Arrives::Late) => shell.notice(text("code-resent-late")),
            (_, Arrives::Late) => shell.notice(text("code-late")),
            (_, Arrives::Soon) => shell,
        };
        match self {
            Self::Plain | Self::Resent => (StatusCode::OK, shell),
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

/// What the page at this address says, that is opened.
pub(super) fn opened(url: &str) -> Shown {
    Shown::by(url.split_once('?').map(|(_, query)| query))
}

/// The same for a page that stands by itself at `place`.
pub(super) fn back_to(place: &str) -> Redirect {
    Redirect::to(&format!("{place}?{RESENT}"))
}

/// Whoever asks a person for a code, and keeps the state of those sent.
pub(super) trait KeepsCodes {
    /// What that state is part of.
    type State: Clone;

    /// The application.
    fn app(&self) -> &SharedApp;
    /// The brand under which the person came.
    fn brand(&self) -> &RequestBrand;
    /// The language they read.
    fn locale(&self) -> Locale;
    /// Where they come from.
    fn address(&self) -> ClientAddress;
    /// The state as it was read.
    fn state(&self) -> &Self::State;

    /// Changes the state, and says what the change says: that of the newest state,
    /// if another tab changed it meanwhile.
    async fn save<T>(&mut self, change: impl Fn(&mut Self::State) -> T) -> Result<T, PageRefusal>;
}

impl KeepsCodes for Visit {
    type State = Interaction;

    fn app(&self) -> &SharedApp {
        &self.app
    }

    fn brand(&self) -> &RequestBrand {
        &self.brand
    }

    fn locale(&self) -> Locale {
        self.locale
    }

    fn address(&self) -> ClientAddress {
        self.address
    }

    fn state(&self) -> &Interaction {
        &self.interaction
    }

    async fn save<T>(&mut self, change: impl Fn(&mut Interaction) -> T) -> Result<T, PageRefusal> {
        Self::save(self, change).await
    }
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
pub(super) async fn send<K: KeepsCodes>(
    keeper: &mut K,
    proof: &Proof<'_>,
    codes: impl for<'s> Fn(&'s mut K::State) -> &'s mut SentCodes,
    reach: Reach,
) -> Result<Asked, PageRefusal> {
    let app = SharedApp::clone(keeper.app());
    let (rule, now) = (one_time_code::rule(&app.config), app.clock.now());
    let before = codes(&mut keeper.state().clone()).due(&rule, now);
    let is_due = matches!(before, Sending::Send(_));
    if is_due
        && !proof
            .may_send(&app, keeper.brand(), keeper.address())
            .await?
    {
        return Ok(Asked::TooMany);
    }
    // Decided anew on the newest state: of a double tap one sends, one waits.
    let sending = keeper.save(|state| codes(state).ask(&rule, now)).await?;
    match sending {
        Sending::Wait(wait) => Ok(Asked::Wait(wait)),
        Sending::Send(code) => {
            if reach == Reach::Somebody {
                let (brand, locale) = (keeper.brand(), keeper.locale());
                proof.send(&app, brand, locale, &code).await?;
            }
            Ok(Asked::Sent)
        }
    }
}

/// Tries what was typed. If it is right, `proven` is noted in the same moment in
/// which the code is used up; else the page says what is wrong. `codes` finds those
/// sent for this proof, if the state is not of another by now.
pub(super) async fn prove<K: KeepsCodes>(
    keeper: &mut K,
    proof: &Proof<'_>,
    typed: &str,
    codes: impl for<'s> Fn(&'s mut K::State) -> Option<&'s mut SentCodes>,
    proven: impl Fn(&mut K::State),
) -> Result<Result<(), Shown>, PageRefusal> {
    let typed = match VerificationCode::read(typed) {
        Ok(typed) => typed,
        Err(code) => return Ok(Err(Shown::Wrong(code))),
    };
    let app = SharedApp::clone(keeper.app());
    let (rule, now) = (one_time_code::rule(&app.config), app.clock.now());
    if !proof.may_try(&app).await? {
        return Ok(Err(Shown::TooMany("login-code-cooling-down")));
    }
    let attempt = keeper
        .save(|state| {
            let Some(sent) = codes(state) else {
                return Attempt::Expired;
            };
            let attempt = sent.attempt(&typed, |issued| proof.code(&app, issued), &rule, now);
            if attempt == Attempt::Right {
                proven(state);
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
