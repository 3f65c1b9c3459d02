//! Decides which metadata a client may set when it registers itself, without our review
//! (OpenID Connect Dynamic Client Registration 1.0, RFC 7591), and how its registration is
//! returned to it. Such a client is always third-party, so users are asked for consent
//! before it receives their data.

use serde_json::{Map, Value, json};

use super::client::{
    Client, ClientId, GrantType, Party, ResponseType, SubjectType, TokenEndpointAuthMethod,
};
use super::client_metadata::{self, Unlawful};
use super::client_registration::{LOCALIZED, fill_in, gather, spread, unreadable};
use super::scope::Scope;
use super::{Error, ErrorCode};
use crate::documents::strict;

/// The members that a client may set; all others are ignored (RFC 7591 §2).
pub const MEMBERS: [&str; 41] = [
    "redirect_uris",
    "response_types",
    "grant_types",
    "application_type",
    "contacts",
    "client_name",
    "logo_uri",
    "client_uri",
    "policy_uri",
    "tos_uri",
    "jwks_uri",
    "jwks",
    "sector_identifier_uri",
    "subject_type",
    "id_token_signed_response_alg",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "request_object_signing_alg",
    "require_signed_request_object",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "initiate_login_uri",
    "request_uris",
    "scope",
    "software_id",
    "software_version",
    "software_statement",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "require_pushed_authorization_requests",
];

/// What clients that register themselves may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The scope they may request.
    pub scope: Scope,
    /// The grant types they may use.
    pub grant_types: Vec<GrantType>,
    /// The response types they may use.
    pub response_types: Vec<ResponseType>,
    /// The client authentication methods they may use.
    pub auth_methods: Vec<TokenEndpointAuthMethod>,
    /// The subject types they may have. One that asks for another gets the first.
    pub subject_types: Vec<SubjectType>,
    /// Whether those that can keep a secret may omit both PKCE and the nonce.
    pub may_omit_pkce: bool,
}

/// The properties of a registering client that it does not choose itself.
#[derive(Clone, Debug)]
pub struct Registrant {
    /// The `client_id` that we assigned.
    pub client_id: ClientId,
    /// The brand whose issuer received the registration.
    pub brand: String,
    /// The subject type that it has, if it is registered already: its people's subjects do
    /// not change by themselves.
    pub had: Option<SubjectType>,
}

/// Reads and checks the metadata sent by a client.
///
/// # Errors
/// `invalid_redirect_uri` if any redirect URI is wrong, and otherwise
/// `invalid_client_metadata` (RFC 7591 §3.2.2); both describe everything that is wrong.
pub fn read(
    said: Map<String, Value>,
    registrant: Registrant,
    policy: &Policy,
) -> Result<Client, Error> {
    let mut metadata = known(said);
    let had = registrant.had;
    gather(&mut metadata);
    let wrong = unreadable(&metadata);
    if !wrong.is_empty() {
        return Err(refused(&wrong));
    }
    fill_in(&mut metadata);
    metadata
        .entry("scope")
        .or_insert_with(|| json!(policy.scope));
    metadata.extend([
        ("client_id".to_owned(), json!(registrant.client_id)),
        ("brands".to_owned(), json!([registrant.brand])),
        ("party".to_owned(), json!(Party::Third)),
    ]);
    let client: Client = strict::from_value(Value::Object(metadata))
        .map_err(|error| refused(&[("client".to_owned(), error.to_string())]))?;
    let client = within(client, policy, had);
    let mut wrong = beyond(&client, policy);
    if let Err(unlawful) = client_metadata::check(&client) {
        wrong.extend(unlawful);
    }
    if wrong.is_empty() {
        return Ok(client);
    }
    let wrong: Vec<_> = wrong
        .into_iter()
        .map(|Unlawful { field, reason }| (field.to_owned(), reason))
        .collect();
    Err(refused(&wrong))
}

