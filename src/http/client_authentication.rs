//! Which client asks, and whether it proved it: by HTTP Basic, by its secret in
//! the body, by an assertion signed with its key or its secret, or, being public,
//! not at all (OpenID Connect Core §9, RFC 6749 §2.3). A client uses the one method it
//! registered; to a stranger every failure looks the same.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use super::refusal::ProtocolRefusal;
use crate::app::App;
use crate::brand::Brand;
use crate::clients::secret;
use crate::ephemeral::Key;
use crate::keys::client_jwks::{verify_with_jwks, verify_with_secret};
use crate::oidc::client::{ClientId, TokenEndpointAuthMethod};
use crate::oidc::client_assertion::{self, JWT_BEARER};
use crate::oidc::rule::{self, Breaks as _, Rule, Under as _};
use crate::oidc::{Error, ErrorCode, parameters, rulebook};
use crate::seal::sha256_hex;
use crate::store::clients::StoredClient;

/// Authenticates the client of a request to a protocol endpoint.
///
/// # Errors
/// `invalid_client` if it did not prove itself, `invalid_request` if it used two
/// methods at once (RFC 6749 §2.3).
pub async fn authenticate(
    app: &App,
    brand: &Brand,
    headers: &HeaderMap,
    parameters: &BTreeMap<String, String>,
) -> Result<Arc<StoredClient>, ProtocolRefusal> {
    let presented = Presented::read(headers, parameters).under(rule::CREDENTIALS)?;
    let challenge = matches!(presented.proof, Proof::Basic(_));
    let outcome = prove(app, brand, presented).await?;
    if let Ok(stored) = &outcome {
        let now = app.clock.now();
        app.clients.note_use(&app.store, stored, now).await?;
    }
    outcome.map_err(|error| {
        // RFC 6749 §5.2: who tried by the Authorization header is challenged to try again.
        if challenge {
            ProtocolRefusal::Challenge(error)
        } else {
            ProtocolRefusal::Client(error)
        }
    })
}

/// What a request says of its client, proven or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Which client.
    pub client_id: ClientId,
    /// The method it used.
    pub method: &'static str,
    /// By what it says who it is.
    pub proof: rulebook::Proof,
}

/// What a request says of its client, if it names one.
#[must_use]
pub fn claimed(headers: &HeaderMap, parameters: &BTreeMap<String, String>) -> Option<Claimed> {
    let Ok(presented) = Presented::read(headers, parameters) else {
        let basic = basic_credentials(headers).ok().flatten();
        let named = basic.map(|(client_id, _)| client_id);
        return Some(Claimed {
            client_id: named.or_else(|| parameters.get("client_id").cloned().map(ClientId))?,
            method: "unclear",
            proof: rulebook::Proof::Nothing,
        });
    };
    let (method, proof) = match presented.proof {
        Proof::Basic(_) => ("client_secret_basic", rulebook::Proof::Secret),
        Proof::Post(_) => ("client_secret_post", rulebook::Proof::Secret),
        Proof::Assertion(_) => ("client_assertion", rulebook::Proof::Assertion),
        Proof::Nothing => ("none", rulebook::Proof::Nothing),
    };
    Some(Claimed {
        client_id: presented.client_id,
        method,
        proof,
    })
}

/// What a request says of its client.
struct Presented {
    client_id: ClientId,
    proof: Proof,
}

enum Proof {
    Basic(String),
    Post(String),
    Assertion(String),
    Nothing,
}

