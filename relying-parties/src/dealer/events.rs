//! The provider's events about links and unlinks: received by push (RFC 8935), verified,
//! and stored before they are acknowledged. An event that comes twice is stored once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Desk;
use crate::kept;
use crate::signed::{Audience, NotTaken, now};

/// The token's `typ` (RFC 8417 §2.3).
const TYPE: &str = "secevent+jwt";

const LINKED: &str = "https://id.toyota.jp/events/dealer-linked";
const UNLINKED: &str = "https://id.toyota.jp/events/dealer-unlinked";

/// How many events are kept; enough for a small dealer.
const MOST: usize = 500;

/// How far the provider's clock may be ahead, in seconds.
const CLOCKS_DIFFER: u64 = 60;

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: u64,
    jti: String,
    toe: Option<u64>,
    sub_id: SubjectId,
    events: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct SubjectId {
    format: String,
    iss: String,
    sub: String,
}

/// An event that was accepted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    /// The token's `jti`.
    pub(super) jti: String,
    /// When the event happened.
    pub(super) at: u64,
    /// The `sub` of the person it is about.
    pub(super) sub: String,
    /// What happened.
    pub(super) kind: Kind,
    /// Our customer number for the person.
    pub(super) customer_number: Option<String>,
    /// Why the link ended, if it did.
    pub(super) reason: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Linked,
    Unlinked,
}

/// The events accepted so far, oldest first.
pub(super) struct Log {
    file: Option<PathBuf>,
    events: Mutex<Vec<Event>>,
}

impl Log {
    pub(super) fn load(file: Option<PathBuf>) -> std::io::Result<Self> {
        let events = Mutex::new(kept::read(file.as_deref())?);
        Ok(Self { file, events })
    }

    /// Returns a copy of all events.
    pub(super) fn all(&self) -> Vec<Event> {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Stores an event, unless it is stored already.
    fn take(&self, event: Event) -> std::io::Result<()> {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.iter().any(|known| known.jti == event.jti) {
            return Ok(());
        }
        let mut next = events.clone();
        next.push(event);
        let superfluous = next.len().saturating_sub(MOST);
        next.drain(..superfluous);
        kept::write(self.file.as_deref(), &next)?;
        *events = next;
        Ok(())
    }
}

/// Why an event was not accepted.
pub(super) enum Refused {
    /// The token is at fault; the value is the error code of RFC 8935 §2.4.
    Because(&'static str),
    /// The fault is ours; the provider may send the event again.
    Later(String),
}

impl Desk {
    /// Verifies `token` and stores its event.
    pub(super) async fn told(&self, token: &str) -> Result<(), Refused> {
        let claims: Claims = self
            .keys
            .verified(&self.machine, token, TYPE)
            .await
            .map_err(refused)?;
        if claims.iss != self.machine.issuer() || claims.sub_id.iss != claims.iss {
            return Err(Refused::Because("invalid_issuer"));
        }
        if !claims.aud.names(&self.machine.client_id) {
            return Err(Refused::Because("invalid_audience"));
        }
        if claims.iat > now() + CLOCKS_DIFFER || claims.sub_id.format != "iss_sub" {
            return Err(Refused::Because("invalid_request"));
        }
        for (kind, uri) in [(Kind::Linked, LINKED), (Kind::Unlinked, UNLINKED)] {
            let Some(said) = claims.events.get(uri) else {
                continue;
            };
            let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
            let event = Event {
                jti: claims.jti.clone(),
                at: claims.toe.unwrap_or(claims.iat),
                sub: claims.sub_id.sub.clone(),
                kind,
                customer_number: text("customer_number"),
                reason: text("reason"),
            };
            let taken = self.log.take(event);
            taken.map_err(|error| Refused::Later(error.to_string()))?;
        }
        // Events of other types are acknowledged and ignored.
        Ok(())
    }
}

fn refused(why: NotTaken) -> Refused {
    match why {
        NotTaken::NoKeys => Refused::Later(why.to_string()),
        NotTaken::UnknownKey | NotTaken::Forged => Refused::Because("invalid_key"),
        NotTaken::AnotherIssuer => Refused::Because("invalid_issuer"),
        NotTaken::AnotherAudience => Refused::Because("invalid_audience"),
        NotTaken::Unreadable | NotTaken::AnotherKind | NotTaken::Expired => {
            Refused::Because("invalid_request")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_comes_twice_is_taken_once() -> std::io::Result<()> {
        let log = Log::load(None)?;
        let event = Event {
            jti: "a".to_owned(),
            at: 1,
            sub: "s".to_owned(),
            kind: Kind::Linked,
            customer_number: None,
            reason: None,
        };
        log.take(event.clone())?;
        log.take(event)?;
        assert_eq!(log.all().len(), 1);
        Ok(())
    }
}
