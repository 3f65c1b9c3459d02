//! An immutable record of a consent or its withdrawal: who, to what, in which
//! wording, when, through which client. What Japanese privacy law asks of such
//! a record (Act on the Protection of Personal Information, Art. 27, 29–31) is
//! in `screens.md`, "Privacy law in Japan".

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::locale::Locale;

crate::wire_words! {
    /// To what a person consents.
    pub enum ConsentKind {
        /// The terms of use.
        Terms = "terms",
        /// A dealer's provision of data to Toyota.
        DealerToToyota = "dealer_to_toyota",
        /// Toyota's provision of data to a dealer.
        ToyotaToDealer = "toyota_to_dealer",
        /// A third-party client's scopes.
        Scope = "scope",
    }
}

crate::wire_words! {
    /// Given or taken back.
    pub enum ConsentAction {
        /// Given.
        Given = "given",
        /// Withdrawn.
        Withdrawn = "withdrawn",
    }
}

/// A consent record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Consent {
    /// 128 random bits as base64url.
    pub id: String,
    /// Who.
    pub account_id: String,
    /// To what.
    pub kind: ConsentKind,
    /// Given or withdrawn.
    pub action: ConsentAction,
    /// The terms' name, the dealer's code or the client's ID.
    pub target: String,
    /// The wording's version.
    pub wording_version: String,
    /// SHA-256 of the wording as shown, hex.
    pub wording_hash: String,
    /// The language it was shown in.
    pub locale: Locale,
    /// The brand under which.
    pub brand: String,
    /// The client through which, if any.
    pub client_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Provider, recipient, the person, items, purposes, basis, how it was obtained.
    pub record: ConsentRecord,
}

/// What the law wants kept of a provision to a third party.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConsentRecord {
    /// Who provides the data: name, address, representative.
    pub provider: Option<LegalPerson>,
    /// Who receives it.
    pub recipient: Option<LegalPerson>,
    /// The person's name as it was then.
    pub person_name: Option<String>,
    /// The person's e-mail address as it was then.
    pub person_email: Option<String>,
    /// What is provided, in the words shown (or the scopes).
    pub items: Vec<String>,
    /// What for, in the words shown.
    pub purposes: Vec<String>,
    /// On what ground: `consent` (Art. 27(1)).
    pub basis: String,
    /// How the data was or is obtained (Art. 30).
    pub how_obtained: Option<String>,
    /// Through which channel: `web`.
    pub channel: String,
    /// Keyed hash of the IP address, hex.
    pub ip_hash: Option<String>,
    /// Keyed hash of the user agent, hex.
    pub user_agent_hash: Option<String>,
    /// When the person authenticated for it.
    pub auth_time: Option<Timestamp>,
}

/// A company named in a consent record, as it was then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalPerson {
    /// Registered name.
    pub name: String,
    /// Registered address.
    pub address: String,
    /// Representative.
    pub representative: String,
}
