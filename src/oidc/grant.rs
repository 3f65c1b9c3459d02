//! A grant: what a user granted to a client. The authorization code, the approval of a
//! device and the refresh token family all hold this type, and tokens are built from it.
//! A new property (`cnf`, `act`, `resource`) is one field here, with a default in its JSON
//! form, and one nullable column in `store::grants`; a member that no node may ignore, such
//! as `cnf`, takes two releases (`docs/decisions/0019-stored-documents-from-the-future.md`).

use serde::{Deserialize, Serialize};

use super::authorization_details::AuthorizationDetail;
use super::authorization_request::ClaimsRequest;
use super::client::ClientId;
use super::scope::Scope;
use crate::clock::Timestamp;

/// A grant. Unknown members are ignored when it is read. None is lost, because no node
/// rewrites the JSON of a grant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Identifies the grant: 128 random bits as base64url. All tokens of a grant are
    /// revoked by this id.
    #[serde(rename = "grant_id")]
    pub id: String,
    /// The client to which it was granted.
    pub client_id: ClientId,
    /// The issuer (one for each brand) under which it was granted.
    pub issuer: String,
    /// The account whose user granted it.
    pub account_id: String,
    /// The browser session in which it was granted, for `sid` in ID tokens. `None` if a
    /// device made the request (RFC 8628): the browser in which it was approved is not the
    /// device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// What the client may access.
    #[serde(flatten)]
    pub access: Access,
    /// How and when the user had authenticated.
    #[serde(flatten)]
    pub authentication: Authentication,
    /// The `nonce` of the authorization request, for the first ID token only.
    pub nonce: Option<String>,
}

/// What a client may access.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// The scope granted.
    pub scope: Scope,
    /// The individual claims granted (OpenID Connect Core §5.5).
    #[serde(default)]
    pub claims: ClaimsRequest,
    /// The authorization details granted (RFC 9396); each names its dealer.
    #[serde(default)]
    pub authorization_details: Vec<AuthorizationDetail>,
}

/// A user's authentication, as ID tokens describe it (OpenID Connect Core §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// When the user authenticated.
    pub auth_time: Timestamp,
    /// The authentication context class reached.
    pub acr: String,
    /// The authentication methods used (RFC 8176), space-separated.
    pub amr: String,
}

impl Grant {
    /// Returns the grant for the tokens of a refresh: limited to `scope`, and without the
    /// nonce, which only the first ID token contains (OpenID Connect Core §12.2).
    #[must_use]
    pub fn refreshed(self, scope: Scope) -> Self {
        Self {
            access: Access {
                scope,
                ..self.access
            },
            nonce: None,
            ..self
        }
    }
}

/// A grant for tests.
#[cfg(test)]
pub(super) fn sample() -> Grant {
    Grant {
        id: "g".repeat(22),
        client_id: super::client::sample().client_id,
        issuer: "https://id.example".to_owned(),
        account_id: "a".to_owned(),
        sid: Some("s".to_owned()),
        access: Access {
            scope: Scope::of(["openid"]),
            claims: ClaimsRequest::default(),
            authorization_details: vec![AuthorizationDetail::linked("20100")],
        },
        authentication: Authentication {
            auth_time: Timestamp(900),
            acr: "0".to_owned(),
            amr: "pwd".to_owned(),
        },
        nonce: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_grant_is_one_flat_json_object() {
        assert_eq!(
            serde_json::to_value(sample()).unwrap(),
            json!({
                "grant_id": "gggggggggggggggggggggg", "client_id": "maintenance", "issuer": "https://id.example",
                "account_id": "a", "sid": "s", "scope": "openid", "claims": {},
                "authorization_details": [{"type": "dealer_link", "identifier": "20100"}],
                "auth_time": 900, "acr": "0", "amr": "pwd", "nonce": null,
            })
        );
    }

    #[test]
    fn a_grant_that_a_newer_node_wrote_is_read() {
        let mut written = serde_json::to_value(sample()).unwrap();
        written["cnf"] = json!({"jkt": "from the future"});
        assert_eq!(serde_json::from_value::<Grant>(written).unwrap(), sample());
    }

    #[test]
    fn a_refresh_narrows_the_scope_and_drops_the_nonce() {
        let grant = Grant {
            nonce: Some("n".to_owned()),
            ..sample()
        };
        let narrowed = grant.clone().refreshed(Scope::default());
        assert_eq!(narrowed.access.scope, Scope::default());
        assert_eq!(narrowed.nonce, None);
        let access = Access {
            scope: Scope::default(),
            ..grant.access.clone()
        };
        let nonce = None;
        assert_eq!(
            narrowed,
            Grant {
                access,
                nonce,
                ..grant
            }
        );
    }
}
