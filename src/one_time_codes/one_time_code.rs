//! One-time codes for people who have an account: how they are derived and sent, how many
//! may be sent to one mailbox or phone, for one account and from one address, and how often
//! one may be guessed. They prove a second factor, a phone, another e-mail address or a
//! forgotten password; the codes of a registration are in `accounts::registration`.

use super::limits::{self, DAY, HOUR, Limit};
use crate::accounts::one_time_code::Destination;
use crate::accounts::verification_code::{CodeRule, IssuedCode, Serial, VerificationCode};
use crate::app::App;
use crate::brand::Brand;
use crate::config::Config;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::locale::Locale;
use crate::mail::message::Message;
use crate::seal::Purpose;

/// What a code proves. A code for one proof is not valid for another.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The purpose, in one word.
    pub purpose: &'static str,
    /// The place where it is asked for: the id of the interaction or of the change in
    /// progress.
    pub place: &'a str,
    /// The id of the account.
    pub account_id: &'a str,
    /// The destination of the code.
    pub to: &'a Destination,
}

/// The key under which a permanent failure to deliver the code is noted, for this place
/// only.
#[must_use]
pub fn awaited_as(app: &App, place: &str, to: &Destination) -> String {
    format!("{place}:{}", limits::hidden(app, to))
}

/// The lifetimes and limits of every code.
#[must_use]
pub const fn rule(config: &Config) -> CodeRule {
    let settings = &config.registration;
    CodeRule {
        lifetime: settings.code_lifetime,
        resend_wait: settings.resend_wait,
        wrong_per_code: settings.wrong_per_code,
    }
}

/// The number of a new code.
#[must_use]
pub fn new_serial(app: &App) -> Serial {
    Serial::of_random(app.random.bytes())
}

impl Proof<'_> {
    /// The digits of an issued code. They are derived from this provider's key and from
    /// what the code proves, so they are stored nowhere (ASVS 6.5.2).
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

    /// Counts one more code; returns whether it may be sent.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
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

    /// Sends a code.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
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
            // An SMS is sent only to people who have an account, so its delivery must not
            // be reported.
            Destination::Phone(_) => app.outbox.post(brand, locale, &message).await,
        }
    }

    /// The key under which a permanent failure to deliver the code is noted.
    #[must_use]
    pub fn awaited_as(&self, app: &App) -> String {
        awaited_as(app, self.place, self.to)
    }

    /// Counts an attempt at this account's codes before the code is compared; returns
    /// whether it is within the limit. A thief who has the password could ask for a new
    /// code after every few guesses.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn may_try(&self, app: &App) -> Result<bool, Fault> {
        let key = self.guesses();
        let count = app.ephemeral.count(Key::Rate(&key), HOUR).await?;
        Ok(count <= app.config.registration.wrong_per_address_hour)
    }

    /// Resets the account's counter after a right code.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn succeeded(&self, app: &App) -> Result<(), Fault> {
        app.ephemeral.remove(Key::Rate(&self.guesses())).await
    }

    fn guesses(&self) -> String {
        format!("code-guesses:{}:{}", self.purpose, self.account_id)
    }
}
