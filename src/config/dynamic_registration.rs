//! The settings for clients that register themselves: who may register, at which brands,
//! and with which metadata.

use std::path::PathBuf;
use std::time::Duration;

use super::BrandSettings;
use super::document::{Document, Value};
use super::reader::{self, Reader};
use super::units::DAY;
use crate::oidc::client::{GrantType, ResponseType, TokenEndpointAuthMethod};
use crate::oidc::dynamic_registration::Policy;
use crate::oidc::scope::{STANDARD, Scope};

crate::wire_words! {
    /// Who may register a client dynamically.
    pub enum RegistrationAccess {
        /// Nobody.
        Closed = "closed",
        /// Holders of an initial access token (RFC 7591 §3).
        Token = "token",
        /// Everybody.
        Open = "open",
    }
}

/// Clients that register themselves (OpenID Connect Dynamic Client Registration).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicRegistrationSettings {
    /// Who may register.
    pub access: RegistrationAccess,
    /// The brands at whose issuers clients may register.
    pub brands: Vec<String>,
    /// The metadata that these clients may have.
    pub policy: Policy,
    /// How long an unused registration is kept.
    pub unused_lifetime: Duration,
    /// Maximum number of registrations from one IP address in an hour; unlimited if zero.
    pub per_ip_hour: u64,
    /// The issuers whose software statements are accepted.
    pub software_statement_issuers: Vec<SoftwareStatementIssuer>,
}

/// An issuer of software statements (RFC 7591 §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftwareStatementIssuer {
    /// The `iss` of its statements.
    pub issuer: String,
    /// The file with its public keys, a JWK Set.
    pub jwks_file: PathBuf,
}

pub(super) fn read(
    from: &mut Reader<'_>,
    document: &Document,
    brands: &[BrandSettings],
) -> DynamicRegistrationSettings {
    let named = |name: &str| format!("dynamic_registration.{name}");
    let all: Vec<_> = brands.iter().map(|brand| brand.name.clone()).collect();
    let served = from.or(&named("brands"), reader::words, all.clone());
    if let Some(unknown) = served.iter().find(|name| !all.contains(name)) {
        from.refuse(&named("brands"), format!("there is no brand {unknown}"));
    }
    let issuers = document.names_under(&named("software_statement_issuers"));
    let software_statement_issuers = issuers
        .into_iter()
        .map(|name| {
            let table = named(&format!("software_statement_issuers.{name}"));
            SoftwareStatementIssuer {
                issuer: from.required(&format!("{table}.issuer"), reader::text),
                jwks_file: from.required(&format!("{table}.jwks_file"), reader::path),
            }
        })
        .collect();
    DynamicRegistrationSettings {
        access: from.or(&named("access"), reader::word, RegistrationAccess::Closed),
        brands: served,
        policy: policy(from),
        unused_lifetime: from.or(&named("unused_lifetime"), reader::duration, 90 * DAY),
        per_ip_hour: from.or(&named("per_ip_hour"), reader::number, 20),
        software_statement_issuers,
    }
}

/// Reads the metadata that clients which register themselves may have.
fn policy(from: &mut Reader<'_>) -> Policy {
    let named = |name: &str| format!("dynamic_registration.{name}");
    let grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    let methods = TokenEndpointAuthMethod::ALL.to_vec();
    Policy {
        scope: from.or(&named("scope"), scope, Scope::of(STANDARD)),
        grant_types: from.or(&named("grant_types"), reader::words, grants),
        response_types: from.or(
            &named("response_types"),
            reader::words,
            vec![ResponseType::Code],
        ),
        auth_methods: from.or(&named("auth_methods"), reader::words, methods),
        may_omit_pkce: from.or(&named("may_omit_pkce"), reader::truth, false),
    }
}

/// Reads a scope as clients write it.
fn scope(value: &Value) -> Result<Scope, String> {
    let text = reader::text(value)?;
    text.parse::<Scope>().map_err(|error| error.to_string())
}
