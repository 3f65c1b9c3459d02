//! Client metadata in several languages (OpenID Connect Dynamic Client Registration §2.1):
//! the member itself, and `member#tag` for each language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Values by language tag (BCP 47). The key `""` holds the value without a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written<T>", into = "Written<T>")]
#[serde(bound(
    serialize = "T: Clone + Serialize",
    deserialize = "T: Deserialize<'de>"
))]
pub struct Localized<T>(pub BTreeMap<String, T>);

/// The JSON form: a plain value if the only one has no tag.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written<T> {
    One(T),
    Several(BTreeMap<String, T>),
}

impl<T> Default for Localized<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> From<T> for Localized<T> {
    fn from(value: T) -> Self {
        Self(BTreeMap::from([(String::new(), value)]))
    }
}

impl<T> From<Written<T>> for Localized<T> {
    fn from(written: Written<T>) -> Self {
        match written {
            Written::One(value) => Self::from(value),
            Written::Several(values) => Self(values),
        }
    }
}

impl<T> From<Localized<T>> for Written<T> {
    fn from(Localized(mut values): Localized<T>) -> Self {
        match values.remove("") {
            Some(only) if values.is_empty() => Self::One(only),
            Some(untagged) => {
                values.insert(String::new(), untagged);
                Self::Several(values)
            }
            None => Self::Several(values),
        }
    }
}

impl<T> Localized<T> {
    /// Whether there is no value in any language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the value for a reader of `language`.
    #[must_use]
    pub fn in_language(&self, language: &str) -> Option<&T> {
        in_language(&self.0, language)
    }
}

/// Returns the value for a reader of `language`: in that language, or else in a variant of
/// it (`ja-JP` for `ja`), or else the value without a tag.
#[must_use]
pub fn in_language<'a, T>(values: &'a BTreeMap<String, T>, language: &str) -> Option<&'a T> {
    let is_kind_of = |tag: &str| {
        let primary = tag.split('-').next().unwrap_or_default();
        primary.eq_ignore_ascii_case(language)
    };
    values
        .get(language)
        .or_else(|| {
            values
                .iter()
                .find(|(tag, _)| is_kind_of(tag))
                .map(|(_, value)| value)
        })
        .or_else(|| values.get(""))
}

/// Whether a text has the form of a language tag (RFC 5646 §2.1), or is empty.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    text.is_empty() || (text.len() <= 35 && text.split('-').all(is_part))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn one_value_is_written_alone_and_several_by_their_tags() {
        for written in [
            json!("a"),
            json!({}),
            json!({"": "a", "ja": "b"}),
            json!({"ja": "b"}),
        ] {
            let read: Localized<String> = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), written);
        }
        let alone: Localized<String> = serde_json::from_value(json!({"": "a"})).unwrap();
        assert_eq!(serde_json::to_value(alone).unwrap(), json!("a"));
        for wrong in [json!(1), Value::Null, json!(["a"]), json!({"ja": 1})] {
            assert!(serde_json::from_value::<Localized<String>>(wrong).is_err());
        }
    }

    #[test]
    fn a_reader_gets_the_nearest_language() {
        let values = |tags: &[&'static str]| {
            Localized(tags.iter().map(|&tag| (tag.to_owned(), tag)).collect())
        };
        for (tags, language, got) in [
            (&["", "ja", "ja-JP"][..], "ja", Some("ja")),
            (&["", "ja-Hani-JP"], "ja", Some("ja-Hani-JP")),
            (&["", "JA"], "ja", Some("JA")),
            (&["", "jam"], "ja", Some("")),
            (&["", "en"], "ja", Some("")),
            (&["en"], "ja", None),
            (&[], "ja", None),
        ] {
            assert_eq!(values(tags).in_language(language), got.as_ref(), "{tags:?}");
        }
    }

    #[test]
    fn a_tag_is_made_of_short_parts() {
        for tag in ["", "ja", "ja-Kana-JP", "en-US", "x-private"] {
            assert!(is_tag(tag), "{tag}");
        }
        for wrong in [
            "-",
            "ja-",
            "ja_JP",
            "日本語",
            "ja JP",
            "abcdefghi",
            &"a-".repeat(20),
        ] {
            assert!(!is_tag(wrong), "{wrong}");
        }
    }
}
