//! Checks the type and the claims of a client assertion (RFC 7523 §3, OpenID Connect Core
//! §9): it is made for this issuer alone and for nothing but client authentication. The
//! signature is verified elsewhere, with the client's own keys, and the caller makes sure
//! that each `jti` is used only once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::client::{AssertionAudience, ClientId};
use super::metadata::endpoint;
use super::{Error, ErrorCode, numeric_date};
use crate::clock::Timestamp;

/// The only supported `client_assertion_type` (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest accepted lifetime of an assertion, and so how long its `jti` is remembered.
pub const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// How far a client's clock may be ahead of ours.
const SKEW: Duration = Duration::from_secs(30);

/// The longest accepted `jti`, in bytes.
const LONGEST_JTI: usize = 256;

/// What must be remembered of an accepted assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The assertion's `jti`; it may be used once.
    pub jti: String,
    /// When the assertion expires. The `jti` must be remembered until then.
    pub expires_at: Timestamp,
}

/// The place where an assertion is presented, and what its client registered.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The client that is to be authenticated.
    pub client_id: &'a ClientId,
    /// Whom its assertions may name as their audience.
    pub audience: AssertionAudience,
    /// The issuer.
    pub issuer: &'a str,
    /// The path of the endpoint, below the issuer.
    pub endpoint: &'a str,
    /// The present time.
    pub now: Timestamp,
}

/// Checks the `typ` of an assertion's header: a JWT that the client signed for another
/// purpose authenticates nobody (RFC 8725 §3.11).
///
/// # Errors
/// `invalid_client` if it is that of another kind of JWT.
pub fn check_type(typ: Option<&str>) -> Result<(), Error> {
    let typ = typ.map(str::to_ascii_lowercase);
    // RFC 7515 §4.1.9: the prefix may be omitted.
    let bare = typ
        .as_deref()
        .map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
    match bare {
        None | Some("jwt" | "client-authentication+jwt") => Ok(()),
        Some(_) => Err(invalid(
            "client_assertion: typ must be client-authentication+jwt or JWT, or absent",
        )),
    }
}

/// Checks the claims of an assertion whose signature has been verified.
///
/// # Errors
/// `invalid_client` naming the claim that is missing or wrong.
pub fn check(claims: &Map<String, Value>, presented: &Presented<'_>) -> Result<Accepted, Error> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    for name in ["iss", "sub"] {
        if text(name) != Some(&presented.client_id.0) {
            return Err(invalid(format!(
                "client_assertion: {name} must be the client_id"
            )));
        }
    }
    if !presented.is_audience(claims.get("aud")) {
        return Err(invalid(
            "client_assertion: aud must be the issuer, and nobody beside it (this endpoint also counts, unless assertion_audience is issuer)",
        ));
    }
    let expires_at = lifetime(claims, presented.now)?;
    match text("jti") {
        Some(jti) if !jti.is_empty() && jti.len() <= LONGEST_JTI => Ok(Accepted {
            jti: jti.to_owned(),
            expires_at,
        }),
        _ => Err(invalid(
            "client_assertion: jti must be there, 256 bytes at most",
        )),
    }
}

/// Returns the `iss` of an assertion that has not been verified. It may be used only to
/// find the keys with which to verify the assertion.
#[must_use]
pub fn unverified_issuer(assertion: &str) -> Option<ClientId> {
    let payload = assertion.split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
    Some(ClientId(claims.get("iss")?.as_str()?.to_owned()))
}

impl Presented<'_> {
    /// Whether `aud` names this issuer and nobody else: an assertion with another audience
    /// beside us could be presented here by that other server.
    fn is_audience(&self, audience: Option<&Value>) -> bool {
        let is_us = |value: &Value| {
            let named = value.as_str();
            named
                .and_then(|named| named.strip_prefix(self.issuer))
                .is_some_and(|path| self.takes(path))
        };
        match audience {
            Some(Value::Array(all)) => !all.is_empty() && all.iter().all(is_us),
            Some(one) => is_us(one),
            None => false,
        }
    }

    fn takes(&self, path: &str) -> bool {
        let par = endpoint::PUSHED_AUTHORIZATION_REQUEST;
        match self.audience {
            _ if path.is_empty() => true,
            AssertionAudience::Endpoint => {
                path == endpoint::TOKEN || (path == par && self.endpoint == par)
            }
            AssertionAudience::Issuer => false,
        }
    }
}

