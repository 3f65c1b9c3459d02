//! Authentication by a signed assertion (`client_secret_jwt`, `private_key_jwt`; RFC 7523):
//! its signature, by the client's secret or published keys, and that it is used once.
//! What its claims must say is decided by `oidc::client_assertion`.

use std::borrow::Cow;
use std::time::Duration;

use jsonwebtoken::{Algorithm, decode_header};
use serde_json::{Map, Value};

use crate::app::App;
use crate::brand::Brand;
use crate::clients::secret;
use crate::ephemeral::{Key, Once};
use crate::fault::Fault;
use crate::http::kept;
use crate::keys::client_jwks::{verify_with_jwks, verify_with_secret};
use crate::oidc::client::TokenEndpointAuthMethod;
use crate::oidc::client_assertion::Presented;
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::{Error, ErrorCode, client_assertion};
use crate::seal::sha256_hex;
use crate::store::clients::StoredClient;

/// Whether an assertion authenticates the client; otherwise the error for it:
/// `invalid_client`, or `temporarily_unavailable` if too many are remembered of it.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub(super) async fn prove(
    app: &App,
    (brand, endpoint): (&Brand, &str),
    stored: &StoredClient,
    assertion: &str,
) -> Result<Result<(), Error>, Fault> {
    let invalid = |why: Cow<'static, str>| Error::new(ErrorCode::InvalidClient, why);
    let now = app.clock.now();
    let claims = match verify(app, stored, assertion).await {
        Ok(claims) => claims,
        Err(why) => return Ok(Err(invalid(why).breaks(rule::ASSERTION_SIGNATURE))),
    };
    let client_id = &stored.client.client_id;
    let presented = Presented {
        client_id,
        audience: stored.client.assertion_audience,
        issuer: &brand.issuer,
        endpoint,
        now,
    };
    let typ = decode_header(assertion).ok().and_then(|header| header.typ);
    let checked = client_assertion::check_type(typ.as_deref())
        .and_then(|()| client_assertion::check(&claims, &presented));
    let accepted = match checked {
        Ok(accepted) => accepted,
        Err(error) => return Ok(Err(error.breaks(rule::ASSERTION_CLAIMS))),
    };
    // RFC 7523 §3: an assertion is used once; remembered until it expires by itself.
    let name = sha256_hex(format!("{client_id}\n{}", accepted.jti).as_bytes());
    let life = accepted
        .expires_at
        .after(Duration::from_secs(60))
        .since(now);
    let limit = kept::assertions(app, client_id, life);
    let once = app
        .ephemeral
        .put_once_within(Key::Assertion(&name), life, &limit);
    Ok(match once.await? {
        Once::First => Ok(()),
        Once::Again => {
            let why = "the client assertion was used before: make a new one, with a new jti, for each request";
            Err(invalid(why.into()).breaks(rule::ASSERTION_ONCE))
        }
        Once::TooOften => {
            let why = "too many client assertions are in use: try again in two minutes, with assertions that expire sooner";
            let error = Error::new(ErrorCode::TemporarilyUnavailable, why);
            Err(error.breaks(rule::ASSERTION_LIMIT))
        }
    })
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
