//! One-time codes on their way to people who have an account: how many may go to
//! one mailbox or phone, for one account and from one place, what they are, and
//! how often they may be guessed at. For any proof outside registration: the
//! second factor of a login, a phone, another address, a forgotten password.

use super::limits::{self, DAY, HOUR, Limit};
use crate::accounts::one_time_code::Destination;
use crate::accounts::verification_code::{CodeRule, IssuedCode, VerificationCode};
use crate::app::App;
use crate::brand::Brand;
use crate::config::Config;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::locale::Locale;
use crate::mail::message::Message;
use crate::seal::Purpose;

/// What a code proves: one for one thing is no good for another.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// What it is for, in a word.
    pub purpose: &'static str,
    /// Where it is asked for: the interaction, or whatever keeps its state.
    pub place: &'a str,
    /// Whose proof it is.
    pub account_id: &'a str,
    /// Where it goes.
    pub to: &'a Destination,
}

/// Under which name it is noted that nobody has the mailbox that a code was sent to,
/// for the place where that was asked for and no other.
#[must_use]
pub fn awaited_as(app: &App, place: &str, to: &Destination) -> String {
    format!("{place}:{}", limits::hidden(app, to))
}

/// The rule for every code.
#[must_use]
pub const fn rule(config: &Config) -> CodeRule {
    let settings = &config.registration;
    CodeRule {
        lifetime: settings.code_lifetime,
        resend_wait: settings.resend_wait,
        wrong_per_code: settings.wrong_per_code,
    }
}

impl Proof<'_> {
    /// What an issued code stands for: it follows from our key and from what it
    /// proves, and so is stored nowhere (ASVS 6.5.2).
    #[must_use]
    pub fn code(&self, app: &App, issued: &IssuedCode) -> VerificationCode {
        let (to, serial) = (self.to.key(), issued.serial.to_be_bytes());
        let parts = [
            self.purpose.as_bytes(),
            self.place.as_bytes(),
            self.account_id.as_bytes(),
            to.as_bytes(),
            &serial,
        ];
        VerificationCode::derive(&app.sealer.mac(Purpose::VerificationCode, &parts))
    }

    /// Counts one more code, and says whether it may go out.
    ///
    /// # Errors
    /// If short-lived state cannot be reached.
    pub async fn may_send(
        &self,
        app: &App,
        brand: &Brand,
        from: ClientAddress,
    ) -> Result<bool, Fault> {
        let for_the_account = Limit {
            of: format!("codes-for:{}", self.account_id),
            window: DAY,
            most: app.config.registration.codes_per_address_day,
        };
        limits::may_send(app, brand, from, self.to, for_the_account).await
    }

    /// Puts a code on its way.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn send(
        &self,
        app: &App,
        brand: &Brand,
        locale: Locale,
        issued: &IssuedCode,
    ) -> Result<(), Fault> {
        let code = &self.code(app, issued);
        let expires_at = issued.expires_at;
        let message = match self.to {
            Destination::Mailbox(to) => Message::VerificationCode {
                to,
                code,
                expires_at,
            },
            Destination::Phone(to) => Message::SmsVerificationCode {
                to,
                code,
                expires_at,
            },
        };
        match self.to {
            Destination::Mailbox(_) => {
                let name = self.awaited_as(app);
                app.outbox.post_awaited(brand, locale, &message, name).await
            }
            // An SMS goes to those only who have an account: nothing may be told of it.
            Destination::Phone(_) => app.outbox.post(brand, locale, &message).await,
        }
    }

    /// Under which name it is noted that nobody has the mailbox.
    #[must_use]
    pub fn awaited_as(&self, app: &App) -> String {
        awaited_as(app, self.place, self.to)
    }

    /// Counts an attempt at this account's codes, before it is known to be wrong,
    /// and says whether there were too many: a thief who has the password may ask
    /// for a new code after each few guesses.
    ///
    /// # Errors
    /// If short-lived state cannot be reached.
    pub async fn may_try(&self, app: &App) -> Result<bool, Fault> {
        let key = self.guesses();
        let count = app.ephemeral.count(Key::Rate(&key), HOUR).await?;
        Ok(count <= app.config.registration.wrong_per_address_hour)
    }

    /// The code was right: its owner starts afresh.
    ///
    /// # Errors
    /// If short-lived state cannot be reached.
    pub async fn succeeded(&self, app: &App) -> Result<(), Fault> {
        app.ephemeral.remove(Key::Rate(&self.guesses())).await
    }

    fn guesses(&self) -> String {
        format!("code-guesses:{}:{}", self.purpose, self.account_id)
    }
}
