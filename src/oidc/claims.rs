//! Decides which claims about an account a client receives (OpenID Connect Core §5): by
//! scope from the UserInfo endpoint, individually through the `claims` parameter, and never
//! one that no scope covers. The ID token contains only claims requested for it by name,
//! and those of the scope if there is no access token.

mod account;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::authorization_request::ClaimsRequest;
use super::client::ClientId;
use super::name_script::NameScript;
use super::required_claims::RequiredClaim;
use super::scope::Scope;
use crate::accounts::account::Account;

/// The claims of each scope (OpenID Connect Core §5.4), in the order of §5.1.
pub const SCOPES: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "family_name#ja-Kana-JP",
            "given_name#ja-Kana-JP",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// The claims of the protocol itself, in every ID token.
pub const OF_THE_PROTOCOL: [&str; 7] = ["iss", "sub", "aud", "auth_time", "acr", "amr", "sid"];

/// Returns every claim that a client can receive, for `claims_supported` in discovery.
pub fn supported() -> impl Iterator<Item = &'static str> {
    let of_accounts = SCOPES.iter().flat_map(|(_, claims)| claims.iter().copied());
    OF_THE_PROTOCOL.into_iter().chain(of_accounts)
}

/// Returns the scope that covers a claim, with or without a language tag (§5.2).
#[must_use]
pub fn scope_of(claim: &str) -> Option<&'static str> {
    let untagged = claim.split('#').next().unwrap_or(claim);
    SCOPES
        .iter()
        .find(|(_, claims)| claims.contains(&untagged))
        .map(|(scope, _)| *scope)
}

/// Whether `scope` allows a claim: always for a claim of the protocol, for a claim about
/// the account if a scope covers it, and otherwise not.
#[must_use]
pub fn within(claim: &str, scope: &Scope) -> bool {
    match scope_of(claim) {
        Some(covering) => scope.contains(covering),
        None => OF_THE_PROTOCOL.contains(&claim),
    }
}

/// Returns the claims of a UserInfo response (§5.3.2): `sub`, the claims of `scope`, and
/// those named in `claims`, which must contain only what was granted.
#[must_use]
pub fn for_userinfo(
    account: &Account,
    subject: &str,
    scope: &Scope,
    claims: &ClaimsRequest,
) -> Map<String, Value> {
    let by_name = claims.userinfo.keys().map(String::as_str);
    let names = of_scope(scope, &claims.locales).chain(by_name);
    let mut answer = of_account(account, names, &claims.locales);
    answer.insert("sub".to_owned(), Value::from(subject));
    answer
}

/// Adds issuer and audience for a signed UserInfo response (§5.3.2). It has no `nonce` and
/// no `exp`, so it cannot be mistaken for an ID token.
#[must_use]
pub fn addressed(
    mut claims: Map<String, Value>,
    issuer: &str,
    client_id: &ClientId,
) -> Map<String, Value> {
    claims.insert("iss".to_owned(), Value::from(issuer));
    claims.insert("aud".to_owned(), Value::from(client_id.0.as_str()));
    claims
}

/// Returns the claims about the account for an ID token: those that `claims` requests for
/// it, and those of `scope`. The caller passes an empty `scope` if an access token gives
/// access to them (§5.4).
#[must_use]
pub fn for_id_token(
    account: &Account,
    scope: &Scope,
    claims: &ClaimsRequest,
) -> Map<String, Value> {
    let by_name = claims.id_token.keys().map(String::as_str);
    let names = of_scope(scope, &claims.locales).chain(by_name);
    of_account(account, names, &claims.locales)
}

/// Returns the claims of a scope. If the client requested scripts, claims with a fixed
/// script are left out.
fn of_scope<'a>(scope: &'a Scope, locales: &'a [NameScript]) -> impl Iterator<Item = &'a str> {
    SCOPES
        .iter()
        .filter(|(name, _)| scope.contains(name))
        .flat_map(|(_, claims)| claims.iter().copied())
        .filter(|claim| locales.is_empty() || !claim.contains('#'))
}

/// Whether the ID token needs claims about the account, not only its `sub`.
#[must_use]
pub fn asked_of_id_token(claims: &ClaimsRequest) -> bool {
    claims
        .id_token
        .keys()
        .any(|claim| scope_of(claim).is_some())
}

/// Returns the claims a client may require that this account already has.
#[must_use]
pub fn known(account: &Account) -> BTreeSet<RequiredClaim> {
    let told = |claim: &&RequiredClaim| account::is_told(account, **claim);
    RequiredClaim::ALL.iter().filter(told).copied().collect()
}

/// Returns the named claims that the account has. A missing one is left out, never null or
/// empty (§5.3.2). With one requested script, the value has the plain name; with several,
/// there are additional claims with language tags (§5.2).
fn of_account<'a>(
    account: &Account,
    names: impl Iterator<Item = &'a str>,
    locales: &[NameScript],
) -> Map<String, Value> {
    let mut told = Map::new();
    for name in names {
        if let [only] = locales {
            let localized = account::claim(account, &tagged(name, *only));
            let value = localized.or_else(|| account::claim(account, name));
            told.extend(value.map(|value| (name.to_owned(), value)));
            continue;
        }
        told.extend(account::claim(account, name).map(|value| (name.to_owned(), value)));
        for &script in locales {
            let name = tagged(name, script);
            told.extend(account::claim(account, &name).map(|value| (name, value)));
        }
    }
    told
}

/// Returns the name of a claim in a script. A name that already has a tag is unchanged.
fn tagged(name: &str, script: NameScript) -> String {
    if name.contains('#') {
        name.to_owned()
    } else {
        format!("{name}#{script}")
    }
}

#[cfg(test)]
mod tests;
