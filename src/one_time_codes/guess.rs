//! How often an account's codes that were not sent may be guessed, and what came of a guess:
//! those of an authenticator app, and recovery codes. Whoever guesses has proven the
//! password; a browser in which the account's owner gave a second factor before has guesses
//! of its own, so that others cannot use up the owner's
//! (`docs/decisions/0027-budgets-of-strangers-and-of-members.md`).

use super::authenticator_app::news;
use super::limits::DAY;
use crate::accounts::account::Account;
use crate::app::App;
use crate::brand::Brand;
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::mail::message::SecondFactorNews;
use crate::security_events::{self, Event, EventKind, Reason};
use crate::sessions::known_browser::{KnownBrowser, Most};

/// In how many known browsers' worth of guesses all of them have together.
pub const BROWSERS: u64 = 3;

/// The guesses at an account's codes of one purpose, in one browser.
#[derive(Debug)]
pub struct Guesses {
    /// The purpose, in one word.
    purpose: &'static str,
    /// The counter of this browser, which a right code resets, if the browser has one.
    here: Option<Limit>,
    /// The counter that it shares with others.
    shared: Limit,
}

impl Guesses {
    /// Returns the counters; `purpose` is one word.
    #[must_use]
    pub fn at(app: &App, browser: &KnownBrowser, account: &Account, purpose: &'static str) -> Self {
        let (id, most) = (&account.id, app.config.login.wrong_second_factors_per_day);
        if browser.knows_strongly(app, account) {
            let most = Most {
                window: DAY,
                here: most,
                in_all: most.saturating_mul(BROWSERS),
            };
            let of = format!("code-guesses-known:{purpose}");
            let [here, shared] = browser.limits(app, id, &of, most);
            let here = Some(here);
            return Self {
                purpose,
                here,
                shared,
            };
        }
        Self {
            purpose,
            here: None,
            shared: Limit::new(format!("code-guesses:{purpose}:{id}"), DAY, most),
        }
    }

    /// Counts a guess before the code is compared; returns whether it is within the limits.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn may_try(&self, app: &App) -> Result<bool, Fault> {
        app.ephemeral.count_within(&self.limits()).await
    }

    /// Takes a guess back after a right code, and begins the counter of this browser anew.
    /// What others guessed stays counted.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn succeeded(&self, app: &App) -> Result<(), Fault> {
        let shared = std::slice::from_ref(&self.shared);
        app.ephemeral.take_back(shared).await?;
        match &self.here {
            Some(here) => app.ephemeral.reset(here).await,
            None => Ok(()),
        }
    }

    /// Takes a guess back whose code was used before: that is nothing to learn from, and
    /// happens to whoever presses the button twice.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn was_used(&self, app: &App) -> Result<(), Fault> {
        app.ephemeral.take_back(&self.limits()).await
    }

    /// Notes a wrong code for the audit trail. Tells the account's owner by mail if it was the
    /// last that is allowed: somebody knows the password.
    ///
    /// # Errors
    /// `Fault` if the database or short-lived state is unreachable.
    pub async fn failed(&self, app: &App, brand: &Brand, account: &Account) -> Result<(), Fault> {
        let event = Event::failed(EventKind::CodeChecked, Reason::WrongCode);
        security_events::note(event.of(&account.id).with("purpose", self.purpose));
        if app.ephemeral.is_within(&self.limits()).await? {
            return Ok(());
        }
        let mails = news(app, brand, account, SecondFactorNews::Guessed)?;
        app.store.outbox().put_all(&mails).await?;
        app.outbox.wake();
        Ok(())
    }

    fn limits(&self) -> Vec<Limit> {
        let here = self.here.iter().cloned();
        here.chain([self.shared.clone()]).collect()
    }
}

/// The result of a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// The code is right, and is used now.
    Right,
    /// The code was refused with this error code.
    Wrong(&'static str),
    /// There were too many wrong guesses within the day.
    TooMany,
}