impl Proof {
    const fn is_by(&self, method: TokenEndpointAuthMethod) -> bool {
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

impl Presented {
    fn read(
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

async fn prove(
    app: &App,
    brand: &Brand,
    presented: Presented,
) -> Result<Result<Arc<StoredClient>, Error>, ProtocolRefusal> {
    let Some(stored) = app.clients.get(&app.store, &presented.client_id).await? else {
        return Ok(Err(unproven(rule::CLIENT)));
    };
    let client = &stored.client;
    if !client.brands.contains(&brand.name) {
        return Ok(Err(unproven(rule::CLIENT)));
    }
    if !presented.proof.is_by(client.token_endpoint_auth_method) {
        return Ok(Err(unproven(rule::AUTH_METHOD)));
    }
    let proven = match &presented.proof {
        Proof::Basic(secret) | Proof::Post(secret) => is_secret_of(&stored, secret),
        Proof::Assertion(assertion) => {
            return prove_by_assertion(app, brand, stored, assertion).await;
        }
        Proof::Nothing => true,
    };
    Ok(if proven {
        Ok(stored)
    } else {
        Err(unproven(rule::SECRET))
    })
}

/// The one error for whoever is not, or does not prove to be, a client: only the
/// debugger tells by which rule.
fn unproven(rule: &'static Rule) -> Error {
    let error = "the client is unknown to this issuer or did not authenticate as registered";
    Error::new(ErrorCode::InvalidClient, error).breaks(rule)
}

/// Whether that is the client's secret. Secrets are 256 random bits, so one SHA-256 hides
/// them as well as a slow hash would.
#[must_use]
pub fn is_secret_of(stored: &StoredClient, secret: &str) -> bool {
    let given = sha256_hex(secret.as_bytes());
    stored.secret_hash.as_ref().is_some_and(|hash| {
        aws_lc_rs::constant_time::verify_slices_are_equal(hash.as_bytes(), given.as_bytes()).is_ok()
    })
}

async fn prove_by_assertion(
    app: &App,
    brand: &Brand,
    stored: Arc<StoredClient>,
    assertion: &str,
) -> Result<Result<Arc<StoredClient>, Error>, ProtocolRefusal> {
    let invalid = |why: Cow<'static, str>| Error::new(ErrorCode::InvalidClient, why);
    let now = app.clock.now();
    let claims = match verify(app, &stored, assertion).await {
        Ok(claims) => claims,
        Err(why) => return Ok(Err(invalid(why).breaks(rule::ASSERTION_SIGNATURE))),
    };
    let accepted =
        match client_assertion::check(&claims, &stored.client.client_id, &brand.issuer, now) {
            Ok(accepted) => accepted,
            Err(error) => return Err(error.breaks(rule::ASSERTION_CLAIMS).into()),
        };
    // RFC 7523 §3: an assertion is used once; remembered until it expires by itself.
    let name = sha256_hex(format!("{}\n{}", stored.client.client_id, accepted.jti).as_bytes());
    let life = accepted
        .expires_at
        .after(Duration::from_secs(60))
        .since(now);
    if app.ephemeral.put_once(Key::Assertion(&name), life).await? {
        Ok(Ok(stored))
    } else {
        let why = "the client assertion was used before: make a new one, with a new jti, for each request";
        Ok(Err(invalid(why.into()).breaks(rule::ASSERTION_ONCE)))
    }
}

/// The claims of an assertion that the client signed as it registered to: the method is the
/// client's, never the token's to choose (RFC 8725 §3.1).
async fn verify(
    app: &App,
    stored: &StoredClient,
    assertion: &str,
) -> Result<Map<String, Value>, Cow<'static, str>> {
    let client = &stored.client;
    let words = client
        .assertion_algorithms()
        .map(|one| one.as_str().parse());
    let allowed: Vec<Algorithm> = words.flatten().collect();
    if client.token_endpoint_auth_method == TokenEndpointAuthMethod::ClientSecretJwt {
        let secret = secret::open(&app.sealer, stored)
            .ok_or("the client has no secret to sign with: it must be given a new one")?;
        let claims = verify_with_secret(assertion, secret.expose(), &allowed);
        return claims.ok_or_else(|| {
            "the client assertion is not signed with the client's secret by a registered algorithm"
                .into()
        });
    }
    let verify = |jwks: &Value| verify_with_jwks(assertion, jwks, &allowed);
    match app.client_keys.find(client, verify).await {
        Ok(Some(claims)) => Ok(claims),
        Ok(None) => Err(
            "the client assertion is not signed by a registered key and algorithm of the client"
                .into(),
        ),
        Err(none) => Err(none.to_string().into()),
    }
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
    let (name, secret) = http_basic(value).ok_or_else(malformed)?;
    let name = parameters::decode_component(&name).ok_or_else(malformed)?;
    let secret = parameters::decode_component(&secret).ok_or_else(malformed)?;
    Ok(Some((ClientId(name), secret)))
}

/// Name and password of HTTP Basic (RFC 7617 §2), as they stand there.
#[must_use]
pub fn http_basic(authorization: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = authorization.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}
