//! The settings for clients that register themselves: who may register, at which brands,
//! and with which metadata.

use std::path::PathBuf;
use std::time::Duration;

use super::BrandSettings;
use super::declared::{Table as _, settings};
use super::document::{Document, Value};
use super::reader::{self, Reader};
use super::units::DAY;
use crate::oidc::client::{GrantType, ResponseType, SubjectType, TokenEndpointAuthMethod};
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

settings! {
    /// The table as written.
    pub(super) struct RegistrationTable in "dynamic_registration" of config {
        /// Or "token" (`common-id clients initial-token` gives one), or "open".
        access: RegistrationAccess = reader::word, RegistrationAccess::Closed;
        /// The brands whose issuers accept registrations; default: all.
        brands: Option<Vec<String>> => optional by reader::words;
        /// The most that they may ask for; people are always asked for consent.
        scope: Scope = scope, Scope::of(STANDARD);
        /// The grants that they may use.
        grant_types: Vec<GrantType> = reader::words,
            vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
        /// The response types that they may use.
        response_types: Vec<ResponseType> = reader::words, vec![ResponseType::Code];
        /// How they may authenticate.
        auth_methods: Vec<TokenEndpointAuthMethod> = reader::words,
            TokenEndpointAuthMethod::ALL.to_vec();
        /// The subject types that they may have; with "public" too, companies can tell that they serve the same person.
        subject_types: Vec<SubjectType> = reader::words, vec![SubjectType::Pairwise];
        /// True only for certification: confidential clients may then omit PKCE and nonce.
        may_omit_pkce: bool = reader::truth, false;
        /// For how long an unused registration stays.
        unused_lifetime: Duration = reader::duration, 90 * DAY;
        /// Registrations from one IP address; 0: no limit.
        per_ip_hour: u64 = reader::number, 20;
    }
}

settings! {
    /// An issuer of software statements as written.
    pub(super) struct IssuerTable in "dynamic_registration.software_statement_issuers.*" of config {
        /// The `iss` of its statements.
        issuer: String => required by reader::text;
        /// Its public keys, a JWK Set.
        jwks_file: PathBuf => required by reader::path;
    }
}

pub(super) fn read(
    from: &mut Reader<'_>,
    document: &Document,
    brands: &[BrandSettings],
) -> DynamicRegistrationSettings {
    let table = RegistrationTable::read(from);
    let all: Vec<_> = brands.iter().map(|brand| brand.name.clone()).collect();
    let served = table.brands.unwrap_or_else(|| all.clone());
    if let Some(unknown) = served.iter().find(|name| !all.contains(name)) {
        let message = format!("there is no brand {unknown}");
        from.refuse("dynamic_registration.brands", message);
    }
    DynamicRegistrationSettings {
        access: table.access,
        brands: served,
        policy: Policy {
            scope: table.scope,
            grant_types: table.grant_types,
            response_types: table.response_types,
            auth_methods: table.auth_methods,
            subject_types: table.subject_types,
            may_omit_pkce: table.may_omit_pkce,
        },
        unused_lifetime: table.unused_lifetime,
        per_ip_hour: table.per_ip_hour,
        software_statement_issuers: issuers(from, document),
    }
}

fn issuers(from: &mut Reader<'_>, document: &Document) -> Vec<SoftwareStatementIssuer> {
    let tables = "dynamic_registration.software_statement_issuers";
    let names = document.names_under(tables).into_iter();
    names
        .map(|name| {
            let IssuerTable { issuer, jwks_file } =
                IssuerTable::read_as(&format!("{tables}.{name}"), from);
            SoftwareStatementIssuer { issuer, jwks_file }
        })
        .collect()
}

/// Reads a scope as clients write it.
fn scope(value: &Value) -> Result<Scope, String> {
    let text = reader::text(value)?;
    text.parse::<Scope>().map_err(|error| error.to_string())
}
