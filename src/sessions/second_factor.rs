//! The second factor of a session: what the session becomes by it, and for how long it
//! counts. Which factors an account has is decided in `accounts::second_factor`.

use super::browser::{self, LiveSession, NewSession};
use crate::accounts::browser_session::BrowserSession;
use crate::app::App;
use crate::brand::Brand;
use crate::oidc::authentication_context::AuthenticationContext;

/// RFC 8176: a password, alone.
const PASSWORD: &str = "pwd";

/// RFC 8176: possession of a key, and a test that its user is there. Whether the
/// key is in hardware (`hwk`) or not (`swk`) nobody vouches for.
const PASSKEY: &str = "pop user";

/// RFC 8176: more than one factor.
const SEVERAL: &str = "mfa";

/// How a person authenticated, as far as it counts now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attained {
    /// How strongly.
    pub context: AuthenticationContext,
    /// By what (RFC 8176), space-separated.
    pub amr: String,
}

/// How the person of a session authenticated, as far as it counts now.
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

/// What the person of a session logged in by, without what counted as a second factor.
fn first_factor(session: &BrowserSession) -> &'static str {
    if session.amr.starts_with(PASSKEY) {
        PASSKEY
    } else {
        PASSWORD
    }
}

/// Makes a new session one that was begun by a passkey. Something its owner has was
/// unlocked by what they know or are: both factors, in one deed.
pub fn by_passkey(session: &mut BrowserSession) {
    session.amr = format!("{PASSKEY} {SEVERAL}");
    session.second_factor_at = Some(session.auth_time);
}

/// The session that takes the place of `live` once its person gave a second factor, by
/// these authentication methods (RFC 8176, space-separated). When they gave the password,
/// or the passkey, stays what it was: `auth_time` never says more than is true of both.
#[must_use]
pub fn session(app: &App, brand: &Brand, live: &LiveSession, methods: &str) -> NewSession {
    let amr = format!("{} {methods} {SEVERAL}", first_factor(&live.session));
    let mut new = browser::renewed_session(app, brand, live.account.clone(), &live.session);
    let session = &mut new.live.session;
    session.auth_time = live.session.auth_time;
    session.expires_at = live.session.expires_at;
    session.second_factor_at = Some(app.clock.now());
    session.amr = amr;
    new
}
