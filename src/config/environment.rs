//! Settings from the environment: `COMMON_ID__SECTION__KEY=value` overrides `key` in the
//! file's `[section]`. Lists are separated by commas.

use std::ffi::OsString;

use super::document::{Document, Origin, Problem, Value};

/// Prefix of the environment variables that are settings.
pub const PREFIX: &str = "COMMON_ID__";

/// Overrides settings of `document` by environment variables with the prefix. An empty
/// variable counts as not set, because container tools pass unset variables as empty ones.
pub fn overlay(
    document: &mut Document,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let setting = setting_of(name);
        let origin = Origin::Variable(name.to_owned());
        match value.into_string() {
            Ok(text) if text.is_empty() => {}
            Ok(text) => {
                let entry = (Value::Loose(text), origin);
                document.settings.insert(setting, entry);
            }
            Err(_) => problems.push(Problem {
                origin,
                setting,
                message: "is not UTF-8".to_owned(),
            }),
        }
    }
    problems
}

/// Returns the setting's name: `tokens.code_lifetime` for
/// `COMMON_ID__TOKENS__CODE_LIFETIME`.
fn setting_of(variable: &str) -> String {
    let path = variable.strip_prefix(PREFIX).unwrap_or(variable);
    path.replace("__", ".").to_ascii_lowercase()
}
