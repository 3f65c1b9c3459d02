//! One-time codes for people who have an account: how they are derived and sent, how many
//! may be sent to one mailbox or phone, for one account and from one address, and how often
//! one may be guessed. They prove a second factor, a phone, another e-mail address or a
//! forgotten password; the codes of a registration are in `accounts::registration`.

use super::limits::{self, Caller, DAY, HOUR};
use crate::accounts::one_time_code::Destination;
use crate::accounts::verification_code::{
    CodeLength, CodeRule, IssuedCode, Serial, VerificationCode,
};
use crate::app::App;
use crate::brand::Brand;
use crate::config::Config;
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::locale::Locale;
use crate::mail::message::Message;
use crate::seal::Purpose;
use crate::security_events::{self, Event, EventKind, Reason};

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
    /// Whose budgets count.
    pub caller: Caller,
}

/// The purpose of the codes that prove a forgotten password's owner. They are longer than
/// others, because such a code alone takes an account over.
pub const RECOVERY: &str = "recovery";

/// The length of the codes of a purpose.
#[must_use]
pub fn length(purpose: &str) -> CodeLength {
    if purpose == RECOVERY {
        CodeLength::Eight
    } else {
        CodeLength::Six
    }
}

/// The key under which a permanent failure to deliver the code is noted, for this place
/// only.
#[must_use]
pub fn awaited_as(app: &App, place: &str, to: &Destination) -> String {
    format!("{place}:{}", limits::hidden(app, to))
}

/// The lifetimes and limits of the codes of a purpose.
#[must_use]
pub fn rule(config: &Config, purpose: &str) -> CodeRule {
    let settings = &config.registration;
    CodeRule {
        lifetime: settings.code_lifetime,
        resend_wait: settings.resend_wait,
        wrong_per_code: match length(purpose) {
            CodeLength::Six => settings.wrong_per_code,
            CodeLength::Eight => settings.wrong_per_recovery_code,
        },
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
        let mac = app.sealer.mac(Purpose::VerificationCode, &parts);
        VerificationCode::derive(&mac, length(self.purpose))
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
        let of = format!("codes-for:{}", self.account_id);
        let most = app.config.registration.codes_per_address_day;
        let for_the_account = Limit::new(of, DAY, most);
        limits::may_send(app, brand, (self.caller, from), self.to, for_the_account).await
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
        security_events::note(self.told(Event::new(EventKind::CodeSent)));
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

    /// Counts an attempt at the codes of this place, and from this network, before the code
    /// is compared; returns whether it is within the limits. A guess counts where it is
    /// made: what others guess in their own interactions is no reason to refuse this one.
    /// How many codes are sent for an account limits the guesses at all of them.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn may_try(&self, app: &App, from: ClientAddress) -> Result<bool, Fault> {
        let mut limits = self.of_network(app, from);
        limits.push(self.at_place(app));
        app.ephemeral.count_within(&limits).await
    }

    /// Takes the count of the network back and resets that of the place after a right code.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn succeeded(&self, app: &App, from: ClientAddress) -> Result<(), Fault> {
        let at_place = self.at_place(app);
        let limits = self.of_network(app, from);
        app.ephemeral.take_back(&limits).await?;
        app.ephemeral.reset(&at_place).await
    }

    /// Notes for the audit trail that a wrong code was typed.
    pub fn note_wrong(&self) {
        let event = Event::failed(EventKind::CodeChecked, Reason::WrongCode);
        security_events::note(self.told(event));
    }

    fn told(&self, event: Event) -> Event {
        let channel = match self.to {
            Destination::Mailbox(_) => "mail",
            Destination::Phone(_) => "sms",
        };
        let event = event.with("channel", channel).with("purpose", self.purpose);
        // A recovery begins before it is known whether there is an account.
        if self.purpose == RECOVERY {
            event
        } else {
            event.of(self.account_id)
        }
    }

    /// Takes back the count of a code that was not compared, because it had expired.
    ///
    /// # Errors
    /// `Fault` if short-lived state is unreachable.
    pub async fn expired(&self, app: &App, from: ClientAddress) -> Result<(), Fault> {
        let mut limits = self.of_network(app, from);
        limits.push(self.at_place(app));
        app.ephemeral.take_back(&limits).await
    }

    fn at_place(&self, app: &App) -> Limit {
        let of = format!("code-guesses:{}:{}", self.purpose, self.place);
        Limit::new(of, HOUR, app.config.registration.wrong_per_address_hour)
    }

    fn of_network(&self, app: &App, from: ClientAddress) -> Vec<Limit> {
        let settings = &app.config.registration;
        let (counter, most) = match length(self.purpose) {
            CodeLength::Six => ("wrong-codes-from", (HOUR, settings.wrong_codes_per_ip_hour)),
            CodeLength::Eight => (
                "wrong-recovery-codes-from",
                (DAY, settings.wrong_recovery_codes_per_ip_day),
            ),
        };
        self.caller.limits_from(from, counter, most)
    }
}
