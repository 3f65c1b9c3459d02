//! One-time codes on their way to people who have an account: how many may go to
//! one mailbox or phone, for one account and from one place, what they are, and
//! how often they may be guessed at. For any proof outside registration: the
//! second factor of a login, a phone, another address, a forgotten password.

use std::time::Duration;

use super::client_address::ClientAddress;
use crate::accounts::one_time_code::Destination;
use crate::accounts::verification_code::{CodeRule, IssuedCode, VerificationCode};
use crate::app::App;
use crate::brand::Brand;
use crate::config::Config;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::locale::Locale;
use crate::mail::message::Message;
use crate::seal::Purpose;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

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

    /// Counts one more code, and says whether it may go out. SMS cost money and
    /// annoy whoever gets them unasked: nobody can have many sent.
    ///
    /// # Errors
    /// If short-lived state cannot be reached.
    pub async fn may_send(&self, app: &App, from: ClientAddress) -> Result<bool, Fault> {
        let settings = &app.config.registration;
        let (to, account) = (self.hidden(app), self.account_id);
        let place = from.counted_as();
        let counters = [
            (
                format!("codes-hour:{to}"),
                HOUR,
                settings.codes_per_address_hour,
            ),
            (
                format!("codes-day:{to}"),
                DAY,
                settings.codes_per_address_day,
            ),
            (
                format!("codes-for:{account}"),
                DAY,
                settings.codes_per_address_day,
            ),
            (
                format!("codes-from:{place}"),
                HOUR,
                settings.codes_per_ip_hour,
            ),
        ];
        let mut within = true;
        for (key, window, most) in counters {
            within &= app.ephemeral.count(Key::Rate(&key), window).await? <= most;
        }
        Ok(within)
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
        app.outbox.post(brand, locale, &message).await
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

    /// The name a destination is counted under, the same as at registration: no
    /// address and no number stands in a counter.
    fn hidden(&self, app: &App) -> String {
        let number;
        let parts: [&[u8]; 2] = match self.to {
            Destination::Mailbox(address) => [b"mailbox", address.key().as_bytes()],
            Destination::Phone(phone) => {
                number = phone.e164();
                [b"phone", number.as_bytes()]
            }
        };
        let mac = app.sealer.mac(Purpose::Fingerprint, &parts);
        mac.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
