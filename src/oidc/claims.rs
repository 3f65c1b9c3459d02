//! Which claims a client gets of an account (OpenID Connect Core §5): by scope
//! from the UserInfo endpoint, singly by the `claims` parameter, and never one
//! that no scope covers. The ID token holds only what was asked of it by name.

mod account;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::authorization_request::ClaimsRequest;
use super::client::ClientId;
use super::name_script::NameScript;
use super::required_claims::RequiredClaim;
use super::scope::Scope;
use crate::accounts::account::Account;

/// The claims each scope stands for (OpenID Connect Core §5.4), in the order of §5.1.
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

/// Every claim a client may get, for discovery's `claims_supported`.
pub fn supported() -> impl Iterator<Item = &'static str> {
    let of_accounts = SCOPES.iter().flat_map(|(_, claims)| claims.iter().copied());
    OF_THE_PROTOCOL.into_iter().chain(of_accounts)
}

/// The scope that covers a claim, whatever its language tag (§5.2).
#[must_use]
pub fn scope_of(claim: &str) -> Option<&'static str> {
    let untagged = claim.split('#').next().unwrap_or(claim);
    SCOPES
        .iter()
        .find(|(_, claims)| claims.contains(&untagged))
        .map(|(scope, _)| *scope)
}

/// Whether a claim may be had by someone with `scope`: those of the protocol
/// always, those of an account if a scope covers them, no others.
#[must_use]
pub fn within(claim: &str, scope: &Scope) -> bool {
    match scope_of(claim) {
        Some(covering) => scope.contains(covering),
        None => OF_THE_PROTOCOL.contains(&claim),
    }
}

/// What the UserInfo endpoint answers (§5.3.2): `sub`, the claims of `scope`,
/// and those that `claims` names. `claims` holds only what was granted.
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

/// A UserInfo response that is signed: it says who speaks and to whom (§5.3.2). There is no
/// `nonce` and no `exp`, so it never passes as an ID token.
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

/// The account's claims that an ID token holds besides the protocol's own: those
/// that `claims` names for it, and those of `scope`, which is empty where an
/// access token gives them (§5.4).
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

/// The claims of a scope. Whoever says in which scripts wants those, and no others.
fn of_scope<'a>(scope: &'a Scope, locales: &'a [NameScript]) -> impl Iterator<Item = &'a str> {
    SCOPES
        .iter()
        .filter(|(name, _)| scope.contains(name))
        .flat_map(|(_, claims)| claims.iter().copied())
        .filter(|claim| locales.is_empty() || !claim.contains('#'))
}

/// Whether an ID token needs more of the account than its subject.
#[must_use]
pub fn asked_of_id_token(claims: &ClaimsRequest) -> bool {
    claims
        .id_token
        .keys()
        .any(|claim| scope_of(claim).is_some())
}

/// What a client may need of a person, as far as this one has told it.
#[must_use]
pub fn known(account: &Account) -> BTreeSet<RequiredClaim> {
    let told = |claim: &&RequiredClaim| account::is_told(account, **claim);
    RequiredClaim::ALL.iter().filter(told).copied().collect()
}

/// The claims named, as far as the person has told them: what is not known is
/// left out, never null or empty (§5.3.2). In one script only, it stands under the
/// plain name; in several, under names with tags besides (§5.2).
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

/// The name of a claim in a script; one that has a tag already stays what it is.
fn tagged(name: &str, script: NameScript) -> String {
    if name.contains('#') {
        name.to_owned()
    } else {
        format!("{name}#{script}")
    }
}

#[cfg(test)]
mod tests;
