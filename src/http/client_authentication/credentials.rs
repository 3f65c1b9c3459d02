//! The credentials of a request as they were sent: the `client_id` and one proof, in the
//! `Authorization` header or in the form. Whether they are right is not decided here.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::refusal::ProtocolRefusal;
use crate::oidc::client::{ClientId, TokenEndpointAuthMethod};
use crate::oidc::client_assertion::{self, JWT_BEARER};
use crate::oidc::{Error, ErrorCode, parameters, rulebook};

/// The parameters that prove a client, and are of no use to an endpoint.
const PROOFS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// The client that a request names, and its proof.
pub(super) struct Credentials {
    pub(super) client_id: ClientId,
    pub(super) proof: Proof,
}

/// The proof that a request carries.
pub(super) enum Proof {
    /// A secret in the `Authorization` header.
    Basic(String),
    /// A secret in the form.
    Post(String),
    /// A signed JWT.
    Assertion(String),
    /// None: a public client's.
    Nothing,
}

impl Proof {
    /// Whether a client that registered `method` proves itself so.
    pub(super) const fn is_by(&self, method: TokenEndpointAuthMethod) -> bool {
        use TokenEndpointAuthMethod as Method;
        matches!(
            (self, method),
            (Self::Basic(_), Method::ClientSecretBasic)
                | (Self::Post(_), Method::ClientSecretPost)
                | (
                    Self::Assertion(_),
                    Method::ClientSecretJwt | Method::PrivateKeyJwt
                )
                | (Self::Nothing, Method::None)
        )
    }
}

impl Credentials {
    /// Reads the credentials of a request.
    ///
    /// # Errors
    /// `invalid_request` if two methods are used at once (RFC 6749 §2.3) or two clients are
    /// named; `invalid_client` if none is named, or the `Authorization` header is malformed.
    pub(super) fn read(
        headers: &HeaderMap,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Self, ProtocolRefusal> {
        let basic = basic_credentials(headers)?;
        let secret = parameters.get("client_secret").cloned();
        let assertion = parameters.get("client_assertion").cloned();
        if usize::from(basic.is_some())
            + usize::from(secret.is_some())
            + usize::from(assertion.is_some())
            > 1
        {
            return Err(Error::invalid_request(
                "use one method of client authentication, not several",
            )
            .into());
        }
        let named = parameters.get("client_id").cloned().map(ClientId);
        if let Some((client_id, secret)) = basic {
            if named.is_some_and(|named| named != client_id) {
                return Err(Error::invalid_request(
                    "client_id in the body differs from the one in the Authorization header",
                )
                .into());
            }
            return Ok(Self {
                client_id,
                proof: Proof::Basic(secret),
            });
        }
        if let Some(assertion) = assertion {
            if parameters.get("client_assertion_type").map(String::as_str) != Some(JWT_BEARER) {
                return Err(Error::invalid_request("client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer").into());
            }
            let client_id = named
                .or_else(|| client_assertion::unverified_issuer(&assertion))
                .ok_or_else(no_client)?;
            return Ok(Self {
                client_id,
                proof: Proof::Assertion(assertion),
            });
        }
        let client_id = named.ok_or_else(no_client)?;
        Ok(Self {
            client_id,
            proof: secret.map_or(Proof::Nothing, Proof::Post),
        })
    }
}

fn no_client() -> ProtocolRefusal {
    Error::new(
        ErrorCode::InvalidClient,
        "the request names no client: send client_id, or authenticate",
    )
    .into()
}

/// Takes the proofs out of the parameters of a form.
pub(super) fn strip(parameters: &mut BTreeMap<String, String>) {
    for proof in PROOFS {
        parameters.remove(proof);
    }
}

/// The client that a request claims to come from, for the debugger: nothing is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The client it names.
    pub client_id: ClientId,
    /// The method it used.
    pub method: &'static str,
    /// The kind of proof it carries.
    pub proof: rulebook::Proof,
}

/// The client that a request claims to come from, if it names one.
#[must_use]
pub fn claimed(headers: &HeaderMap, parameters: &BTreeMap<String, String>) -> Option<Claimed> {
    let Ok(credentials) = Credentials::read(headers, parameters) else {
        let basic = basic_credentials(headers).ok().flatten();
        let named = basic.map(|(client_id, _)| client_id);
        return Some(Claimed {
            client_id: named.or_else(|| parameters.get("client_id").cloned().map(ClientId))?,
            method: "unclear",
            proof: rulebook::Proof::Nothing,
        });
    };
    let (method, proof) = match credentials.proof {
        Proof::Basic(_) => ("client_secret_basic", rulebook::Proof::Secret),
        Proof::Post(_) => ("client_secret_post", rulebook::Proof::Secret),
        Proof::Assertion(_) => ("client_assertion", rulebook::Proof::Assertion),
        Proof::Nothing => ("none", rulebook::Proof::Nothing),
    };
    Some(Claimed {
        client_id: credentials.client_id,
        method,
        proof,
    })
}

/// RFC 6749 §2.3.1: name and secret are form-encoded before they are joined.
fn basic_credentials(headers: &HeaderMap) -> Result<Option<(ClientId, String)>, ProtocolRefusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let malformed = || {
        ProtocolRefusal::Challenge(Error::new(
            ErrorCode::InvalidClient,
            "the Authorization header is not HTTP Basic as RFC 6749 section 2.3.1 wants it",
        ))
    };
    let BasicCredentials { name, password } = http_basic(value).ok_or_else(malformed)?;
    let name = parameters::decode_component(&name).ok_or_else(malformed)?;
    let secret = parameters::decode_component(&password).ok_or_else(malformed)?;
    Ok(Some((ClientId(name), secret)))
}

/// The credentials of HTTP Basic (RFC 7617 §2), as sent: RFC 6749 §2.3.1 encodes both
/// once more.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicCredentials {
    /// The user-id, here the client's id.
    pub name: String,
    /// The password, here the client's secret.
    pub password: String,
}

/// Reads the credentials of HTTP Basic from an `Authorization` header. `None` if the scheme
/// is another or the value is malformed.
#[must_use]
pub fn http_basic(authorization: &HeaderValue) -> Option<BasicCredentials> {
    let (scheme, encoded) = authorization.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some(BasicCredentials {
        name: name.to_owned(),
        password: password.to_owned(),
    })
}
