//! Defines the record stored under an authorization code and checks a token request against
//! it (RFC 6749 §4.1.3, RFC 7636 §4.6). This module checks that the code belongs to the
//! client; the store makes sure that a code is redeemed only once.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::authorization_request::AuthorizationRequest;
use super::client::Client;
use super::grant::Grant;
use super::pkce;
use super::rule::{self, Under as _};
use super::token_request::CodeExchange;
use super::{Error, ErrorCode};
use crate::clock::Timestamp;

/// The longest lifetime of a code, whatever expiry the store uses (RFC 6749 §4.1.2).
const LONGEST_LIFE: Duration = Duration::from_secs(600);

/// How long a redeemed code is remembered after it expires. A second attempt to redeem it
/// then still finds the tokens of the first and revokes them (RFC 6749 §4.1.2).
pub const TOMBSTONE_LIFE: Duration = Duration::from_secs(600);

/// Length of a grant id: 128 random bits as base64url.
pub const GRANT_ID_BYTES: usize = 22;

/// The record of an authorization code. It is stored under the code, for one minute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeRecord {
    /// What was granted, and to which client.
    #[serde(flatten)]
    pub grant: Grant,
    /// The redirect URI to which the code was sent.
    pub redirect_uri: String,
    /// Whether the authorization request contained `redirect_uri`. If it did, the token
    /// request must repeat it.
    pub redirect_uri_given: bool,
    /// The S256 code challenge (RFC 7636 §4.2).
    pub code_challenge: Option<String>,
    /// When the code was issued.
    pub issued_at: Timestamp,
    /// The customer numbers that the client pushed for granted dealers. They take effect
    /// when it redeems the code: until then, it may have been misled about the person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customer_numbers: Vec<CustomerNumber>,
}

/// A dealer's own number for a customer, as a client pushed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerNumber {
    /// The dealer's code.
    pub dealer_code: String,
    /// The number.
    pub number: String,
}

impl CodeRecord {
    /// Builds the record of a code that answers `request` with `grant`.
    #[must_use]
    pub fn new(request: &AuthorizationRequest, grant: Grant, now: Timestamp) -> Self {
        Self {
            grant,
            redirect_uri: request.redirect_uri.clone(),
            redirect_uri_given: request.redirect_uri_given,
            code_challenge: request.code_challenge.clone(),
            issued_at: now,
            customer_numbers: Vec::new(),
        }
    }

    /// Serialises the record for the store: first the grant id, which is all that must
    /// remain once the code is redeemed, then the whole record as JSON.
    ///
    /// # Errors
    /// The serde error if the record cannot be serialised.
    pub fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = self.grant.id.clone().into_bytes();
        serde_json::to_writer(&mut bytes, self)?;
        Ok(bytes)
    }

    /// Reads the bytes written by `to_bytes`.
    ///
    /// # Errors
    /// The serde error if the bytes were not written by `to_bytes`.
    pub fn from_bytes(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes.get(GRANT_ID_BYTES..).unwrap_or_default())
    }

    /// Checks that `client` may redeem the code with `exchange`.
    ///
    /// # Errors
    /// `invalid_grant` if the code belongs to another client or issuer, has expired, or
    /// does not match the `redirect_uri` or `code_verifier`.
    pub fn check(
        &self,
        exchange: &CodeExchange,
        client: &Client,
        issuer: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.check_client(client, issuer, now)?;
        let checked = self.check_redirect_uri(exchange);
        checked.under(rule::CODE_REDIRECT_URI)?;
        self.check_pkce(exchange).under(rule::CODE_VERIFIER)
    }

    /// Checks that the code belongs to `client` at `issuer`.
    ///
    /// # Errors
    /// `invalid_grant` if it belongs to another client or issuer, or has expired.
    pub fn check_client(&self, client: &Client, issuer: &str, now: Timestamp) -> Result<(), Error> {
        self.belongs_to(client, issuer, now)
            .under(rule::CODE_CLIENT)
    }

    fn belongs_to(&self, client: &Client, issuer: &str, now: Timestamp) -> Result<(), Error> {
        if self.grant.client_id != client.client_id {
            return Err(invalid("the code was issued to another client"));
        }
        if self.grant.issuer != issuer {
            return Err(invalid("the code was issued by another issuer"));
        }
        if now.since(self.issued_at) > LONGEST_LIFE {
            return Err(invalid("the code has expired"));
        }
        Ok(())
    }

    fn check_redirect_uri(&self, exchange: &CodeExchange) -> Result<(), Error> {
        match &exchange.redirect_uri {
            Some(uri) if *uri != self.redirect_uri => Err(invalid(
                "redirect_uri is not that of the authorization request",
            )),
            None if self.redirect_uri_given => Err(invalid(
                "redirect_uri is missing: the authorization request had one",
            )),
            _ => Ok(()),
        }
    }

    fn check_pkce(&self, exchange: &CodeExchange) -> Result<(), Error> {
        match (&self.code_challenge, &exchange.code_verifier) {
            (None, None) => Ok(()),
            (Some(challenge), Some(verifier)) if pkce::verifies(challenge, verifier) => Ok(()),
            (Some(_), Some(_)) => Err(invalid("code_verifier does not match the code_challenge")),
            (Some(_), None) => Err(invalid(
                "code_verifier is missing: the authorization request had a code_challenge",
            )),
            // RFC 9700 §4.8.2: someone removed the code challenge from the authorization
            // request.
            (None, Some(_)) => Err(invalid(
                "code_verifier without a code_challenge in the authorization request",
            )),
        }
    }
}

