//! Reads a client's metadata as written by the operator. Omitted members get the default
//! that allows the client least, and all errors are reported at once, member by member.

use serde_json::{Map, Value, json};

use crate::clients::cache;
use crate::documents::strict;
use crate::event_delivery::is_authorization;
use crate::oidc::client::{Client, GrantType};
use crate::oidc::client_metadata;
use crate::oidc::client_registration::{fill_in, gather, unreadable};
use crate::random::Random;
use crate::secret::Secret;

/// A client to register.
#[derive(Debug)]
pub struct Registration {
    /// Its metadata.
    pub client: Client,
    /// Whether the metadata names a subject type.
    pub names_subject_type: bool,
    /// The header to send with its events. It is a secret, and is stored sealed.
    pub event_authorization: Option<Secret>,
}

/// Reads the metadata of one client; `brands` are the configured brands.
///
/// # Errors
/// Every problem of the metadata.
pub fn read(text: &str, brands: &[&str], random: &Random) -> Result<Registration, Vec<String>> {
    let mut metadata: Map<String, Value> = match serde_json::from_str(text) {
        Ok(Value::Object(metadata)) => metadata,
        Ok(_) => return Err(vec!["must be a JSON object".to_owned()]),
        Err(error) => return Err(vec![format!("is not JSON: {error}")]),
    };
    gather(&mut metadata);
    let event_authorization = take_authorization(&mut metadata).map_err(|wrong| vec![wrong])?;
    let wrong: Vec<_> = unreadable(&metadata)
        .into_iter()
        .map(|(member, reason)| match reason {
            unknown if unknown.starts_with("unknown field") => unknown,
            other => format!("{member}: {other}"),
        })
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let names_subject_type = metadata.contains_key("subject_type");
    decide(&mut metadata, brands, random);
    fill_in(&mut metadata);
    let client: Client =
        strict::from_value(Value::Object(metadata)).map_err(|error| vec![error.to_string()])?;
    let mut wrong = unknown_brands(&client, brands);
    if let Err(unlawful) = client_metadata::check(&client) {
        wrong.extend(unlawful.iter().map(ToString::to_string));
    }
    if wrong.is_empty() {
        Ok(Registration {
            client,
            names_subject_type,
            event_authorization,
        })
    } else {
        Err(wrong)
    }
}

/// Removes the secret from the metadata, so that no error message can quote it.
fn take_authorization(metadata: &mut Map<String, Value>) -> Result<Option<Secret>, String> {
    let delivery = metadata.get_mut("event_delivery");
    let Some(header) = delivery
        .and_then(Value::as_object_mut)
        .and_then(|delivery| delivery.remove("authorization_header"))
    else {
        return Ok(None);
    };
    match header {
        Value::String(text) if is_authorization(&text) => Ok(Some(Secret::from(text))),
        _ => Err("event_delivery: authorization_header must be the value of an Authorization header: visible ASCII, 4096 characters at most".to_owned()),
    }
}

/// Adds the defaults of members that only the operator decides.
fn decide(metadata: &mut Map<String, Value>, brands: &[&str], random: &Random) {
    let code = json!(GrantType::AuthorizationCode);
    let for_people = metadata
        .get("grant_types")
        .and_then(Value::as_array)
        .is_none_or(|grants| grants.contains(&code));
    let defaults = [
        ("client_id", json!(cache::new_id(random))),
        ("brands", json!(brands)),
        // Another company's client, which asks for consent: omitting a member grants
        // nothing more.
        ("party", json!("third")),
        ("scope", json!(if for_people { "openid" } else { "" })),
    ];
    for (member, default) in defaults {
        metadata.entry(member).or_insert(default);
    }
    if metadata.get("party") == Some(&json!("third")) {
        metadata.entry("subject_type").or_insert(json!("pairwise"));
    }
}

