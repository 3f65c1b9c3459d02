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
    let (of, id) = (purpose(brand), account.id.as_bytes());
    let (now, random) = (app.clock.now(), &app.random);
    let sealed = app.sealer.seal_dated(of, id, now, random)?;
    let link = EndLink {
        url: format!("{}{PATH}?{LINK}={sealed}", brand.issuer),
        good_for: GOOD_FOR,
    };
    app.outbox.write_with(&link, brand, account.locale, message)
}

/// What the link is sealed for.
fn purpose(brand: &Brand) -> (Purpose, &[u8]) {
    (Purpose::EndSessions, brand.name.as_bytes())
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
        let now = app.clock.now();
        let opened = app
            .sealer
            .open_dated(purpose(brand), sealed, now, GOOD_FOR)?;
        let account_id = String::from_utf8(opened.value.to_vec()).ok()?;
        Some(Self {
            account_id,
            made_at: opened.at,
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
