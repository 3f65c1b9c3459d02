//! The limits of wrong logins on ⑪, after which a person has to wait: at one account from
//! one IP address, at one account from all addresses, and from one address at all accounts.
//! The wait ends by itself, so that nobody can lock another person out for good (ASVS
//! 6.1.1). Login IDs are counted under keyed hashes, whether or not they have an account.

use std::time::Duration;

use crate::accounts::login_id::LoginId;
use crate::app::SharedApp;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::interaction::visit::Visit;
use crate::seal::Purpose;

/// The counters for one login ID and one IP address.
#[derive(Debug)]
pub(super) struct Attempts {
    app: SharedApp,
    at_account_from_here: String,
    at_account: String,
    from_here: String,
}

impl Attempts {
    /// Returns the counters for `id` and the IP address of this visit.
    pub(super) fn at(visit: &Visit, id: &LoginId) -> Self {
        let app = SharedApp::clone(&visit.app);
        let place = visit.address.counted_as();
        let mac = app
            .sealer
            .mac(Purpose::Fingerprint, &[b"login", id.key().as_bytes()]);
        let account: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            at_account_from_here: format!("login:{account}:{place}"),
            at_account: format!("login:{account}"),
            from_here: format!("login-from:{place}"),
            app,
        }
    }

    /// Counts the attempt before its result is known, so that many attempts at once do not
    /// each find the counter low. Returns how long to wait, if there were too many.
    pub(super) async fn begin(&self) -> Result<Option<Duration>, Fault> {
        let limits = &self.app.config.login;
        let here = self
            .app
            .ephemeral
            .count(Key::Rate(&self.at_account_from_here), limits.window)
            .await?;
        let account = self
            .app
            .ephemeral
            .peek_count(Key::Rate(&self.at_account))
            .await?;
        let place = self
            .app
            .ephemeral
            .peek_count(Key::Rate(&self.from_here))
            .await?;
        let too_many = here > limits.wrong_per_account_and_ip
            || account >= limits.wrong_per_account
            || place >= limits.wrong_per_ip;
        Ok(too_many.then_some(limits.window))
    }

    /// Counts a wrong attempt.
    pub(super) async fn failed(&self) -> Result<(), Fault> {
        let window = self.app.config.login.window;
        self.app
            .ephemeral
            .count(Key::Rate(&self.at_account), window)
            .await?;
        self.app
            .ephemeral
            .count(Key::Rate(&self.from_here), window)
            .await?;
        Ok(())
    }

    /// Resets the counter of this account from this IP address after a right attempt. The
    /// other counters stay, or an attacker with one account could go on guessing at others.
    pub(super) async fn succeeded(&self) -> Result<(), Fault> {
        self.app
            .ephemeral
            .remove(Key::Rate(&self.at_account_from_here))
            .await
    }
}
