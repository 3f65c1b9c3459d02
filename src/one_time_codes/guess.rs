//! How often an account's codes that were not sent may be guessed, and what came of a guess:
//! those of an authenticator app, and recovery codes.

use super::limits::HOUR;
use crate::app::App;
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::security_events::{self, Event, EventKind, Reason};

/// The guesses at an account's codes of one purpose.
#[derive(Clone, Copy, Debug)]
pub struct Guesses<'a> {
    /// The purpose, in one word.
    pub purpose: &'static str,
    /// The id of the account.
    pub account_id: &'a str,
}

impl Guesses<'_> {
    /// Counts a guess before the code is compared; returns whether it is within the limit.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn may_try(&self, app: &App) -> Result<bool, Fault> {
        app.ephemeral.count_within(&[self.limit(app)]).await
    }

    /// Resets the counter after a right code.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn succeeded(&self, app: &App) -> Result<(), Fault> {
        app.ephemeral.reset(&self.limit(app)).await
    }

    /// Notes for the audit trail that a wrong code was typed.
    pub(super) fn note_wrong(&self) {
        let event = Event::failed(EventKind::CodeChecked, Reason::WrongCode);
        security_events::note(event.of(self.account_id).with("purpose", self.purpose));
    }

    fn limit(&self, app: &App) -> Limit {
        let of = format!("code-guesses:{}:{}", self.purpose, self.account_id);
        Limit::new(of, HOUR, app.config.registration.wrong_per_address_hour)
    }
}

/// The result of a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// The code is right, and is used now.
    Right,
    /// The code was refused with this error code.
    Wrong(&'static str),
    /// There were too many wrong guesses within the hour.
    TooMany,
}
