//! The logout token that tells a client that a login has ended in which it received tokens
//! (OpenID Connect Back-Channel Logout 1.0 §2.4). It contains the session and the user's
//! `sub` for that client, and cannot be mistaken for an ID token or for another event.
//! Delivery and signing are done elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::client::ClientId;
use crate::clock::Timestamp;

/// The `typ` header of a logout token.
pub const TYPE: &str = "logout+jwt";

/// The token's only event.
pub const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Lifetime of a logout token: §4 recommends two minutes at most. It is signed when it is
/// sent.
const LIFE: Duration = Duration::from_secs(120);

/// A logout notice waiting to be delivered. It is the same at every attempt, so that a
/// client which has received it recognises it by its `jti`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutNotice {
    /// The issuer that issued the client's tokens.
    pub iss: String,
    /// The client that is notified.
    pub aud: ClientId,
    /// The user's `sub` for that client.
    pub sub: String,
    /// The session that ended.
    pub sid: String,
    /// Identifies the notice.
    pub jti: String,
}

/// The claims of a logout token. It must not contain `nonce` (§2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogoutToken<'a> {
    #[serde(flatten)]
    notice: &'a LogoutNotice,
    iat: Timestamp,
    exp: Timestamp,
    events: BTreeMap<&'static str, Nothing>,
}

/// `{}`: the event has no members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Nothing {}

impl LogoutNotice {
    /// Returns the token for an attempt at `now`.
    #[must_use]
    pub fn token(&self, now: Timestamp) -> LogoutToken<'_> {
        LogoutToken {
            notice: self,
            iat: now,
            exp: now.after(LIFE),
            events: BTreeMap::from([(EVENT, Nothing {})]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_says_what_the_specification_demands_and_nothing_else() {
        let notice = LogoutNotice {
            iss: "https://id.example".to_owned(),
            aud: ClientId("c".to_owned()),
            sub: "s".to_owned(),
            sid: "x".to_owned(),
            jti: "j".to_owned(),
        };
        assert_eq!(
            serde_json::to_value(notice.token(Timestamp(10))).unwrap(),
            json!({
                "iss": "https://id.example", "aud": "c", "sub": "s", "sid": "x", "jti": "j", "iat": 10, "exp": 130,
                "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            })
        );
    }
}