fn unknown_brands(client: &Client, brands: &[&str]) -> Vec<String> {
    client
        .brands
        .iter()
        .filter(|brand| !brands.contains(&brand.as_str()))
        .map(|brand| {
            let known = brands.join(", ");
            format!("brands: there is no brand {brand}, but {known}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::{Party, TokenEndpointAuthMethod};

    const BRANDS: [&str; 2] = ["lexus", "toyota"];

    fn read(metadata: &Value) -> Result<Client, Vec<String>> {
        registered(metadata).map(|registration| registration.client)
    }

    fn registered(metadata: &Value) -> Result<Registration, Vec<String>> {
        super::read(&metadata.to_string(), &BRANDS, &Random::seeded(1))
    }

    fn dealer(header: Value) -> Value {
        json!({
            "client_name": "dealer",
            "grant_types": ["client_credentials"],
            "scope": "dealer.customers",
            "subject_type": "pairwise",
            "dealer_code": "20100",
            "event_delivery": {
                "endpoint_url": "https://dealer.example/events",
                "authorization_header": header,
            },
        })
    }

    #[test]
    fn the_header_of_a_dealers_events_is_no_part_of_its_registration() {
        let read = registered(&dealer(json!("Bearer our-secret"))).unwrap();
        let header = read.event_authorization.as_ref().unwrap().expose();
        assert_eq!(header, "Bearer our-secret");
        assert!(!format!("{read:?}{}", json!(read.client)).contains("our-secret"));
        for wrong in [json!("our-secret\n"), json!(""), json!({"our-secret": 1})] {
            let told = registered(&dealer(wrong)).unwrap_err().join("\n");
            assert!(told.contains("event_delivery: "), "{told}");
            assert!(!told.contains("our-secret"), "{told}");
        }
    }

    #[test]
    fn what_is_left_out_lets_the_client_do_least() {
        let client = read(&json!({
            "client_name": "アプリ",
            "redirect_uris": ["https://app.example/cb"],
        }))
        .unwrap();
        assert_eq!(client.client_id.0.len(), 22);
        assert_eq!(client.client_name[""], "アプリ");
        assert_eq!(client.brands, BRANDS);
        assert_eq!(client.party, Party::Third);
        assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
        assert_eq!(client.scope.to_string(), "openid");
        assert_eq!(
            client.token_endpoint_auth_method,
            TokenEndpointAuthMethod::ClientSecretBasic
        );
        assert!(!client.may_omit_pkce && !client.may_prefill);
    }

    #[test]
    fn a_machine_needs_no_response_type() {
        let client = read(&json!({
            "client_name": "dealer",
            "grant_types": ["client_credentials"],
        }))
        .unwrap();
        assert!(client.response_types.is_empty() && client.scope.is_empty());
    }

    #[test]
    fn a_name_may_come_in_languages_either_way() {
        for metadata in [
            json!({"client_name": "名", "client_name#en": "name", "redirect_uris": ["https://a.example/"]}),
            json!({"client_name": {"": "名", "en": "name"}, "redirect_uris": ["https://a.example/"]}),
        ] {
            let client = read(&metadata).unwrap();
            assert_eq!(client.client_name[""], "名");
            assert_eq!(client.client_name["en"], "name");
        }
    }

    #[test]
    fn everything_wrong_is_told_by_its_member() {
        let wrong = read(&json!({
            "client_name": 5,
            "redirect_uris": "https://a.example/",
            "grant_types": ["password"],
            "client_secret": "mine",
        }))
        .unwrap_err();
        let all = wrong.join("\n");
        for member in [
            "client_name: ",
            "redirect_uris: ",
            "grant_types: ",
            "`client_secret`",
        ] {
            assert!(all.contains(member), "{member}\n{all}");
        }
        assert_eq!(wrong.len(), 4);

        let wrong = read(&json!({
            "client_name": "",
            "brands": ["daihatsu"],
            "redirect_uris": ["http://a.example/"],
        }))
        .unwrap_err();
        let all = wrong.join("\n");
        for member in [
            "client_name: ",
            "brands: ",
            "redirect_uris: http://a.example/: ",
        ] {
            assert!(all.contains(member), "{member}\n{all}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["", "[]", "\"x\"", "{"] {
            assert!(super::read(text, &BRANDS, &Random::seeded(1)).is_err());
        }
    }

    #[test]
    fn no_name_of_ours_looks_like_an_option() {
        let names = (0..500).map(|seed| cache::new_id(&Random::seeded(seed)).0);
        let begins = |name: String| name.chars().next();
        let first: std::collections::BTreeSet<_> = names.filter_map(begins).collect();
        assert!(first.contains(&'_') && !first.contains(&'-'), "{first:?}");
    }
}
