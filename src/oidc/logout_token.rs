//! What a client is told when a login ends in which it was given tokens (OpenID
//! Connect Back-Channel Logout 1.0 §2.4). It names the login, and the person as that
//! client knows them, and can pass neither for an ID token nor for another event.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::client::ClientId;
use crate::clock::Timestamp;

/// The `typ` of its header.
pub const TYPE: &str = "logout+jwt";

/// What happened, as the token's one event.
pub const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How long a token is good: §4 advises two minutes at most. It is signed as it leaves.
const LIFE: Duration = Duration::from_secs(120);

/// What waits to be told. The same at every attempt, so that a client that took it
/// knows it again by its `jti`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutNotice {
    /// The issuer that gave the client its tokens.
    pub iss: String,
    /// Who is told.
    pub aud: ClientId,
    /// The person, as the one who is told knows them.
    pub sub: String,
    /// The login.
    pub sid: String,
    /// Its own name.
    pub jti: String,
}

/// The claims of a logout token. There is no `nonce` (§2.4).
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
    /// The token for an attempt made now.
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
