//! The `claims` parameter (OpenID Connect Core §5.5): individual claims, whether they are
//! wanted in the ID token or from UserInfo, and with which values. Unknown members are
//! ignored, as §5.5 requires; malformed JSON is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::oidc::Error;
use crate::oidc::name_script::NameScript;

/// The `claims` parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Claims wanted from the UserInfo endpoint.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, Option<ClaimRequest>>,
    /// Claims wanted in the ID token.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, Option<ClaimRequest>>,
    /// Preferred scripts for names, in order of preference, from the parameter
    /// `claims_locales` (§5.2). If empty, names are returned as they are stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locales: Vec<NameScript>,
}

/// The conditions on one requested claim.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// Whether the client requires the claim for its task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// The only acceptable value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The acceptable values, in order of preference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
}

impl ClaimRequest {
    /// Whether `value` is acceptable; any value is if none is named.
    #[must_use]
    pub fn allows(&self, value: &str) -> bool {
        let is = |wanted: &Value| wanted.as_str() == Some(value);
        self.value.as_ref().is_none_or(is)
            && self.values.as_ref().is_none_or(|all| all.iter().any(is))
    }
}

impl ClaimsRequest {
    /// Whether nothing is requested.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty() && self.locales.is_empty()
    }

    /// Whether the user with this `sub` satisfies the request.
    #[must_use]
    pub fn expects(&self, subject: &str) -> bool {
        [&self.userinfo, &self.id_token]
            .into_iter()
            .filter_map(|place| place.get("sub")?.as_ref())
            .all(|request| request.allows(subject))
    }

    /// Returns the request with only those claims for which `keep` is true.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&str) -> bool) -> Self {
        self.userinfo.retain(|name, _| keep(name));
        self.id_token.retain(|name, _| keep(name));
        self
    }

    /// Returns the names of the claims that the client requires for its task (§5.5.1).
    pub fn essential(&self) -> impl Iterator<Item = &str> {
        let both = self.userinfo.iter().chain(&self.id_token);
        both.filter(|(_, asked)| asked.as_ref().is_some_and(|asked| asked.essential))
            .map(|(name, _)| name.as_str())
    }

    /// Returns the names of all requested claims, for the ID token and for UserInfo.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.userinfo
            .keys()
            .chain(self.id_token.keys())
            .map(String::as_str)
    }
}

/// Reads the parameter.
///
/// # Errors
/// `invalid_request` if it is not the JSON object of §5.5.
pub fn parse(json: &str) -> Result<ClaimsRequest, Error> {
    // The JSON must be an object. Deserialising the struct directly would also accept an
    // array of its two members.
    let object: serde_json::Map<String, Value> = serde_json::from_str(json)
        .map_err(|_| Error::invalid_request("claims is not a JSON object"))?;
    let place = |name: &str| match object.get(name) {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(claims)) => claims
            .iter()
            .map(|(claim, asked)| Ok((claim.clone(), one(asked)?)))
            .collect(),
        Some(_) => Err(ill_formed()),
    };
    Ok(ClaimsRequest {
        userinfo: place("userinfo")?,
        id_token: place("id_token")?,
        locales: Vec::new(),
    })
}

fn one(asked: &Value) -> Result<Option<ClaimRequest>, Error> {
    match asked {
        Value::Null => Ok(None),
        Value::Object(_) => serde_json::from_value(asked.clone())
            .map(Some)
            .map_err(|_| ill_formed()),
        _ => Err(ill_formed()),
    }
}