/// Returns the grant id of a stored code, of which only the id may be left.
#[must_use]
pub fn grant_id_of(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes.get(..GRANT_ID_BYTES).unwrap_or(bytes))
}

fn invalid(description: &'static str) -> Error {
    Error::new(ErrorCode::InvalidGrant, description)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::oidc::client::{ClientId, sample};
    use crate::oidc::grant;

    const ISSUER: &str = "https://id.example";

    fn record() -> CodeRecord {
        CodeRecord {
            grant: grant::sample(),
            redirect_uri: "https://rp.example/cb".to_owned(),
            redirect_uri_given: true,
            code_challenge: Some(pkce::challenge_of(&verifier())),
            issued_at: Timestamp(1000),
            customer_numbers: Vec::new(),
        }
    }

    fn verifier() -> String {
        "v".repeat(43)
    }

    fn exchange() -> CodeExchange {
        CodeExchange {
            code: "c".to_owned(),
            redirect_uri: Some("https://rp.example/cb".to_owned()),
            code_verifier: Some(verifier()),
        }
    }

    fn check(record: &CodeRecord, exchange: &CodeExchange) -> Result<(), Error> {
        record.check(exchange, &sample(), ISSUER, Timestamp(1600))
    }

    #[test]
    fn the_client_that_asked_gets_the_tokens() {
        assert_eq!(check(&record(), &exchange()), Ok(()));
    }

    #[test]
    fn a_record_is_read_back_as_it_was_stored() {
        let bytes = record().to_bytes().unwrap();
        assert_eq!(CodeRecord::from_bytes(&bytes).unwrap(), record());
        assert_eq!(grant_id_of(&bytes), record().grant.id);
        assert_eq!(grant_id_of(&bytes[..GRANT_ID_BYTES]), record().grant.id);
    }

    /// A record of the version in which codes repeated every field of the grant.
    #[test]
    fn a_code_that_an_older_node_wrote_is_read() {
        let older = json!({
            "client_id": "maintenance", "issuer": ISSUER, "redirect_uri": "https://rp.example/cb",
            "redirect_uri_given": true, "code_challenge": pkce::challenge_of(&verifier()), "account_id": "a",
            "sid": "s", "grant_id": "g".repeat(GRANT_ID_BYTES), "scope": "openid",
            "authorization_details": [{"type": "dealer_link", "identifier": "20100"}], "nonce": null,
            "auth_time": 900, "acr": "0", "amr": "pwd", "issued_at": 1000,
        });
        let bytes = format!("{}{older}", "g".repeat(GRANT_ID_BYTES));
        assert_eq!(CodeRecord::from_bytes(bytes.as_bytes()).unwrap(), record());
        // An older node needs each of these members unchanged and ignores all others.
        let written = serde_json::to_value(record()).unwrap();
        for (name, value) in older.as_object().unwrap() {
            assert_eq!(&written[name], value, "{name}");
        }
    }

    #[test]
    fn whatever_does_not_match_is_an_invalid_grant() {
        type Break = fn(&mut CodeRecord, &mut CodeExchange);
        let cases: [(&str, Break); 9] = [
            ("client", |r, _| {
                r.grant.client_id = ClientId("other".to_owned())
            }),
            ("issuer", |r, _| {
                r.grant.issuer = "https://other.example".to_owned()
            }),
            ("expired", |r, _| r.issued_at = Timestamp(999)),
            ("redirect_uri", |_, e| {
                e.redirect_uri = Some("https://rp.example/cb2".to_owned())
            }),
            ("redirect_uri missing", |_, e| e.redirect_uri = None),
            ("verifier", |_, e| e.code_verifier = Some("w".repeat(43))),
            ("challenge as verifier", |r, e| {
                e.code_verifier.clone_from(&r.code_challenge)
            }),
            ("verifier missing", |_, e| e.code_verifier = None),
            ("challenge taken out", |r, _| r.code_challenge = None),
        ];
        for (name, break_it) in cases {
            let (mut record, mut exchange) = (record(), exchange());
            break_it(&mut record, &mut exchange);
            let error = check(&record, &exchange).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidGrant, "{name}");
        }
    }

    #[test]
    fn a_redirect_uri_that_was_not_given_need_not_be_repeated() {
        let record = CodeRecord {
            redirect_uri_given: false,
            ..record()
        };
        assert_eq!(
            check(
                &record,
                &CodeExchange {
                    redirect_uri: None,
                    ..exchange()
                }
            ),
            Ok(())
        );
        assert_eq!(check(&record, &exchange()), Ok(()));
        let other = CodeExchange {
            redirect_uri: Some("https://evil.example".to_owned()),
            ..exchange()
        };
        assert!(check(&record, &other).is_err());
    }
}