fn lifetime(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, Error> {
    let Some(expires_at) = moment(claims, "exp")? else {
        return Err(invalid("client_assertion: exp is missing"));
    };
    if expires_at <= now {
        return Err(invalid("client_assertion: exp is past"));
    }
    if expires_at > now.after(LONGEST_LIFE) {
        return Err(invalid("client_assertion: exp is more than an hour ahead"));
    }
    for name in ["iat", "nbf"] {
        if moment(claims, name)?.is_some_and(|at| at > now.after(SKEW)) {
            return Err(invalid(format!(
                "client_assertion: {name} is in the future"
            )));
        }
    }
    Ok(expires_at)
}

/// Reads an optional claim that is a point in time.
fn moment(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Error> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    numeric_date::read(value).map(Some).ok_or_else(|| {
        invalid(format!(
            "client_assertion: {name} is not a number of seconds"
        ))
    })
}

fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::InvalidClient, description)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://id.example";
    const NOW: Timestamp = Timestamp(1_700_000_000);

    fn check(claims: &Value) -> Result<Accepted, Error> {
        check_at((endpoint::TOKEN, AssertionAudience::Endpoint), claims)
    }

    fn check_at(
        (endpoint, audience): (&str, AssertionAudience),
        claims: &Value,
    ) -> Result<Accepted, Error> {
        let presented = Presented {
            client_id: &ClientId("c".to_owned()),
            audience,
            issuer: ISSUER,
            endpoint,
            now: NOW,
        };
        super::check(claims.as_object().unwrap(), &presented)
    }

    fn claims() -> Value {
        json!({"iss": "c", "sub": "c", "aud": ISSUER, "exp": NOW.0 + 60, "iat": NOW.0, "jti": "j"})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    #[test]
    fn an_assertion_of_the_client_for_us_is_accepted() {
        let accepted = Accepted {
            jti: "j".to_owned(),
            expires_at: Timestamp(NOW.0 + 60),
        };
        assert_eq!(check(&claims()).unwrap(), accepted);
        for lawful in [
            with("aud", json!("https://id.example/token")),
            with("aud", json!([ISSUER])),
            with("aud", json!([ISSUER, "https://id.example/token"])),
            with("iat", json!(NOW.0 + 8)),
            with("nbf", json!(NOW.0 + 30)),
            with("exp", json!(NOW.0 as f64 + 60.5)),
        ] {
            assert_eq!(check(&lawful).unwrap(), accepted, "{lawful}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (name, value) in [
            ("iss", json!("d")),
            ("sub", json!("d")),
            ("sub", json!(["c"])),
            ("aud", json!("https://other.example")),
            ("aud", json!("https://id.example.evil.example")),
            ("aud", json!("https://id.example/")),
            ("aud", json!("https://id.example/authorize")),
            ("aud", json!("https://id.example/par")),
            ("aud", json!(["https://other.example", ISSUER])),
            ("aud", json!([ISSUER, "https://id.example/par"])),
            ("aud", json!([ISSUER, 7])),
            ("aud", json!([])),
            ("aud", json!({})),
            ("exp", json!(NOW.0)),
            ("exp", json!(NOW.0 + 3601)),
            ("exp", json!("soon")),
            ("exp", json!(1e300)),
            ("exp", json!(null)),
            ("iat", json!(NOW.0 + 31)),
            ("nbf", json!(NOW.0 + 31)),
            ("nbf", json!("now")),
            ("jti", json!("")),
            ("jti", json!("j".repeat(257))),
            ("jti", json!(7)),
        ] {
            let error = check(&with(name, value.clone())).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidClient, "{name} {value}");
        }
        for name in ["iss", "sub", "aud", "exp", "jti"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(name);
            assert!(check(&claims).is_err(), "{name}");
        }
    }

    #[test]
    fn the_endpoint_counts_beside_the_issuer_where_the_clients_profile_says_so() {
        use AssertionAudience::{Endpoint, Issuer};
        let (token, par) = (endpoint::TOKEN, endpoint::PUSHED_AUTHORIZATION_REQUEST);
        for (at, profile, audience, good) in [
            (par, Endpoint, "https://id.example/par", true),
            (par, Endpoint, "https://id.example/token", true),
            (token, Endpoint, "https://id.example/par", false),
            (token, Endpoint, "https://id.example/token", true),
            (token, Issuer, "https://id.example/token", false),
            (par, Issuer, "https://id.example/par", false),
            (par, Issuer, ISSUER, true),
        ] {
            let outcome = check_at((at, profile), &with("aud", json!(audience)));
            assert_eq!(outcome.is_ok(), good, "{audience} at {at}, {profile}");
        }
    }

    #[test]
    fn a_jwt_of_another_type_authenticates_nobody() {
        for good in [
            None,
            Some("JWT"),
            Some("client-authentication+jwt"),
            Some("application/client-authentication+JWT"),
        ] {
            assert_eq!(check_type(good), Ok(()), "{good:?}");
        }
        for other in [
            "at+jwt",
            "logout+jwt",
            "oauth-authz-req+jwt",
            "dpop+jwt",
            "",
        ] {
            assert!(check_type(Some(other)).is_err(), "{other}");
        }
    }

    #[test]
    fn the_issuer_can_be_read_before_anything_is_verified() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"iss":"c"}"#);
        assert_eq!(
            unverified_issuer(&format!("x.{payload}.y")),
            Some(ClientId("c".to_owned()))
        );
        for nothing in ["", "x", "x.y", "x.!.z", "x.e30.z"] {
            assert_eq!(unverified_issuer(nothing), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn an_assertion_expires_within_the_next_hour(
            expiry in prop_oneof![any::<f64>(), -10_000.0..10_000.0_f64],
        ) {
            let exp = NOW.0 as f64 + expiry;
            let lawful = exp >= NOW.0 as f64 + 1.0 && exp < NOW.0 as f64 + 3601.0;
            let accepted = check(&with("exp", json!(exp)));
            prop_assert_eq!(accepted.as_ref().map(|a| a.expires_at.0).ok(), lawful.then_some(exp as i64));
        }

        #[test]
        fn the_issuer_is_read_from_the_payload_alone(
            issuer in "\\PC{0,40}",
            around in "[^.]{0,20}",
            text in "\\PC{0,40}",
        ) {
            let payload = URL_SAFE_NO_PAD.encode(json!({"iss": issuer, "sub": text}).to_string());
            let read = unverified_issuer(&format!("{around}.{payload}.{around}"));
            prop_assert_eq!(read, Some(ClientId(issuer)));
            prop_assert_eq!(unverified_issuer(&text), None);
        }
    }
}
