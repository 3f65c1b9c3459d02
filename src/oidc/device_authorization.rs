//! A device's request (RFC 8628): the code a person reads off it and types in
//! elsewhere, and what the device is told each time it asks whether they did.
//! Where requests rest, and what a person owes one, is decided elsewhere.

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

/// How many there are in one: 20⁸ codes are 34 bits (§5.1).
const LENGTH: usize = 8;

/// How much longer a device waits that asked too soon (§3.5).
const SLOWER_BY: Duration = Duration::from_secs(5);

/// How long an approval can be fetched at least, as an authorization code can.
const FETCHED_WITHIN: Duration = Duration::from_secs(60);

/// What of an authorization request a device may ask. There is no answer to a
/// browser, so all that tells of one is left out.
const ASKED: [&str; 7] = [
    "scope",
    "authorization_details",
    "claims",
    "acr_values",
    "max_age",
    "login_hint",
    "ui_locales",
];

/// The code a device shows and a person types in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserCode(String);

impl UserCode {
    /// A code of random bytes; none if they happen not to suffice.
    #[must_use]
    pub fn of_random(bytes: &[u8]) -> Option<Self> {
        letter_code::draw(bytes, LENGTH).map(Self)
    }

    /// Reads what a person typed: either case, full-width, with whatever stands
    /// between the letters (§6.1).
    ///
    /// # Errors
    /// With the code of what is wrong.
    pub fn read(typed: &str) -> Result<Self, &'static str> {
        let letters = letter_code::typed_letters(typed);
        if letters.is_empty() {
            return Err("user-code-missing");
        }
        let lawful = letter_code::is_code(&letters, LENGTH);
        lawful.then_some(Self(letters)).ok_or("user-code-format")
    }

    /// The letters alone, as they are looked up.
    #[must_use]
    pub fn letters(&self) -> &str {
        &self.0
    }
}

/// `WDJB-MJHT`
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

/// What a device asks, of all that came with its request.
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

/// Which device a lawful request speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The name under which its request rests.
    pub request: String,
    /// What it shows.
    pub user_code: UserCode,
}

/// A device's request at rest. Neither of its codes is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceAuthorization {
    /// Who asks.
    pub client_id: ClientId,
    /// The issuer (brand) that was asked.
    pub issuer: String,
    /// What is asked: checked once, and again when the person comes.
    pub raw: RawAuthorizationRequest,
    /// When the codes are no longer good.
    pub expires_at: Timestamp,
    /// How long the device must wait between two questions.
    pub interval: Duration,
    /// When it asked last.
    pub asked_at: Option<Timestamp>,
    /// What the person said.
    pub decision: Decision,
}

/// What the person said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing yet.
    Pending,
    /// Yes.
    Approved(Box<Approval>),
    /// No.
    Denied,
}

/// What an approval gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// What was granted.
    #[serde(flatten)]
    pub grant: Grant,
    /// When the person approved.
    pub approved_at: Timestamp,
}

/// What a device that asks is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// The tokens, if nobody fetched them yet.
    Approved,
    /// To ask again later; the request has changed.
    Later(Error),
    /// That it need not ask again.
    Never(Error),
}

/// What came of deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It was decided so now.
    Now,
    /// It had been decided so before.
    Before,
    /// It is too late, or was decided otherwise.
    TooLate,
}

/// The members of a grant that an approval lacks if a version before 2026-12 wrote it: they
/// stood in the request alone.
const ONCE_ONLY_IN_THE_REQUEST: [&str; 2] = ["client_id", "issuer"];

/// A request at rest, with what an approval repeats in it.
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
    /// Reads a request at rest.
    ///
    /// # Errors
    /// If the bytes are not a device's request as JSON.
    pub fn from_bytes(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_value(whole(bytes)?)
    }

    /// The bytes that are stored.
    ///
    /// # Errors
    /// If the request cannot be written.
    pub fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// The bytes that are stored in the place of `before`, with every member of it that
    /// this version does not know.
    ///
    /// # Errors
    /// If `before` is no device's request, or this one cannot be written.
    pub fn rewritten(&self, before: &[u8]) -> serde_json::Result<Vec<u8>> {
        let before = serde_json::to_vec(&whole(before)?)?;
        documents::rewritten_or_new(Some(&before), self)
    }

    /// Whether a person may still decide.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.decision == Decision::Pending && now < self.expires_at
    }

    /// The device asks (RFC 8628 §3.5).
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
            .is_some_and(|before| now.since(before) < self.interval);
        self.asked_at = Some(now);
        Polled::Later(if too_soon {
            self.interval += SLOWER_BY;
            let error = format!("ask every {} seconds from now on", self.interval.as_secs());
            Error::new(ErrorCode::SlowDown, error)
        } else {
            let error = "the person has not decided yet";
            Error::new(ErrorCode::AuthorizationPending, error)
        })
    }

    /// The person decides.
    pub fn decide(&mut self, decision: Decision, now: Timestamp) -> Decided {
        match (&self.decision, &decision) {
            (Decision::Denied, Decision::Denied) => Decided::Before,
            // A second press of the same button, or a reload.
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
