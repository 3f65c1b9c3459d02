//! Rich authorization requests (RFC 9396). The one type we know is
//! `dealer_link`: "link this dealer to the person's account".

use serde::{Deserialize, Serialize};

/// The `type` of a dealer link.
pub const DEALER_LINK: &str = "dealer_link";

/// One `dealer_link` object of `authorization_details`.
///
/// ```json
/// {"type": "dealer_link", "identifier": "20100", "optional": true}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AuthorizationDetail {
    /// The person's account is to be linked with a dealer.
    DealerLink {
        /// The dealer's code in our directory; without one, any dealer that
        /// the person has linked or will choose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identifier: Option<String>,
        /// Whether the client can do without: a person who declines is then
        /// sent back with success, and this object is not in the answer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        optional: bool,
    },
}
