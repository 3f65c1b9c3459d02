//! Who sent an authorization request and therefore receives the response. The checks decide
//! what each may request, and `interaction::answer` how each is answered.

use serde::{Deserialize, Serialize};

use crate::oidc::client::{ClientId, RESERVED};
use crate::oidc::device_authorization::Device;

/// The sender of a request. A back-channel request (CIBA) would be another variant here,
/// with a member in `Members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Members", into = "Members")]
pub enum Requester {
    /// A client, through the user's browser, which also carries the response.
    Browser {
        /// The reference under which the client pushed the request (RFC 9126), if it did.
        pushed_as: Option<String>,
    },
    /// A device (RFC 8628), which fetches the response itself.
    Device(Device),
    /// One of our own account pages, by its URL. The page itself is the response.
    OwnPage(String),
}

/// How a request arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Through the browser: anyone may have written it, and logs and histories contain it.
    Browser,
    /// Pushed by the authenticated client (RFC 9126).
    Pushed,
    /// Sent by a device (RFC 8628), which fetches the response itself: there is no
    /// redirect.
    Device,
}

/// A requester as JSON: members of the object that holds it. If all are absent, the request
/// came from a browser and was not pushed.
#[derive(Serialize, Deserialize)]
struct Members {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pushed_as: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<Device>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own_page: Option<String>,
}

impl Requester {
    /// Returns how the request arrived.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Browser { pushed_as: None } | Self::OwnPage(_) => Channel::Browser,
            Self::Browser { pushed_as: Some(_) } => Channel::Pushed,
            Self::Device(_) => Channel::Device,
        }
    }

    /// Whether the requester is in the browser in which the user logs in. If so, the grant
    /// belongs to that browser's session.
    #[must_use]
    pub const fn is_in_the_browser(&self) -> bool {
        match self {
            Self::Browser { .. } | Self::OwnPage(_) => true,
            Self::Device(_) => false,
        }
    }

    /// Returns the requester, also from the form used before 2026-12: an interaction then
    /// stored `pushed_as` in another place, and our own pages were recognised only by
    /// client and redirect URI.
    #[must_use]
    pub fn or_as_stored_before(
        self,
        pushed_as: Option<String>,
        client_id: &ClientId,
        redirect_uri: &str,
    ) -> Self {
        match self {
            Self::Browser { pushed_as: None } if client_id.0 == RESERVED => {
                Self::OwnPage(redirect_uri.to_owned())
            }
            Self::Browser { pushed_as: None } => Self::Browser { pushed_as },
            stored => stored,
        }
    }
}

impl From<Members> for Requester {
    fn from(members: Members) -> Self {
        match members {
            Members {
                device: Some(device),
                ..
            } => Self::Device(device),
            Members {
                own_page: Some(url),
                ..
            } => Self::OwnPage(url),
            Members { pushed_as, .. } => Self::Browser { pushed_as },
        }
    }
}

impl From<Requester> for Members {
    fn from(requester: Requester) -> Self {
        let none = Self {
            pushed_as: None,
            device: None,
            own_page: None,
        };
        match requester {
            Requester::Browser { pushed_as } => Self { pushed_as, ..none },
            Requester::Device(device) => Self {
                device: Some(device),
                ..none
            },
            Requester::OwnPage(url) => Self {
                own_page: Some(url),
                ..none
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::device_authorization::UserCode;

    const PAGE: &str = "https://id.example/account";

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        id: String,
        #[serde(flatten)]
        requester: Requester,
    }

    fn device() -> Requester {
        Requester::Device(Device {
            request: "r".to_owned(),
            user_code: UserCode::read("WDJB-MJHT").unwrap(),
        })
    }

    fn browser(pushed_as: Option<&str>) -> Requester {
        let pushed_as = pushed_as.map(str::to_owned);
        Requester::Browser { pushed_as }
    }

    #[test]
    fn a_requester_is_members_of_what_holds_it() {
        let stored_device = json!({"request": "r", "user_code": "WDJBMJHT"});
        for (requester, members) in [
            (browser(None), json!({"id": "i"})),
            (browser(Some("p")), json!({"id": "i", "pushed_as": "p"})),
            (device(), json!({"id": "i", "device": stored_device})),
            (
                Requester::OwnPage(PAGE.to_owned()),
                json!({"id": "i", "own_page": PAGE}),
            ),
        ] {
            let holder = Holder {
                id: "i".to_owned(),
                requester,
            };
            assert_eq!(serde_json::to_value(&holder).unwrap(), members);
            assert_eq!(serde_json::from_value::<Holder>(members).unwrap(), holder);
        }
    }

    #[test]
    fn members_that_an_older_or_newer_node_wrote_are_read() {
        for (members, requester) in [
            (json!({"id": "i", "pushed_as": null}), browser(None)),
            (json!({"id": "i", "from_the_future": 1}), browser(None)),
        ] {
            let read: Holder = serde_json::from_value(members).unwrap();
            assert_eq!(read.requester, requester);
        }
    }

    #[test]
    fn what_a_version_stored_elsewhere_is_found_there() {
        let ours = ClientId(RESERVED.to_owned());
        let other = ClientId("maintenance".to_owned());
        let pushed = || Some("p".to_owned());
        for (stored, client, requester) in [
            (browser(None), &other, browser(Some("p"))),
            (browser(Some("q")), &other, browser(Some("q"))),
            (device(), &other, device()),
            (browser(None), &ours, Requester::OwnPage(PAGE.to_owned())),
        ] {
            let found = stored.or_as_stored_before(pushed(), client, PAGE);
            assert_eq!(found, requester);
        }
    }

    #[test]
    fn only_what_was_pushed_and_what_a_device_sent_did_not_come_through_the_browser() {
        for (requester, channel, in_the_browser) in [
            (browser(None), Channel::Browser, true),
            (browser(Some("p")), Channel::Pushed, true),
            (device(), Channel::Device, false),
            (Requester::OwnPage(PAGE.to_owned()), Channel::Browser, true),
        ] {
            assert_eq!(requester.channel(), channel);
            assert_eq!(requester.is_in_the_browser(), in_the_browser);
        }
    }
}