/// Returns the known members that have a value: `null` means that a member is absent (RFC
/// 7592 §2.2).
fn known(said: Map<String, Value>) -> Map<String, Value> {
    let is_known = |member: &str| match member.split_once('#') {
        Some((name, _)) => LOCALIZED.contains(&name),
        None => MEMBERS.contains(&member),
    };
    said.into_iter()
        .filter(|(member, value)| is_known(member) && !value.is_null())
        .collect()
}

/// Reduces the metadata to the policy where the client still works with less. RFC 7591 §2
/// allows us to replace values; the response tells the client.
fn within(mut client: Client, policy: &Policy, had: Option<SubjectType>) -> Client {
    let refreshes = client.grant_types.contains(&GrantType::RefreshToken);
    let for_people =
        !client.response_types.is_empty() || client.grant_types.contains(&GrantType::DeviceCode);
    client.scope = client.scope.intersection(&policy.scope);
    if !refreshes || !for_people {
        client.scope = client.scope.without("offline_access");
    }
    client.may_omit_pkce = policy.may_omit_pkce && !client.is_public();
    let asked = client.subject_type;
    if had != Some(asked) && !policy.subject_types.contains(&asked) {
        let first = policy.subject_types.first().copied();
        client.subject_type = first.unwrap_or(SubjectType::Pairwise);
    }
    client.may_have_public_subjects = client.subject_type == SubjectType::Public;
    if !client.client_name.contains_key("") {
        let name = unnamed(&client);
        client.client_name.insert(String::new(), name);
    }
    client
}

/// Returns the name shown to users for a client without an untagged name: its name in
/// another language, or else its host, or else its `client_id`.
fn unnamed(client: &Client) -> String {
    let other = client.client_name.values().next().cloned();
    let host = || {
        let uri = url::Url::parse(client.redirect_uris.first()?).ok()?;
        Some(uri.host_str()?.chars().take(100).collect())
    };
    other
        .or_else(host)
        .unwrap_or_else(|| client.client_id.to_string())
}

/// Returns what the policy forbids and the client could not work without.
fn beyond(client: &Client, policy: &Policy) -> Vec<Unlawful> {
    let mut wrong = Vec::new();
    let mut refuse = |field, reason: String| wrong.push(Unlawful { field, reason });
    for grant in &client.grant_types {
        if !policy.grant_types.contains(grant) {
            let reason = format!("{grant} is not for clients that register themselves");
            refuse("grant_types", reason);
        }
    }
    for response_type in &client.response_types {
        if !policy.response_types.contains(response_type) {
            let reason = format!("{response_type} is not for clients that register themselves");
            refuse("response_types", reason);
        }
    }
    let method = client.token_endpoint_auth_method;
    if !policy.auth_methods.contains(&method) {
        let reason = format!("{method} is not for clients that register themselves");
        refuse("token_endpoint_auth_method", reason);
    }
    wrong
}

fn refused(wrong: &[(String, String)]) -> Error {
    let of_redirects = wrong.iter().any(|(member, _)| member == "redirect_uris");
    let code = if of_redirects {
        ErrorCode::InvalidRedirectUri
    } else {
        ErrorCode::InvalidClientMetadata
    };
    let all: Vec<_> = wrong
        .iter()
        .map(|(member, reason)| format!("{member}: {reason}"))
        .collect();
    Error::new(code, shortened(all.join("; ")))
}

/// Shortens an error description, which may repeat what was sent.
fn shortened(text: String) -> String {
    const LONGEST: usize = 1_000;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Returns the registration as its client sees it: what it sent, including replaced and
/// default values, but nothing that only the operator decides.
#[must_use]
pub fn told(client: &Client) -> Map<String, Value> {
    let Ok(Value::Object(mut metadata)) = serde_json::to_value(client) else {
        return Map::new();
    };
    // A single value without a tag may be stored alone. `gather` turns it into an object,
    // so that `spread` treats both forms alike.
    gather(&mut metadata);
    metadata.retain(|member, _| member == "client_id" || MEMBERS.contains(&member.as_str()));
    spread(&mut metadata);
    metadata
}

#[cfg(test)]
mod tests;
