//! Security event tokens (RFC 8417) that tell a dealer's system when a user links the
//! dealer and when the link ends. The token identifies the user by the `sub` of that system
//! (RFC 9493). Delivery is decided elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::ClientId;
use crate::clock::Timestamp;

/// The `typ` header (RFC 8417 §2.3). It keeps our other tokens from being accepted as
/// events.
pub const TYPE: &str = "secevent+jwt";

/// The event that a user linked the dealer.
pub const DEALER_LINKED: &str = "https://id.toyota.jp/events/dealer-linked";

/// The event that a link ended.
pub const DEALER_UNLINKED: &str = "https://id.toyota.jp/events/dealer-unlinked";

/// The claims of a security event token (RFC 8417 §2.2). They are the same at every
/// delivery attempt, so that a receiver recognises the event by its `jti`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecurityEvent {
    /// The issuer of the brand.
    pub iss: String,
    /// The client that is notified.
    pub aud: ClientId,
    /// When the token was created.
    pub iat: Timestamp,
    /// Identifies the token.
    pub jti: String,
    /// When the event happened.
    pub toe: Timestamp,
    /// The user whom the event concerns.
    pub sub_id: SubjectId,
    /// The event, by its type.
    pub events: BTreeMap<String, Value>,
}

/// A user, identified by issuer and `sub` (RFC 9493 §3.2.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename = "iss_sub")]
pub struct SubjectId {
    /// The issuer of the brand.
    pub iss: String,
    /// The user's `sub` for the notified client.
    pub sub: String,
}

crate::wire_words! {
    /// Why a link ended.
    pub enum UnlinkReason {
        /// The user ended it.
        Person = "person_unlinked",
        /// The user closed their account (退会).
        AccountClosed = "account_closed",
        /// The consent behind it is not valid. The reason is not disclosed to the dealer.
        ConsentVoid = "consent_void",
        /// The dealer merged into another dealer, which now has the link.
        Succeeded = "dealer_succeeded",
    }
}

/// Members of the event that a user linked the dealer.
#[derive(Clone, Debug, Serialize)]
pub struct DealerLinked<'a> {
    /// Code of the dealer.
    pub dealer_code: &'a str,
    /// When the link was made.
    pub linked_at: Timestamp,
    /// The version of the notice to which the user consented.
    pub notice_version: &'a str,
    /// The client through which the user linked the dealer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<&'a str>,
    /// The dealer's own number for this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_number: Option<&'a str>,
}

/// Members of the event that a link ended.
#[derive(Clone, Debug, Serialize)]
pub struct DealerUnlinked<'a> {
    /// Code of the dealer.
    pub dealer_code: &'a str,
    /// When the link ended.
    pub unlinked_at: Timestamp,
    /// Why the link ended.
    pub reason: UnlinkReason,
    /// Code of the dealer that now has the link, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<&'a str>,
    /// The dealer's own number for this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_number: Option<&'a str>,
}
