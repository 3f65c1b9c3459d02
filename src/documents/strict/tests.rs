use std::collections::BTreeMap;

use serde::Deserialize;

/// The same struct twice, once with the attribute: what it says is what we say.
macro_rules! twice {
    ($($(#[$meta:meta])* struct $name:ident { $($(#[$of:meta])* $field:ident: $type:ty,)+ })+) => {
        mod ours {
            use super::*;
            $(#[derive(Debug, PartialEq, Deserialize)] $(#[$meta])*
            pub(super) struct $name { $($(#[$of])* pub(super) $field: $type,)+ })+
        }
        mod theirs {
            use super::*;
            $(#[derive(Debug, PartialEq, Deserialize)] #[serde(deny_unknown_fields)] $(#[$meta])*
            pub(super) struct $name { $($(#[$of])* pub(super) $field: $type,)+ })+
        }
    };
}

twice! {
    struct Garage {
        name: String,
        #[serde(default)]
        phone: Option<u64>,
        #[serde(default, alias = "site")]
        place: Option<Place>,
        #[serde(default)]
        halls: Vec<Place>,
        #[serde(default)]
        by_language: BTreeMap<String, (Place, Choice)>,
    }
    #[serde(default)]
    struct Place {
        city: String,
        tall: bool,
    }
}

impl Default for ours::Place {
    fn default() -> Self {
        Self {
            city: "ours".to_owned(),
            tall: false,
        }
    }
}

impl Default for theirs::Place {
    fn default() -> Self {
        Self {
            city: "theirs".to_owned(),
            tall: false,
        }
    }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
enum Choice {
    Nothing,
    Of { one: i8 },
}

const WRONG: [&str; 16] = [
    "",
    "7",
    "{",
    "{} x",
    "{}",
    r#"{"name": "a"} x"#,
    r#"{"name": 1}"#,
    r#"{"name": "a", "surprise": 1}"#,
    "{\"name\": \"a\",\n \"surprise\": [1, 2], \"phone\": \"no\"}",
    r#"{"surprise": 1}"#,
    r#"{"name": "a", "name": "b"}"#,
    "{\"name\": \"a\",\n\"place\": {\"city\": \"x\", \"floor\": 1}}",
    r#"{"name": "a", "halls": [{}, {"floor": 1}]}"#,
    r#"{"name": "a", "by_language": {"any": [{"floor": 1}, "Nothing"]}}"#,
    r#"{"name": "a", "by_language": {"any": [{}, {"Of": {"one": 1, "two": 2}}]}}"#,
    r#"{"name": "a", "phone": -1}"#,
];

const RIGHT: [&str; 4] = [
    r#"{"name": "a"}"#,
    r#"{"name": "a", "phone": 7, "site": {"tall": true}, "halls": [{}, {"city": "x"}]}"#,
    r#"{"name": "a", "by_language": {"any": [{}, {"Of": {"one": 1}}], "": [{}, "Nothing"]}}"#,
    r#"["a", 1, null, [["x", true]], {}]"#,
];

#[test]
fn a_text_is_refused_as_the_attribute_refuses_it() {
    for text in WRONG {
        let ours = super::from_str::<ours::Garage>(text).unwrap_err();
        let theirs = serde_json::from_str::<theirs::Garage>(text).unwrap_err();
        assert_eq!(ours.to_string(), theirs.to_string(), "{text}");
    }
}

#[test]
fn a_value_is_refused_as_the_attribute_refuses_it() {
    for text in WRONG {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
            continue;
        };
        let ours = super::from_value::<ours::Garage>(value.clone()).map_err(|e| e.to_string());
        let theirs = serde_json::from_value::<theirs::Garage>(value).map_err(|e| e.to_string());
        assert_eq!(ours.err(), theirs.err(), "{text}");
    }
}

#[test]
fn what_is_lawful_is_read_the_same() {
    for text in RIGHT {
        let ours: ours::Garage = super::from_str(text).unwrap();
        let plain: ours::Garage = serde_json::from_str(text).unwrap();
        assert_eq!(ours, plain, "{text}");
        let value = serde_json::from_str(text).unwrap();
        assert_eq!(super::from_value::<ours::Garage>(value).unwrap(), plain);
    }
}
