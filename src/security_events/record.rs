//! A security event as it is stored and exported.

use std::collections::BTreeMap;

use crate::clock::Timestamp;

/// A record of the audit trail. Words are strings here, since a newer version may have
/// written others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// When it happened; if it happened several times, the first time.
    pub at: Timestamp,
    /// What happened ([`super::EventKind`]).
    pub kind: String,
    /// Why it failed ([`super::Reason`]); `None` if it succeeded.
    pub reason: Option<String>,
    /// The account that it is about.
    pub account_id: Option<String>,
    /// The client that took part.
    pub client_id: Option<String>,
    /// On whose behalf ([`super::Actor`]).
    pub actor: String,
    /// The brand that the request was sent to.
    pub brand: Option<String>,
    /// The kind of device, such as `iPhone · Safari`.
    pub device: Option<String>,
    /// The network of the caller: 24 bits of an IPv4 address, 48 bits of an IPv6 address.
    pub network: Option<String>,
    /// The id that the records of one interaction, or else of one request, share.
    pub correlation_id: Option<String>,
    /// Further facts by name.
    pub detail: BTreeMap<String, String>,
    /// How often it happened: equal failures of a moment are one record.
    pub times: i64,
}

impl Record {
    /// Whether two records differ only in their time, number and correlation.
    pub(super) fn key(&self) -> Self {
        Self {
            at: Timestamp(0),
            correlation_id: None,
            times: 0,
            ..self.clone()
        }
    }
}
