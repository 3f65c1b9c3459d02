//! The second factor of a session: how it changes the session, and how long it counts.
//! Which factors an account has is decided in `accounts::second_factor`.

use super::browser::{self, LiveSession, NewSession};
use crate::accounts::account::Account;
use crate::accounts::browser_session::BrowserSession;
use crate::accounts::factors::Strength;
use crate::accounts::one_time_code::Destination;
use crate::accounts::second_factor::SecondFactor;
use crate::app::App;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::oidc::authentication_context::AuthenticationContext;

/// RFC 8176: password authentication.
const PASSWORD: &str = "pwd";

/// RFC 8176: proof of possession of a key, and a test of user presence. Whether the key is
/// in hardware (`hwk`) or software (`swk`) is not attested.
pub const PASSKEY: &str = "pop user";

/// RFC 8176: multiple-factor authentication.
const SEVERAL: &str = "mfa";

/// How a person authenticated, as far as it still counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attained {
    /// The authentication context (`acr`).
    pub context: AuthenticationContext,
    /// The authentication methods (`amr`, RFC 8176), space-separated.
    pub amr: String,
}

/// How the person of a session authenticated, as far as it still counts.
#[must_use]
pub fn attained(app: &App, live: &LiveSession) -> Attained {
    let now = app.clock.now();
    let lifetime = app.config.sessions.second_factor_lifetime;
    let counts = live
        .session
        .second_factor_at
        .is_some_and(|at| now.since(at) < lifetime);
    if counts {
        Attained {
            context: AuthenticationContext::TwoFactors,
            amr: live.session.amr.clone(),
        }
    } else {
        Attained {
            context: AuthenticationContext::OneFactor,
            amr: first_factor(&live.session).to_owned(),
        }
    }
}

/// How strong the login of a session is, as far as it still counts.
#[must_use]
pub fn strength(app: &App, live: &LiveSession) -> Strength {
    let session = &live.session;
    match attained(app, live).context {
        AuthenticationContext::OneFactor => Strength::OneFactor,
        AuthenticationContext::TwoFactors => session.strength.unwrap_or_else(|| {
            if session.amr.starts_with(PASSKEY) {
                Strength::Passkey
            } else {
                Strength::SentCode
            }
        }),
    }
}

/// Notes for an account that was recovered by a code that its owner now used another
/// factor: a code sent to `to`; if that is `None`, a passkey, an app or a recovery code.
///
/// # Errors
/// `Fault` if the database is unreachable.
pub async fn note_other_factor(
    app: &App,
    account: &Account,
    to: Option<&Destination>,
) -> Result<(), Fault> {
    let recovered = account.recovered;
    let phone = match to {
        Some(Destination::Phone(number)) => Some(number.e164()),
        Some(Destination::Mailbox(_)) | None => None,
    };
    if recovered.by.is_none() && !(recovered.phone_to_confirm && phone.is_some()) {
        return Ok(());
    }
    let accounts = app.store.accounts();
    accounts
        .use_other_factor(&account.id, phone.as_deref(), app.clock.now())
        .await
}

/// Whether the person of a session still owes the second step that they asked for at every
/// login: none was taken in this login, and its device is not trusted. A person who has no
/// second factor any more owes none, since nobody could ever take it.
#[must_use]
pub fn is_owed(live: &LiveSession) -> bool {
    let session = &live.session;
    live.account.enrolled.two_steps
        && session.second_factor_at.is_none()
        && session.trusted_device.is_none()
        && !SecondFactor::available_to(&live.account).is_empty()
}

/// The first factor of a session, without what counted as a second factor.
fn first_factor(session: &BrowserSession) -> &'static str {
    if session.amr.starts_with(PASSKEY) {
        PASSKEY
    } else {
        PASSWORD
    }
}

/// Marks a new session as begun by a passkey: the device that its owner has was unlocked by
/// something they know or are, which makes two factors in one act.
pub fn by_passkey(session: &mut BrowserSession) {
    session.amr = format!("{PASSKEY} {SEVERAL}");
    session.second_factor_at = Some(session.auth_time);
    session.strength = Some(Strength::Passkey);
}

/// A second factor that was given.
#[derive(Clone, Copy, Debug)]
pub struct Second<'a> {
    /// Its authentication methods (RFC 8176), separated by spaces.
    pub methods: &'a str,
    /// How strong it makes the login.
    pub strength: Strength,
}

/// Marks a session as strengthened by a second factor at `at`.
pub fn strengthen(session: &mut BrowserSession, second: Second<'_>, at: Timestamp) {
    session.amr = format!("{} {} {SEVERAL}", first_factor(session), second.methods);
    session.second_factor_at = Some(at);
    session.strength = Some(second.strength);
}

/// The session that replaces `live` after its person gave a second factor. `auth_time` stays
/// the time of the first factor, so it is never later than either factor.
#[must_use]
pub fn session(app: &App, brand: &Brand, live: &LiveSession, second: Second<'_>) -> NewSession {
    let mut new = browser::renewed_session(app, brand, live.account.clone(), &live.session);
    let session = &mut new.live.session;
    session.auth_time = live.session.auth_time;
    session.expires_at = live.session.expires_at;
    session.amr.clone_from(&live.session.amr);
    strengthen(session, second, app.clock.now());
    new
}
