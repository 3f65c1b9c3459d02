//! The device authorization grant (RFC 8628): the user code that a user types in elsewhere,
//! and the response to each poll of the device. Where requests are stored, and which steps
//! the user must complete, is decided elsewhere.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::authorization_request::RawAuthorizationRequest;
use super::client::{Client, ClientId};
use super::grant::Grant;
use super::rule::{self, Breaks as _};
use super::{Error, ErrorCode};
use crate::accounts::letter_code;
use crate::clock::Timestamp;
use crate::documents;

/// Number of letters in a user code: 20⁸ codes are 34 bits (§5.1).
const LENGTH: usize = 8;

/// How much sooner than the interval a poll may come. Times are whole seconds, and the
/// network delays one poll more than the next.
const TOLERANCE: Duration = Duration::from_secs(1);

/// How much longer the interval becomes when a device polls too soon (§3.5).
const SLOWER_BY: Duration = Duration::from_secs(5);

/// Minimum time in which an approval can be fetched, the same as for an authorization code.
const FETCHED_WITHIN: Duration = Duration::from_secs(60);

/// The authorization request parameters that a device may send. Parameters that concern a
/// response through the browser are left out, because there is none.
const ASKED: [&str; 7] = [
    "scope",
    "authorization_details",
    "claims",
    "acr_values",
    "max_age",
    "login_hint",
    "ui_locales",
];

/// The code that a device shows and a user types in (`user_code`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserCode(String);

impl UserCode {
    /// Builds a code from random bytes; `None` if they do not suffice.
    #[must_use]
    pub fn of_random(bytes: &[u8]) -> Option<Self> {
        letter_code::draw(bytes, LENGTH).map(Self)
    }

    /// Reads what a user typed: upper or lower case, full-width letters, and any other
    /// characters between them (§6.1).
    ///
    /// # Errors
    /// The key of the form's message: `user-code-missing` if there is no letter,
    /// `user-code-format` if the letters are not a code.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let letters = letter_code::typed_letters(typed);
        if letters.is_empty() {
            return Err("user-code-missing");
        }
        let lawful = letter_code::is_code(&letters, LENGTH);
        lawful.then_some(Self(letters)).ok_or("user-code-format")
    }

    /// Returns the letters without the hyphen, for looking up the code.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.0
    }
}

/// Prints the code as in `WDJB-MJHT`.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

/// Returns the parameters of a device's request that it may send, with its `client_id`.
#[must_use]
pub fn asked(
    parameters: &RawAuthorizationRequest,
    client_id: &ClientId,
) -> RawAuthorizationRequest {
    let mut asked = parameters.clone();
    asked.0.retain(|name, _| ASKED.contains(&name.as_str()));
    let client_id = ("client_id".to_owned(), client_id.to_string());
    asked.0.extend([client_id]);
    asked
}

/// The device that sent a valid request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Key under which the device's request is stored.
    pub request: String,
    /// The user code that the device shows.
    pub user_code: UserCode,
}

/// A device's request as stored. It contains neither the device code nor the user code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceAuthorization {
    /// The client that sent the request.
    pub client_id: ClientId,
    /// The issuer (of the brand) that received the request.
    pub issuer: String,
    /// The parameters. They are checked on arrival and again when the user enters the code.
    pub raw: RawAuthorizationRequest,
    /// When the codes expire.
    pub expires_at: Timestamp,
    /// Minimum time between two polls.
    pub interval: Duration,
    /// When the device last polled.
    pub asked_at: Option<Timestamp>,
    /// The user's decision.
    pub decision: Decision,
}

/// A user's decision about a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The user has not decided yet.
    Pending,
    /// The user approved the device.
    Approved(Box<Approval>),
    /// The user denied the device.
    Denied,
}

/// What the user approved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// The grant.
    #[serde(flatten)]
    pub grant: Grant,
    /// When the user approved.
    pub approved_at: Timestamp,
}

/// The result of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// The user approved: issue the tokens, unless they were fetched before.
    Approved,
    /// The device must poll again later. The stored request has changed.
    Later(Error),
    /// The device must stop polling.
    Never(Error),
}

