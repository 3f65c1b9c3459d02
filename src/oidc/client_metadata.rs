//! Decides whether a client may be registered with its metadata (OpenID Connect Dynamic
//! Client Registration 1.0 §2, RFC 7591 §2, RFC 8252, RFC 9700). The code that handles the
//! client's requests relies on these checks and does not repeat them.

mod addresses;
mod encryption;
mod keys;
mod uris;

pub use uris::is_this_machine;

use url::Url;

use super::client::{Client, GrantType, Party, RESERVED, SubjectType, TokenEndpointAuthMethod};
use super::localized::is_tag;
use super::scope::DEALER_CUSTOMERS;
use super::subject;
use super::{authorization_details, claims};

/// One reason why a client cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Unlawful {
    /// The member of the client metadata that is wrong.
    pub field: &'static str,
    /// What is wrong with it and how to correct it.
    pub reason: String,
}

/// The reason given for a member whose language tag is not a valid tag.
const NO_TAG: &str = "what stands behind # must be a language tag (BCP 47)";

type Rule = fn(&Client, &mut Vec<Unlawful>);

/// All rules. Each rule reports every violation that it finds.
const RULES: [Rule; 20] = [
    names,
    company,
    redirect_uris,
    linked_pages,
    grants,
    public_keys,
    authentication,
    keys::that_are_encrypted_to,
    scopes,
    details,
    subjects,
    required,
    dealer,
    addresses::counts,
    addresses::initiate_login,
    addresses::request_uris,
    addresses::sector,
    addresses::logout,
    encryption::encryption,
    encryption::default_contexts,
];

