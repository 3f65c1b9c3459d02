//! Converts client metadata from and to the JSON of OpenID Connect Dynamic Client
//! Registration 1.0 §2 and RFC 7591 §2. `client_metadata` decides which values are allowed,
//! and `dynamic_registration` which members a client may set when it registers itself
//! without our review.

use serde_json::{Map, Value, json};

use super::client::{Client, GrantType};
use super::encryption::ContentEncryption;
use super::localized::is_tag;
use crate::documents::strict;

/// Members that may have one value for each language (§2.1).
pub const LOCALIZED: [&str; 5] = [
    "client_name",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
];

/// Moves the values with a language tag into one member: `client_name#ja` goes into
/// `client_name`.
pub fn gather(metadata: &mut Map<String, Value>) {
    for member in LOCALIZED {
        let mut values = match metadata.remove(member) {
            Some(Value::Object(values)) => values,
            Some(value) => Map::from_iter([(String::new(), value)]),
            None => Map::new(),
        };
        let tags: Vec<String> = metadata
            .keys()
            .filter_map(|name| name.strip_prefix(member)?.strip_prefix('#'))
            .map(str::to_owned)
            .collect();
        for tag in tags {
            let value = metadata.remove(&format!("{member}#{tag}"));
            values.extend(value.map(|value| (tag, value)));
        }
        if !values.is_empty() {
            metadata.insert(member.to_owned(), Value::Object(values));
        }
    }
}

/// Writes the values of each language as separate members, as the specifications define:
/// `client_name`, and `client_name#ja` beside it.
pub fn spread(metadata: &mut Map<String, Value>) {
    for member in LOCALIZED {
        let Some(Value::Object(values)) = metadata.remove(member) else {
            continue;
        };
        for (tag, value) in values {
            let name = match tag.as_str() {
                "" => member.to_owned(),
                tag => format!("{member}#{tag}"),
            };
            metadata.insert(name, value);
        }
    }
}

/// Returns each member that cannot be read, with the reason. Each member is tried alone in
/// an otherwise valid client. `metadata` must have been through `gather`.
#[must_use]
pub fn unreadable(metadata: &Map<String, Value>) -> Vec<(String, String)> {
    let lawful = json!({
        "client_id": "x",
        "client_name": {},
        "brands": [],
        "party": "third",
        "token_endpoint_auth_method": "none",
        "grant_types": [],
        "response_types": [],
        "scope": "",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
    });
    let try_alone = |(member, value): (&String, &Value)| {
        if LOCALIZED.contains(&member.as_str())
            && let Some(tag) = value.as_object()?.keys().find(|tag| !is_tag(tag))
        {
            return Some((member.clone(), format!("{tag} is no language tag")));
        }
        let mut client = lawful.clone();
        client
            .as_object_mut()?
            .insert(member.clone(), value.clone());
        let error = strict::from_value::<Client>(client).err()?;
        Some((member.clone(), error.to_string()))
    };
    metadata.iter().filter_map(try_alone).collect()
}

/// Adds the members that are missing and have a default for every client (§2).
pub fn fill_in(metadata: &mut Map<String, Value>) {
    let grants = metadata
        .entry("grant_types")
        .or_insert_with(|| json!([GrantType::AuthorizationCode]));
    let for_code = grants
        .as_array()
        .is_some_and(|grants| grants.contains(&json!(GrantType::AuthorizationCode)));
    let response_types = if for_code { json!(["code"]) } else { json!([]) };
    for (member, default) in [
        ("client_name", json!({})),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("response_types", response_types),
        ("subject_type", json!("public")),
        ("id_token_signed_response_alg", json!("RS256")),
    ] {
        metadata.entry(member).or_insert(default);
    }
    for kind in ["id_token", "userinfo"] {
        if metadata.contains_key(&format!("{kind}_encrypted_response_alg")) {
            let enc = format!("{kind}_encrypted_response_enc");
            let default = json!(ContentEncryption::A128CbcHs256);
            metadata.entry(enc).or_insert(default);
        }
    }
    if metadata.contains_key("request_object_encryption_alg") {
        let default = json!(ContentEncryption::A128CbcHs256);
        let enc = "request_object_encryption_enc";
        metadata.entry(enc).or_insert(default);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_said_by_language_is_gathered_and_spread_again() {
        let written = object(json!({
            "client_name": "App", "client_name#ja": "アプリ",
            "tos_uri#ja-Hani-JP": "https://rp.example/ja",
            "redirect_uris": ["https://rp.example/cb"],
        }));
        let mut metadata = written.clone();
        gather(&mut metadata);
        let gathered = json!({
            "client_name": {"": "App", "ja": "アプリ"},
            "tos_uri": {"ja-Hani-JP": "https://rp.example/ja"},
            "redirect_uris": ["https://rp.example/cb"],
        });
        assert_eq!(Value::Object(metadata.clone()), gathered);
        assert_eq!(unreadable(&metadata), []);
        spread(&mut metadata);
        assert_eq!(metadata, written);
    }

    #[test]
    fn every_member_that_cannot_be_read_is_told() {
        let mut metadata = object(json!({
            "client_name": 1,
            "logo_uri": "no address",
            "tos_uri#not a tag": "https://rp.example/",
            "redirect_uris": "https://rp.example/cb",
            "default_max_age": -1,
            "grant_types": ["password"],
            "surprise": true,
        }));
        gather(&mut metadata);
        let members: Vec<_> = unreadable(&metadata)
            .into_iter()
            .map(|(member, _)| member)
            .collect();
        let mut expected = metadata.keys().cloned().collect::<Vec<_>>();
        expected.sort();
        assert_eq!(members, expected);
    }

    #[test]
    fn what_is_left_out_has_the_default_of_the_specification() {
        let mut metadata = object(json!({"id_token_encrypted_response_alg": "ECDH-ES"}));
        fill_in(&mut metadata);
        let filled = json!({
            "client_name": {},
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
            "subject_type": "public",
            "id_token_signed_response_alg": "RS256",
            "id_token_encrypted_response_alg": "ECDH-ES",
            "id_token_encrypted_response_enc": "A128CBC-HS256",
        });
        assert_eq!(Value::Object(metadata), filled);
        let mut machine = object(json!({"grant_types": ["client_credentials"]}));
        fill_in(&mut machine);
        assert_eq!(machine["response_types"], json!([]));
    }
}
