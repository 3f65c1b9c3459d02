//! Security event tokens (RFC 8417): what a dealer's own system is told when a
//! person links the dealer, and when that ends. The person is named by the `sub`
//! that this system sees (RFC 9493), and nothing else of them is told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::ClientId;
use crate::clock::Timestamp;

/// The `typ` of its header (RFC 8417 §2.3): no other token of ours passes for one.
pub const TYPE: &str = "secevent+jwt";

/// A person linked the dealer.
pub const DEALER_LINKED: &str = "https://id.toyota.jp/events/dealer-linked";

/// A link ended.
pub const DEALER_UNLINKED: &str = "https://id.toyota.jp/events/dealer-unlinked";

/// The claims of a token (RFC 8417 §2.2). The same at every attempt to deliver
/// it, so that a receiver knows it again by its `jti`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecurityEvent {
    /// The brand.
    pub iss: String,
    /// Who is told.
    pub aud: ClientId,
    /// When it was written.
    pub iat: Timestamp,
    /// Its own name.
    pub jti: String,
    /// When it happened.
    pub toe: Timestamp,
    /// Of whom.
    pub sub_id: SubjectId,
    /// What happened, by the event's type.
    pub events: BTreeMap<String, Value>,
}

/// A subject by issuer and `sub` (RFC 9493 §3.2.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename = "iss_sub")]
pub struct SubjectId {
    /// The brand.
    pub iss: String,
    /// The person, as the one who is told knows them.
    pub sub: String,
}

crate::wire_words! {
    /// Why a link ended.
    pub enum UnlinkReason {
        /// The person ended it.
        Person = "person_unlinked",
        /// The person closed their account (退会).
        AccountClosed = "account_closed",
        /// The consent it stood on does not hold. Why not is the person's affair.
        ConsentVoid = "consent_void",
        /// The dealer merged into another, which has the link now.
        Succeeded = "dealer_succeeded",
    }
}

/// What a link says.
#[derive(Clone, Debug, Serialize)]
pub struct DealerLinked<'a> {
    /// The dealer.
    pub dealer_code: &'a str,
    /// Since when.
    pub linked_at: Timestamp,
    /// The version of the notice consented to.
    pub notice_version: &'a str,
    /// The client through which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<&'a str>,
    /// The dealer's own name for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_number: Option<&'a str>,
}

/// What the end of a link says.
#[derive(Clone, Debug, Serialize)]
pub struct DealerUnlinked<'a> {
    /// The dealer.
    pub dealer_code: &'a str,
    /// Since when there is no link.
    pub unlinked_at: Timestamp,
    /// Why.
    pub reason: UnlinkReason,
    /// The dealer that has the link now, if one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<&'a str>,
    /// The dealer's own name for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_number: Option<&'a str>,
}
