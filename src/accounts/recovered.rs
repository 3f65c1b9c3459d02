//! What the last recovery of an account proved, and what it left to be confirmed. A
//! password that was set by a code to one channel proves nothing besides that channel, so a
//! code to the same channel is no second factor.

use serde::{Deserialize, Serialize};

use super::one_time_code::Destination;

crate::wire_words! {
    /// A channel on which codes reach a person.
    pub enum CodeChannel {
        /// The mailbox of the e-mail address.
        Mailbox = "mailbox",
        /// The mobile phone, by SMS.
        Phone = "phone",
    }
}

impl From<&Destination> for CodeChannel {
    fn from(to: &Destination) -> Self {
        match to {
            Destination::Mailbox(_) => Self::Mailbox,
            Destination::Phone(_) => Self::Phone,
        }
    }
}

/// The state of an account after a recovery; the default for an account that was never
/// recovered, or whose owner has used another factor since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recovered {
    /// The channel whose code set the password, until its owner uses another factor.
    pub by: Option<CodeChannel>,
    /// Whether the mobile number was verified before a recovery by mail. It is no login ID
    /// and unverified until a code that is sent there after the new password confirms it.
    pub phone_to_confirm: bool,
}
