//! Software statements (RFC 7591 §2.3): JWTs in which a trusted issuer vouches for a
//! client's metadata. Their claims have the names of the metadata; the configuration names
//! the issuers.

use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::config::SoftwareStatementIssuer;
use crate::fault::Fault;
use crate::keys::client_jwks;
use crate::oidc::client::ClientId;
use crate::oidc::client_assertion::unverified_issuer;
use crate::oidc::{Error, ErrorCode};

/// The accepted signing algorithms.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::ES256,
    Algorithm::PS256,
    Algorithm::EdDSA,
];

/// Claims about the statement itself, not about the client (RFC 7519 §4.1).
const OF_THE_STATEMENT: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The trusted issuers.
#[derive(Debug)]
pub struct SoftwareStatements(Vec<Issuer>);

#[derive(Debug)]
struct Issuer {
    name: String,
    jwks: Value,
}

impl SoftwareStatements {
    /// Reads the keys of the configured issuers.
    ///
    /// # Errors
    /// `Fault` if a file cannot be read, or is not a JWK Set.
    pub fn load(issuers: &[SoftwareStatementIssuer]) -> Result<Self, Fault> {
        let read = |issuer: &SoftwareStatementIssuer| {
            let wrong = |error: &dyn std::fmt::Display| {
                let file = issuer.jwks_file.display();
                Fault::because(format!("software_statement_issuers: {file}: {error}"))
            };
            let text = std::fs::read(&issuer.jwks_file).map_err(|error| wrong(&error))?;
            let jwks: Value = serde_json::from_slice(&text).map_err(|error| wrong(&error))?;
            match jwks.get("keys") {
                Some(Value::Array(_)) => Ok(Issuer {
                    name: issuer.issuer.clone(),
                    jwks,
                }),
                _ => Err(wrong(&"is no JWK Set")),
            }
        };
        Ok(Self(
            issuers.iter().map(read).collect::<Result<_, Fault>>()?,
        ))
    }

    /// Returns the metadata of a verified statement; `audience` is the issuer at which the
    /// client registers.
    ///
    /// # Errors
    /// `unapproved_software_statement` if the statement's issuer is not trusted;
    /// `invalid_software_statement` if it is not a JWT with an `iss`, its signature is
    /// wrong, it is expired or not valid yet, or it has another audience.
    pub fn verified(
        &self,
        statement: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, Error> {
        let invalid = |why: &'static str| Error::new(ErrorCode::InvalidSoftwareStatement, why);
        let Some(ClientId(named)) = unverified_issuer(statement) else {
            return Err(invalid("the software statement is no JWT with an iss"));
        };
        let Some(issuer) = self.0.iter().find(|issuer| issuer.name == named) else {
            let why = "the issuer of the software statement is none of those approved here";
            return Err(Error::new(ErrorCode::UnapprovedSoftwareStatement, why));
        };
        let Some(mut claims) = client_jwks::verify_with_jwks(statement, &issuer.jwks, ALGORITHMS)
        else {
            return Err(invalid(
                "the software statement is not signed by its issuer",
            ));
        };
        // An `exp` that is not a number counts as past, an `nbf` as in the future.
        let moment = |name: &str, unreadable: f64| {
            let at = claims.get(name)?;
            Some(at.as_f64().unwrap_or(unreadable))
        };
        let now = now.0 as f64;
        if moment("exp", f64::NEG_INFINITY).is_some_and(|at| at <= now) {
            return Err(invalid("the software statement has expired"));
        }
        if moment("nbf", f64::INFINITY).is_some_and(|at| at > now) {
            return Err(invalid("the software statement is not valid yet"));
        }
        let is_for_us = match claims.get("aud") {
            None => true,
            Some(Value::Array(all)) => all.iter().any(|one| one == audience),
            Some(one) => one == audience,
        };
        if !is_for_us {
            return Err(invalid("the software statement is for another server"));
        }
        claims.retain(|name, _| !OF_THE_STATEMENT.contains(&name.as_str()));
        Ok(claims)
    }
}
