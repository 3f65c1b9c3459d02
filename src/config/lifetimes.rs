//! The lifetimes of codes, tokens, sessions and pending requests.

use std::time::Duration;

use super::declared::settings;
use super::reader;
use super::units::{DAY, HOUR, MINUTE, SECOND};
use crate::oidc::client::SigningAlgorithm;

settings! {
    /// Codes and tokens.
    pub struct TokenSettings in "tokens" of config {
        /// For how long an authorization code may be exchanged.
        // RFC 6749 §4.1.2 recommends ten minutes at most.
        code_lifetime: Duration = reader::duration, 60 * SECOND,
            within 5 * SECOND => 10 * MINUTE;
        /// For how long an access token is valid.
        access_token_lifetime: Duration = reader::duration, 10 * MINUTE,
            within MINUTE => DAY;
        /// For how long an ID token is valid.
        id_token_lifetime: Duration = reader::duration, 10 * MINUTE,
            within MINUTE => DAY;
        /// For how long a family of refresh tokens is valid.
        refresh_token_lifetime: Duration = reader::duration, 30 * DAY,
            within HOUR => 400 * DAY;
        /// For how long a rotated refresh token may be sent again.
        refresh_grace: Duration = reader::duration, 30 * SECOND,
            within Duration::ZERO => 5 * MINUTE;
        /// The algorithm that signs access tokens: RS256, ES256, PS256 or EdDSA.
        access_token_alg: SigningAlgorithm = reader::word, SigningAlgorithm::Es256;
    }
}

settings! {
    /// Browser sessions.
    pub struct SessionSettings in "sessions" of config {
        /// For how long a session is valid from its login on, even if it is used.
        absolute_lifetime: Duration = reader::duration, 14 * DAY,
            within 5 * MINUTE => 400 * DAY;
        /// For how long a session is valid after its last use.
        idle_lifetime: Duration = reader::duration, 3 * DAY,
            within 5 * MINUTE => config.sessions.absolute_lifetime;
        /// Before a change of password, passkey, e-mail address or phone login, a login older than
        /// this is repeated.
        sensitive_after: Duration = reader::duration, 10 * MINUTE,
            within MINUTE => HOUR;
        /// For how long a verification code after the password, or a passkey, counts as a second
        /// factor.
        second_factor_lifetime: Duration = reader::duration, 12 * HOUR,
            within MINUTE => config.sessions.absolute_lifetime;
    }
}

settings! {
    /// Pending authorization requests.
    pub struct InteractionSettings in "interactions" of config {
        /// The lifetime of a pending authorization request, from the person's last action.
        lifetime: Duration = reader::duration, 60 * MINUTE,
            within 5 * MINUTE => DAY;
    }
}