/// Checks a client against every rule.
///
/// # Errors
/// Every violation that the rules found.
pub fn check(client: &Client) -> Result<(), Vec<Unlawful>> {
    let mut wrong = Vec::new();
    for rule in RULES {
        rule(client, &mut wrong);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn names(client: &Client, wrong: &mut Vec<Unlawful>) {
    let id = &client.client_id.0;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    if id.is_empty() || id.len() > 128 || !id.bytes().all(is_plain) {
        let reason = "must be 1 to 128 letters, digits, or - . _ ~";
        refuse(wrong, "client_id", reason);
    }
    if id == RESERVED {
        refuse(wrong, "client_id", "is our own pages'");
    }
    // Characters that change the text direction would also affect the text around the name.
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_name = |name: &str| {
        !name.trim().is_empty()
            && name.chars().count() <= 100
            && !name.contains(|c: char| c.is_control() || turns(c))
    };
    if !client.client_name.keys().all(|tag| is_tag(tag)) {
        refuse(wrong, "client_name", NO_TAG);
    }
    if !client.client_name.contains_key("") {
        let reason = "needs a name without a language tag, under \"\"";
        refuse(wrong, "client_name", reason);
    }
    if !client.client_name.values().all(|name| is_name(name)) {
        refuse(wrong, "client_name", "names are 1 to 100 characters");
    }
    if client.brands.is_empty() {
        let reason = "at least one brand must serve the client";
        refuse(wrong, "brands", reason);
    }
}

fn company(client: &Client, wrong: &mut Vec<Unlawful>) {
    let Some(legal) = &client.legal else { return };
    let told = [&legal.name, &legal.address, &legal.representative];
    if told.iter().any(|text| text.trim().is_empty()) {
        let reason =
            "name, address and representative must be told, since the law wants them recorded";
        refuse(wrong, "legal", reason);
    }
}

fn redirect_uris(client: &Client, wrong: &mut Vec<Unlawful>) {
    for (field, all) in [
        ("redirect_uris", &client.redirect_uris),
        (
            "post_logout_redirect_uris",
            &client.post_logout_redirect_uris,
        ),
    ] {
        for uri in all {
            if let Err(reason) = uris::redirect(uri, client) {
                refuse(wrong, field, format!("{uri}: {reason}"));
            }
        }
    }
}

fn linked_pages(client: &Client, wrong: &mut Vec<Unlawful>) {
    for (field, uri) in [
        ("client_uri", &client.client_uri),
        ("policy_uri", &client.policy_uri),
        ("tos_uri", &client.tos_uri),
        ("logo_uri", &client.logo_uri),
    ] {
        // These URIs become links in our pages, so `javascript:` must be excluded.
        if !uri.0.values().all(uris::is_web) {
            refuse(wrong, field, "must be https, or http on this machine");
        }
        if !uri.0.keys().all(|tag| is_tag(tag)) {
            refuse(wrong, field, NO_TAG);
        }
    }
}

fn grants(client: &Client, wrong: &mut Vec<Unlawful>) {
    let has = |grant| client.grant_types.contains(&grant);
    if client.grant_types.is_empty() {
        refuse(wrong, "grant_types", "the client could do nothing at all");
    }
    response_types(client, wrong);
    if has(GrantType::RefreshToken)
        && !(has(GrantType::AuthorizationCode) || has(GrantType::DeviceCode))
    {
        let reason = "refresh_token comes only with authorization_code or device_code";
        refuse(wrong, "grant_types", reason);
    }
    if has(GrantType::ClientCredentials) && client.is_public() {
        let reason = "a public client has no credentials for client_credentials";
        refuse(wrong, "grant_types", reason);
    }
}

/// Checks that the response types and the grant types correspond, as in the table of
/// Dynamic Client Registration §2.
fn response_types(client: &Client, wrong: &mut Vec<Unlawful>) {
    let field = "response_types";
    let wanted = &client.response_types;
    for response_type in wanted {
        for grant in response_type.grant_types() {
            if !client.grant_types.contains(grant) {
                let reason = format!("{response_type} needs the grant {grant}");
                refuse(wrong, field, reason);
            }
        }
    }
    for (grant, words) in [
        (GrantType::AuthorizationCode, "code"),
        (GrantType::Implicit, "id_token or token"),
    ] {
        if !client.grant_types.contains(&grant) {
            continue;
        }
        if !wanted.iter().any(|t| t.grant_types().contains(&grant)) {
            let reason = format!("{grant} needs a response type with {words}");
            refuse(wrong, field, reason);
        }
        if client.redirect_uris.is_empty() {
            let reason = format!("{grant} needs a redirect URI");
            refuse(wrong, "redirect_uris", reason);
        }
    }
    if client.grant_types.contains(&GrantType::Implicit) {
        for uri in &client.redirect_uris {
            if !uris::may_be_sent_tokens(uri) {
                let reason = format!("{uri}: implicit needs https, and not localhost");
                refuse(wrong, "redirect_uris", reason);
            }
        }
    }
}

/// Whether the client has a grant type with which it acts for users, not only for itself.
fn is_for_people(client: &Client) -> bool {
    let for_people = [
        GrantType::AuthorizationCode,
        GrantType::Implicit,
        GrantType::DeviceCode,
    ];
    for_people
        .iter()
        .any(|grant| client.grant_types.contains(grant))
}

/// RFC 7591 §2: a client has either `jwks` or `jwks_uri`, not both.
fn public_keys(client: &Client, wrong: &mut Vec<Unlawful>) {
    let needs_keys = client.token_endpoint_auth_method == TokenEndpointAuthMethod::PrivateKeyJwt;
    match (&client.jwks, &client.jwks_uri) {
        (None, None) if needs_keys => {
            let reason = "private_key_jwt needs the client's public keys, as jwks or at jwks_uri";
            refuse(wrong, "jwks", reason);
        }
        (None, None) => {}
        (Some(_), Some(_)) => refuse(wrong, "jwks_uri", "give either jwks or jwks_uri"),
        (Some(jwks), None) => {
            if let Err(reason) = keys::check(jwks) {
                refuse(wrong, "jwks", reason);
            } else if needs_keys && !keys::sign(jwks) {
                let reason = "private_key_jwt needs a key for signatures: RSA, P-256 or Ed25519";
                refuse(wrong, "jwks", reason);
            }
        }
        (None, Some(uri)) => {
            if let Err(reason) = uris::fetched(uri) {
                refuse(wrong, "jwks_uri", reason);
            }
        }
    }
}

fn authentication(client: &Client, wrong: &mut Vec<Unlawful>) {
    let method = client.token_endpoint_auth_method;
    if let Some(alg) = client.token_endpoint_auth_signing_alg
        && alg.method() != method
    {
        let reason = format!(
            "{alg} is for {}, and the client uses {method}",
            alg.method()
        );
        refuse(wrong, "token_endpoint_auth_signing_alg", reason);
    }
    if client.is_public() {
        for (field, claimed) in [
            ("may_omit_pkce", client.may_omit_pkce),
            ("may_prefill", client.may_prefill),
            (
                "require_pushed_authorization_requests",
                client.require_pushed_authorization_requests,
            ),
        ] {
            if claimed {
                refuse(wrong, field, "not for a client that cannot prove who it is");
            }
        }
    }
}

fn scopes(client: &Client, wrong: &mut Vec<Unlawful>) {
    let refreshes = client.grant_types.contains(&GrantType::RefreshToken);
    if client.scope.contains("offline_access") && !refreshes {
        let reason = "offline_access needs the grant refresh_token";
        refuse(wrong, "scope", reason);
    }
    if is_for_people(client) && client.scope.is_empty() {
        let reason = "a client that acts for people needs a scope to ask for";
        refuse(wrong, "scope", reason);
    }
}

fn details(client: &Client, wrong: &mut Vec<Unlawful>) {
    for kind in &client.authorization_details_types {
        if !authorization_details::TYPES.contains(&kind.as_str()) {
            let reason = format!("the type {kind} is unknown");
            refuse(wrong, "authorization_details_types", reason);
        }
    }
    for audience in &client.audience {
        if audience.is_empty() || !audience.bytes().all(|b| b.is_ascii_graphic()) {
            refuse(
                wrong,
                "audience",
                "must be names of servers, in plain ASCII",
            );
        }
    }
}

/// Checks that the client's scope covers every claim that the client requires.
fn required(client: &Client, wrong: &mut Vec<Unlawful>) {
    let Some(required) = &client.required_claims else {
        return;
    };
    if required.version.trim().is_empty() {
        refuse(wrong, "required_claims", "the list needs a version");
    }
    for claim in &required.claims {
        if !claims::within(claim.as_str(), &client.scope) {
            let reason = format!("no scope of the client covers {claim}");
            refuse(wrong, "required_claims", reason);
        }
    }
}

fn subjects(client: &Client, wrong: &mut Vec<Unlawful>) {
    // OpenID Connect Core §8.1.
    if client.subject_type == SubjectType::Pairwise
        && client.sector_identifier_uri.is_none()
        && subject::hosts(client).len() > 1
    {
        let reason = "pairwise needs redirect URIs of one host, which is the client's sector, or a sector_identifier_uri";
        refuse(wrong, "subject_type", reason);
    }
    if client.party == Party::Third
        && client.subject_type == SubjectType::Public
        && is_for_people(client)
        && !client.may_have_public_subjects
    {
        let reason = "another company's client is pairwise, unless may_have_public_subjects allows otherwise";
        refuse(wrong, "subject_type", reason);
    }
    if client.party == Party::Third && client.may_prefill {
        let reason = "another company's client does not tell us of people";
        refuse(wrong, "may_prefill", reason);
    }
}

/// Checks the metadata of a dealer's system. A dealer is another company, so its client
/// must be third-party (the user's consent applies) and must use pairwise subjects.
fn dealer(client: &Client, wrong: &mut Vec<Unlawful>) {
    let Some(code) = &client.dealer_code else {
        if client.scope.contains(DEALER_CUSTOMERS) {
            let reason = format!("{DEALER_CUSTOMERS} is for a client with a dealer_code");
            refuse(wrong, "scope", reason);
        }
        if client.event_delivery.is_some() {
            let reason = "events are told to clients with a dealer_code";
            refuse(wrong, "event_delivery", reason);
        }
        return;
    };
    let field = "dealer_code";
    if code.is_empty() || code.len() > 64 || !code.bytes().all(|b| b.is_ascii_graphic()) {
        refuse(wrong, field, "must be a dealer's code in the directory");
    }
    if client.party != Party::Third {
        let reason = "a dealer is another company: its client is party third";
        refuse(wrong, field, reason);
    }
    if client.subject_type != SubjectType::Pairwise {
        let reason = "a dealer's client knows people by pairwise subjects";
        refuse(wrong, field, reason);
    }
    if !client.grant_types.contains(&GrantType::ClientCredentials) {
        let reason = "a dealer's client acts for itself: it needs client_credentials";
        refuse(wrong, field, reason);
    }
    if let Some(delivery) = &client.event_delivery {
        event_delivery(&delivery.endpoint_url, wrong);
    }
}

fn event_delivery(endpoint: &Url, wrong: &mut Vec<Unlawful>) {
    let field = "event_delivery";
    if !uris::is_web(endpoint) {
        let reason = "endpoint_url must be https, or http on this machine";
        refuse(wrong, field, reason);
    }
    let names_user = !endpoint.username().is_empty() || endpoint.password().is_some();
    if names_user || endpoint.fragment().is_some() {
        let reason = "endpoint_url has no user, password or fragment";
        refuse(wrong, field, reason);
    }
}

fn refuse(wrong: &mut Vec<Unlawful>, field: &'static str, reason: impl Into<String>) {
    wrong.push(Unlawful {
        field,
        reason: reason.into(),
    });
}

#[cfg(test)]
mod tests;
