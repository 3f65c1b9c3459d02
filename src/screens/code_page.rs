//! What all pages that ask for a verification code share: sending a code, checking a typed
//! code, and the messages of the page. Each page decides which code it asks for and what
//! the code proves.

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

/// The query parameter by which a page shows that a code was sent again.
const RESENT: &str = "resent=1";

/// The result of asking for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The code was sent.
    Sent,
    /// A code was sent recently; the next may be sent after this time.
    Wait(Duration),
    /// Too many codes were asked for.
    TooMany,
}

/// How soon a message arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrives {
    /// The message arrives as usual.
    Soon,
    /// The mail relay or the SMS gateway fails at the moment, so the message arrives later.
    Late,
    /// The message never arrives: the relay reports that the mailbox does not exist.
    Never,
}

/// Returns how soon the code asked for at `place` (an interaction or a change) arrives. The
/// answer does not depend on whether there is an account.
pub(super) async fn arrives(app: &App, place: &str, to: &Destination) -> Result<Arrives, Fault> {
    let awaited_as = one_time_code::awaited_as(app, place, to);
    if app.outbox.is_undeliverable(&awaited_as).await? {
        return Ok(Arrives::Never);
    }
    Ok(travels(app, to))
}

/// Returns how soon any message to a destination of this kind arrives.
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

/// The message that the page shows in addition.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
    /// No message.
    Plain,
    /// A code was sent again.
    Resent,
    /// The next code can be sent after this time.
    Wait(Duration),
    /// The code was refused with this error code.
    Wrong(&'static str),
    /// There were too many attempts or codes; the error code says which.
    TooMany(&'static str),
}

impl Shown {
    /// Reads the message from the query of a page: a code was sent again, or none.
    pub(super) fn by(query: Option<&str>) -> Self {
        let resent = query.is_some_and(|query| query.split('&').any(|pair| pair == RESENT));
        if resent { Self::Resent } else { Self::Plain }
    }

    /// Returns the page's status, and the shell with the message, an error being shown
    /// beside `field`.
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

/// Returns for how many minutes a code is valid, rounded up, for display.
pub(super) const fn valid_minutes(config: &Config) -> u64 {
    config.registration.code_lifetime.as_secs().div_ceil(60)
}

/// Redirects to the interaction's page at `place`, which then shows that a code was sent
/// again.
pub(super) fn resent(mut visit: Visit, place: &str) -> Result<Response, PageRefusal> {
    let url = format!("{}&{RESENT}", visit.url(place)?);
    let location = HeaderValue::try_from(url).map_err(Fault::because)?;
    let onward = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]);
    Ok(visit.dress(onward.into_response()))
}

/// Reads the message from the URL of a page.
pub(super) fn opened(url: &str) -> Shown {
    Shown::by(url.split_once('?').map(|(_, query)| query))
}

/// Redirects to the page at `place`, outside an interaction, which then shows that a code
/// was sent again.
pub(super) fn back_to(place: &str) -> Redirect {
    Redirect::to(&format!("{place}?{RESENT}"))
}

/// A page's state that holds the codes sent: an interaction, or a change of the account.
pub(super) trait KeepsCodes {
    /// The state that holds the codes.
    type State: Clone;

    /// The application.
    fn app(&self) -> &SharedApp;
    /// The brand of the request.
    fn brand(&self) -> &RequestBrand;
    /// The language of the page.
    fn locale(&self) -> Locale;
    /// The IP address of the request.
    fn address(&self) -> ClientAddress;
    /// The state as it was loaded.
    fn state(&self) -> &Self::State;

    /// Changes the state and returns what `change` returns. If another tab changed the
    /// state meanwhile, `change` runs again on the newest state.
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

/// Whether the code is really sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The code is sent.
    Somebody,
    /// The code is not sent, because it would reach no account; the page looks the same.
    Nobody,
}

/// Sends a code for `proof`, if one may be sent now. `codes` returns the codes sent before.
pub(super) async fn send<K: KeepsCodes>(
    keeper: &mut K,
    proof: &Proof<'_>,
    codes: impl for<'s> Fn(&'s mut K::State) -> &'s mut SentCodes,
    reach: Reach,
) -> Result<Asked, PageRefusal> {
    let app = SharedApp::clone(keeper.app());
    let (rule, now) = (
        one_time_code::rule(&app.config, proof.purpose),
        app.clock.now(),
    );
    let serial = one_time_code::new_serial(&app);
    let is_due = codes(&mut keeper.state().clone()).is_due(serial, &rule, now);
    if is_due
        && !proof
            .may_send(&app, keeper.brand(), keeper.address())
            .await?
    {
        return Ok(Asked::TooMany);
    }
    // This decides again on the newest state, so that of two simultaneous requests one
    // sends a code and the other waits.
    let sending = keeper
        .save(|state| codes(state).ask(serial, &rule, now))
        .await?;
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

/// Checks the typed code. If it is right, `proven` records that in the same change that
/// uses up the code; otherwise the result is the message to show. `codes` returns the codes
/// sent for this proof, or `None` if the state belongs to another proof by now.
pub(super) async fn prove<K: KeepsCodes>(
    keeper: &mut K,
    proof: &Proof<'_>,
    typed: &str,
    codes: impl for<'s> Fn(&'s mut K::State) -> Option<&'s mut SentCodes>,
    proven: impl Fn(&mut K::State),
) -> Result<Result<(), Shown>, PageRefusal> {
    let typed = match VerificationCode::read(typed, one_time_code::length(proof.purpose)) {
        Ok(typed) => typed,
        Err(code) => return Ok(Err(Shown::Wrong(code))),
    };
    let app = SharedApp::clone(keeper.app());
    let (rule, now) = (
        one_time_code::rule(&app.config, proof.purpose),
        app.clock.now(),
    );
    let from = keeper.address();
    if !proof.may_try(&app, from).await? {
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
            proof.succeeded(&app, from).await?;
            Ok(Ok(()))
        }
        Some(code) if attempt == Attempt::Expired => {
            proof.expired(&app, from).await?;
            Ok(Err(Shown::Wrong(code)))
        }
        Some(_) if matches!(attempt, Attempt::Wrong(_)) => {
            proof.note_wrong();
            Ok(Err(Shown::Wrong("login-code-wrong")))
        }
        Some(code) => Ok(Err(Shown::Wrong(code))),
    }
}
