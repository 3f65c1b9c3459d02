//! The link in a warning by mail that ends all sessions of its account. It needs no login,
//! since whoever took the account over may have changed that. It is sealed and good once: a
//! use of it makes every link that was made before a used one.

use std::time::Duration;

use super::clients::farewells;
use crate::accounts::account::Account;
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::mail::message::{EndLink, Message};
use crate::seal::Purpose;
use crate::store::outbox::NewMessage;
use crate::store::session_clients::Farewell;
use crate::store::sessions::EndedByLink;

/// The path of the page.
pub const PATH: &str = "/end-sessions";

/// The query parameter and the form field with the sealed link.
pub const LINK: &str = "link";

/// How long a link is valid.
const GOOD_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The length of the time before the account's id in a sealed link.
const TIME_BYTES: usize = size_of::<i64>();

/// Writes a mail to the account's owner with such a link.
///
/// # Errors
/// `Fault` if sealing fails.
pub fn write(
    app: &App,
    brand: &Brand,
    account: &Account,
    message: &Message<'_>,
) -> Result<NewMessage, Fault> {
    let at = app.clock.now().0.to_be_bytes();
    let plain = [at.as_slice(), account.id.as_bytes()].concat();
    let context = brand.name.as_bytes();
    let sealed = app
        .sealer
        .seal(Purpose::EndSessions, context, &plain, &app.random)?;
    let link = EndLink {
        url: format!("{}{PATH}?{LINK}={sealed}", brand.issuer),
        good_for: GOOD_FOR,
    };
    app.outbox.write_with(&link, brand, account.locale, message)
}

/// A link that this provider made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    account_id: String,
    made_at: Timestamp,
}

impl Opened {
    /// Opens the link of a URL; `None` if this provider did not seal it for this brand, or
    /// if it has expired.
    #[must_use]
    pub fn read(app: &App, brand: &Brand, sealed: &str) -> Option<Self> {
        let context = brand.name.as_bytes();
        let plain = app.sealer.open(Purpose::EndSessions, context, sealed)?;
        let (at, account_id) = plain.split_first_chunk::<TIME_BYTES>()?;
        let made_at = Timestamp(i64::from_be_bytes(*at));
        let account_id = String::from_utf8(account_id.to_vec()).ok()?;
        let holds = app.clock.now().since(made_at) < GOOD_FOR;
        holds.then_some(Self {
            account_id,
            made_at,
        })
    }

    /// Ends every session of the account, the trust in its devices, and the grants of its
    /// clients. Returns `false` and does nothing if the link was used.
    ///
    /// # Errors
    /// `Fault` if the database is unreachable.
    pub async fn end_all(&self, app: &App) -> Result<bool, Fault> {
        let now = app.clock.now();
        let farewells = farewells(app);
        let ended = EndedByLink {
            account_id: &self.account_id,
            made_at: self.made_at,
            revoked_until: now.after(app.config.tokens.access_token_lifetime),
            farewell: Farewell(&farewells),
        };
        let ended = app.store.sessions().end_by_link(&ended, now).await?;
        app.outbox.wake();
        Ok(ended)
    }
}
