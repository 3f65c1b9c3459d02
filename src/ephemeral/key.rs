//! The keys of short-lived state: one kind for each purpose, and what may happen to a kind
//! when there is no more room.

use std::borrow::Cow;

use crate::oidc::code_record;
use crate::sha256::sha256_hex;

/// An ID longer than this is replaced by its hash, because some come from outside, e.g.
/// `jti`.
const LONGEST_ID: usize = 128;

/// The key of a value. IDs of different kinds never collide.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// A pushed authorization request, by its `request_uri` (RFC 9126).
    PushedRequest(&'a str),
    /// A pending authorization request, and what the person has done for it so far.
    Interaction(&'a str),
    /// The same value, written for a person who is logged in.
    MembersInteraction(&'a str),
    /// The mark that an interaction was answered, for as long as its URL can be opened.
    Answered(&'a str),
    /// An authorization code.
    Code(&'a str),
    /// A client assertion that was used, by client and `jti` (RFC 7523 §3).
    Assertion(&'a str),
    /// A device authorization request, by the hash of its device code (RFC 8628).
    Device(&'a str),
    /// The ID of a device authorization request, by its user code.
    UserCode(&'a str),
    /// A change of the login ID or login phone that waits for its code.
    Change(&'a str),
    /// The permission to begin a session under another brand, by the hash of its secret.
    SignOn(&'a str),
    /// A mailbox that the relay refused permanently, by the place where a code was asked
    /// for.
    Undeliverable(&'a str),
    /// The challenge of a passkey ceremony that was answered.
    Challenge(&'a str),
    /// The details of a registration that was not finished, by the browser's fingerprint.
    RegistrationDraft(&'a str),
    /// A task that one node does for all.
    Turn(&'a str),
    /// A counter of attempts.
    Rate(&'a str),
}

impl Key<'_> {
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::PushedRequest(_) => "pushed-request",
            Self::Interaction(_) | Self::MembersInteraction(_) => "interaction",
            Self::Answered(_) => "answered",
            Self::Code(_) => "code",
            Self::Assertion(_) => "assertion",
            Self::Device(_) => "device",
            Self::UserCode(_) => "user-code",
            Self::Change(_) => "change",
            Self::SignOn(_) => "sign-on",
            Self::Undeliverable(_) => "undeliverable",
            Self::Challenge(_) => "challenge",
            Self::RegistrationDraft(_) => "registration-draft",
            Self::Turn(_) => "turn",
            Self::Rate(_) => "rate",
        }
    }

    /// Whether the value is stored even if Redis has reached its `maxmemory`: it belongs to
    /// somebody who is logged in, or to a client that authenticated.
    pub(super) const fn is_vital(&self) -> bool {
        match self {
            Self::MembersInteraction(_)
            | Self::Answered(_)
            | Self::Code(_)
            | Self::Assertion(_)
            | Self::Change(_)
            | Self::SignOn(_)
            | Self::Turn(_)
            | Self::Challenge(_) => true,
            Self::PushedRequest(_)
            | Self::Interaction(_)
            | Self::Device(_)
            | Self::UserCode(_)
            | Self::Undeliverable(_)
            | Self::RegistrationDraft(_)
            | Self::Rate(_) => false,
        }
    }

    /// Whether the value takes the place of the oldest of its kind if this process has no
    /// more room. A mark of what was used must never be forgotten early, nor a stranger
    /// push out what another one left.
    pub(super) const fn displaces(&self) -> bool {
        self.is_vital()
            && !matches!(
                self,
                Self::Assertion(_) | Self::Challenge(_) | Self::Turn(_)
            )
    }

    /// Returns how many bytes of a value are kept once it is spent. Of an authorization
    /// code, which every login spends, only the ID of its grant is needed again.
    pub(super) const fn bytes_when_spent(&self) -> usize {
        match self {
            Self::Code(_) => code_record::GRANT_ID_BYTES,
            _ => usize::MAX,
        }
    }

    /// Returns the ID, or `#` and its hash. An ID that begins with `#` is hashed too, so
    /// that nobody can choose the hash of another ID.
    pub(super) fn id(&self) -> Cow<'_, str> {
        let (Self::PushedRequest(id)
        | Self::Interaction(id)
        | Self::MembersInteraction(id)
        | Self::Answered(id)
        | Self::Code(id)
        | Self::Assertion(id)
        | Self::Device(id)
        | Self::UserCode(id)
        | Self::Change(id)
        | Self::SignOn(id)
        | Self::Undeliverable(id)
        | Self::Challenge(id)
        | Self::RegistrationDraft(id)
        | Self::Turn(id)
        | Self::Rate(id)) = *self;
        if id.len() > LONGEST_ID || id.starts_with('#') {
            Cow::Owned(format!("#{}", sha256_hex(id.as_bytes())))
        } else {
            Cow::Borrowed(id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_id_is_kept_as_its_hash_and_nobody_can_name_that_hash() {
        let long = "x".repeat(LONGEST_ID + 1);
        let hashed = Key::Assertion(&long).id().into_owned();
        assert_eq!(hashed.len(), 65);
        assert_ne!(Key::Assertion(&hashed).id(), hashed);
        assert_eq!(Key::Assertion("short").id(), "short");
    }
}