/// The result of recording a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The decision was recorded now.
    Now,
    /// The same decision had been recorded before.
    Before,
    /// The request has expired, or another decision was recorded before.
    TooLate,
}

/// Members of a grant that are missing in an approval written by a version before 2026-12:
/// only the request contained them.
const ONCE_ONLY_IN_THE_REQUEST: [&str; 2] = ["client_id", "issuer"];

/// Reads a stored request and adds those members to its approval.
fn whole(bytes: &[u8]) -> serde_json::Result<Value> {
    let mut stored: Value = serde_json::from_slice(bytes)?;
    for name in ONCE_ONLY_IN_THE_REQUEST {
        let of_the_request = stored.get(name).cloned();
        let approval = stored.pointer_mut("/decision/approved");
        let approval = approval.and_then(Value::as_object_mut);
        if let (Some(approval), Some(value)) = (approval, of_the_request) {
            approval.entry(name).or_insert(value);
        }
    }
    Ok(stored)
}

impl DeviceAuthorization {
    /// Reads a stored request.
    ///
    /// # Errors
    /// The serde error if the bytes are not a device's request as JSON.
    pub fn from_bytes(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_value(whole(bytes)?)
    }

    /// Serialises the request for the store.
    ///
    /// # Errors
    /// The serde error if the request cannot be serialised.
    pub fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// Serialises the request to replace `before`, keeping every member of it that this
    /// version does not know.
    ///
    /// # Errors
    /// The serde error if `before` is not a device's request or this one cannot be
    /// serialised.
    pub fn rewritten(&self, before: &[u8]) -> serde_json::Result<Vec<u8>> {
        let before = serde_json::to_vec(&whole(before)?)?;
        documents::rewritten_or_new(Some(&before), self)
    }

    /// Whether a user can still decide.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.decision == Decision::Pending && now < self.expires_at
    }

    /// Answers a poll of the device (RFC 8628 §3.5).
    pub fn poll(&mut self, client: &Client, issuer: &str, now: Timestamp) -> Polled {
        if self.client_id != client.client_id || self.issuer != issuer {
            let error = "the device_code was issued to another client or by another issuer";
            let error = Error::new(ErrorCode::InvalidGrant, error);
            return Polled::Never(error.breaks(rule::DEVICE_CODE));
        }
        if self.decision == Decision::Denied {
            let error = "the person did not allow the device";
            return Polled::Never(Error::new(ErrorCode::AccessDenied, error));
        }
        if now >= self.expires_at {
            let error = "the device_code has expired: begin anew";
            return Polled::Never(Error::new(ErrorCode::ExpiredToken, error));
        }
        if self.decision != Decision::Pending {
            return Polled::Approved;
        }
        let too_soon = self
            .asked_at
            .is_some_and(|before| now.since(before) + TOLERANCE < self.interval);
        Polled::Later(if too_soon {
            self.interval += SLOWER_BY;
            let error = format!("ask every {} seconds from now on", self.interval.as_secs());
            Error::new(ErrorCode::SlowDown, error)
        } else {
            // A poll that came too soon does not begin the interval anew.
            self.asked_at = Some(now);
            let error = "the person has not decided yet";
            Error::new(ErrorCode::AuthorizationPending, error)
        })
    }

    /// Records the user's decision.
    pub fn decide(&mut self, decision: Decision, now: Timestamp) -> Decided {
        match (&self.decision, &decision) {
            (Decision::Denied, Decision::Denied) => Decided::Before,
            // The button was pressed twice, or the page was reloaded.
            (Decision::Approved(before), Decision::Approved(again))
                if before.grant.account_id == again.grant.account_id =>
            {
                Decided::Before
            }
            _ if !self.is_open(now) => Decided::TooLate,
            _ => {
                self.decision = decision;
                self.expires_at = self.expires_at.max(now.after(FETCHED_WITHIN));
                Decided::Now
            }
        }
    }
}

#[cfg(test)]
mod tests;