fn ill_formed() -> Error {
    Error::invalid_request(
        "claims: userinfo and id_token are objects whose members are null or {essential, value, values}",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::oidc::ErrorCode;

    #[test]
    fn the_example_of_the_specification_is_read() {
        let claims = parse(
            r#"{"userinfo": {"given_name": {"essential": true}, "nickname": null, "picture": null,
                 "http://example.info/claims/groups": null},
                "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}}}"#,
        )
        .unwrap();
        assert!(claims.userinfo["given_name"].as_ref().unwrap().essential);
        assert_eq!(claims.userinfo["nickname"], None);
        assert_eq!(claims.userinfo.len(), 4);
        assert!(
            claims.id_token["acr"]
                .as_ref()
                .unwrap()
                .allows("urn:mace:incommon:iap:silver")
        );
        assert!(!claims.id_token["acr"].as_ref().unwrap().allows("0"));
    }

    #[test]
    fn members_not_understood_are_ignored() {
        let claims = parse(
            r#"{"verified_claims": 1, "userinfo": {"name": {"purpose": "x"}}, "id_token": null}"#,
        )
        .unwrap();
        assert_eq!(claims.userinfo["name"], Some(ClaimRequest::default()));
        assert!(claims.id_token.is_empty());
    }

    #[test]
    fn the_ill_formed_is_refused() {
        for json in [
            "",
            "null",
            "[]",
            "[{},{}]",
            r#"{"userinfo": []}"#,
            r#"{"userinfo": {"name": true}}"#,
            r#"{"userinfo": {"name": [true]}}"#,
            r#"{"id_token": {"name": {"essential": "yes"}}}"#,
            r#"{"id_token": {"acr": {"values": "0"}}}"#,
        ] {
            assert_eq!(
                parse(json).unwrap_err().code,
                ErrorCode::InvalidRequest,
                "{json}"
            );
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!(
            r#"{{"userinfo":{{"name":{{"value":{}{}}}}}}}"#,
            "[".repeat(5000),
            "]".repeat(5000)
        );
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn a_wanted_sub_is_expected() {
        let claims = parse(
            r#"{"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"values": ["a", "b"]}}}"#,
        )
        .unwrap();
        assert!(claims.expects("a"));
        assert!(!claims.expects("b"));
        assert!(ClaimsRequest::default().expects("b"));
        assert!(
            !parse(r#"{"id_token": {"sub": {"value": 7}}}"#)
                .unwrap()
                .expects("7")
        );
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let claims = parse(r#"{"userinfo": {"name": null, "sub": {"value": "a"}}}"#).unwrap();
        let json = serde_json::to_string(&claims).unwrap();
        assert_eq!(
            serde_json::from_str::<ClaimsRequest>(&json).unwrap(),
            claims
        );
    }

    /// Generates any JSON, sometimes with member names that have a meaning here.
    fn any_json() -> impl Strategy<Value = Value> {
        let name = prop::sample::select(vec![
            "userinfo",
            "id_token",
            "essential",
            "value",
            "values",
            "sub",
            "x",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let object = prop::collection::btree_map(
                name.clone().prop_map(str::to_owned),
                inner.clone(),
                0..4,
            );
            prop_oneof![
                prop::collection::vec(inner, 0..3).prop_map(Value::from),
                object.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_refused_or_says_what_it_is_read_as(json in any_json()) {
            let Ok(claims) = parse(&json.to_string()) else { return Ok(()) };
            for (place, read) in [("userinfo", &claims.userinfo), ("id_token", &claims.id_token)] {
                let said = json[place].as_object().cloned().unwrap_or_default();
                prop_assert_eq!(said.len(), read.len());
                for (name, asked) in read {
                    let is_object = said[name].is_object();
                    prop_assert_eq!(asked.is_some(), is_object);
                    let essential = said[name]["essential"] == Value::Bool(true);
                    prop_assert_eq!(asked.as_ref().is_some_and(|asked| asked.essential), essential);
                }
            }
        }

        #[test]
        fn text_is_read_as_the_json_it_is_or_refused(
            text in "\\{?(\\{|\\}|\"userinfo\":|\"id_token\":|:|,|\"sub\":|\"value\":|null|true|\\[|\\]){0,9}\\}{0,3}",
        ) {
            let read = parse(&text);
            match serde_json::from_str::<Value>(&text) {
                Ok(json) => prop_assert_eq!(read.ok(), parse(&json.to_string()).ok()),
                Err(_) => prop_assert_eq!(read.unwrap_err().code, ErrorCode::InvalidRequest),
            }
        }
    }
}
