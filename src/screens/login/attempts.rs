//! The limits of wrong logins on ⑪, after which a person has to wait: at one account from
//! one IP address, at one account from all addresses, and from one address at all accounts.
//! A browser in which the account logged in before has a limit of its own instead, and all
//! such browsers one together, so that strangers cannot lock the owner out. The wait ends
//! by itself (ASVS 6.1.1). Login IDs are counted under keyed hashes, whether or not they
//! have an account.

use std::time::Duration;

use crate::accounts::account::Account;
use crate::accounts::login_id::LoginId;
use crate::app::SharedApp;
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::interaction::visit::Visit;
use crate::seal::Purpose;
use crate::sessions::known_browser::Most;

/// The counters for one login ID and one IP address, or one known browser.
#[derive(Debug)]
pub(super) struct Attempts {
    app: SharedApp,
    /// The counter that a right attempt resets.
    here: Limit,
    /// The counters that a right attempt leaves as they were.
    elsewhere: Vec<Limit>,
}

impl Attempts {
    /// Returns the counters for `id` and this visit. `known` is the account that has the ID,
    /// if the browser knows it.
    pub(super) fn at(visit: &Visit, id: &LoginId, known: Option<&Account>) -> Self {
        let app = SharedApp::clone(&visit.app);
        let limits = &app.config.login;
        let (window, most_here) = (limits.window, limits.wrong_per_account_and_ip);
        if let Some(account) = known {
            let most = Most {
                window,
                here: most_here,
                in_all: limits.wrong_per_account,
            };
            let known = visit.known_browser();
            let [here, in_all] = known.limits(&app, &account.id, "login-known", most);
            return Self {
                app,
                here,
                elsewhere: vec![in_all],
            };
        }
        let place = visit.address.counted_as();
        let mac = app
            .sealer
            .mac(Purpose::Fingerprint, &[b"login", id.key().as_bytes()]);
        let account: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        let here = Limit::new(format!("login:{account}:{place}"), window, most_here);
        let at_account = format!("login:{account}");
        let mut elsewhere = visit
            .address
            .limits("login-from", window, limits.wrong_per_ip);
        elsewhere.push(Limit::new(at_account, window, limits.wrong_per_account));
        Self {
            app,
            here,
            elsewhere,
        }
    }

    /// Counts the attempt before its result is known, so that many attempts at once do not
    /// each find the counter low. Returns how long to wait, if there were too many; a
    /// refused attempt is not counted.
    pub(super) async fn begin(&self) -> Result<Option<Duration>, Fault> {
        let mut limits = self.elsewhere.clone();
        limits.push(self.here.clone());
        let within = self.app.ephemeral.count_within(&limits).await?;
        Ok((!within).then_some(self.here.window))
    }

    /// Takes back an attempt that was not looked at, because the server is busy.
    pub(super) async fn take_back(&self) -> Result<(), Fault> {
        let mut limits = self.elsewhere.clone();
        limits.push(self.here.clone());
        self.app.ephemeral.take_back(&limits).await
    }

    /// Resets the counter of this account from this place after a right attempt, and takes
    /// the attempt back from the others. They do not begin anew, or an attacker with one
    /// account could go on guessing at others.
    pub(super) async fn succeeded(&self) -> Result<(), Fault> {
        let ephemeral = &self.app.ephemeral;
        ephemeral.take_back(&self.elsewhere).await?;
        ephemeral.reset(&self.here).await
    }
}
