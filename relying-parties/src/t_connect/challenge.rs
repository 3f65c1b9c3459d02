//! The challenge of an API that requires a stronger or more recent authentication (RFC 9470
//! §3): our API writes it, the pages read it.

use crate::provider::Demand;

/// The error of RFC 9470 §3.
pub(super) const INSUFFICIENT: &str = "insufficient_user_authentication";

/// A `WWW-Authenticate: Bearer` challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Challenge {
    /// `error`, if the token is at fault.
    pub(super) error: Option<String>,
    /// `error_description`, for the client's developer.
    pub(super) description: Option<String>,
    /// The missing `scope` (RFC 6750 §3).
    pub(super) scope: Option<String>,
    /// `acr_values`, space-separated, the most wanted first.
    pub(super) acr_values: Option<String>,
    /// `max_age` in seconds.
    pub(super) max_age: Option<u64>,
}

impl Challenge {
    /// Writes the header's value. All texts are our own, so nothing needs escaping.
    pub(super) fn write(&self) -> String {
        let max_age = self.max_age.map(|seconds| seconds.to_string());
        let parameters = [
            ("error", &self.error),
            ("error_description", &self.description),
            ("scope", &self.scope),
            ("acr_values", &self.acr_values),
            ("max_age", &max_age),
        ];
        let said = parameters
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}=\"{}\"", value.as_deref()?)));
        let said: Vec<_> = std::iter::once("realm=\"vehicle\"".to_owned())
            .chain(said)
            .collect();
        format!("Bearer {}", said.join(", "))
    }

    /// Reads a header's value; ignores parameters it does not know.
    pub(super) fn read(value: &str) -> Self {
        let mut challenge = Self::default();
        let Some(mut rest) = value.strip_prefix("Bearer ") else {
            return challenge;
        };
        while let Some((name, value, after)) = parameter(rest) {
            match name {
                "error" => challenge.error = Some(value),
                "error_description" => challenge.description = Some(value),
                "scope" => challenge.scope = Some(value),
                "acr_values" => challenge.acr_values = Some(value),
                "max_age" => challenge.max_age = value.parse().ok(),
                _ => {}
            }
            rest = after;
        }
        challenge
    }

    /// Returns the requirements of a login that satisfies the challenge.
    pub(super) fn demand(&self) -> Demand {
        if self.error.as_deref() != Some(INSUFFICIENT) {
            return Demand::default();
        }
        let values = self.acr_values.as_deref().unwrap_or_default();
        Demand {
            acr_values: values.split_whitespace().map(str::to_owned).collect(),
            max_age: self.max_age,
        }
    }
}

/// Reads the next `name="value"` or `name=value` (RFC 9110 §11.2), and returns the rest
/// too.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let text = text.trim_start_matches([' ', ',']);
    let (name, rest) = text.split_once('=')?;
    let Some(quoted) = rest.strip_prefix('"') else {
        let (value, after) = rest.split_once(',').unwrap_or((rest, ""));
        return Some((name.trim(), value.trim().to_owned(), after));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((name.trim(), value, quoted.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_9470_is_read() {
        let challenge = Challenge::read(
            r#"Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR other", max_age=5"#,
        );
        assert_eq!(
            challenge.demand(),
            Demand {
                acr_values: vec!["myACR".to_owned(), "other".to_owned()],
                max_age: Some(5),
            }
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let challenge = Challenge {
            error: Some(INSUFFICIENT.to_owned()),
            description: Some("a stronger login, of late".to_owned()),
            scope: None,
            acr_values: Some("https://id.example/acr".to_owned()),
            max_age: Some(300),
        };
        assert_eq!(Challenge::read(&challenge.write()), challenge);
    }

    #[test]
    fn only_an_insufficient_authentication_asks_for_another() {
        for value in [
            "",
            "Basic realm=\"x\"",
            "Bearer",
            r#"Bearer error="invalid_token", acr_values="x", max_age="1""#,
            r#"Bearer error="insufficient_user_authentication"#,
            r#"Bearer error=insufficient_user_authentication\, x"#,
        ] {
            assert_eq!(
                Challenge::read(value).demand(),
                Demand::default(),
                "{value}"
            );
        }
        let quoted = r#"Bearer x="a\"b,c", error=insufficient_user_authentication, max_age=9"#;
        assert_eq!(Challenge::read(quoted).demand().max_age, Some(9));
    }
}
