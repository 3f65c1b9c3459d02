//! Reads settings from a `Document` one by one, by name and kind. It collects every problem
//! instead of stopping at the first, and then reports the settings that were never read.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::document::{Document, Origin, Problem, Value};
use crate::secret::Secret;

/// A reader of settings.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    document: &'a Document,
    asked: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// A reader of `document`.
    #[must_use]
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
            asked: BTreeSet::new(),
            problems: Vec::new(),
        }
    }

    /// Returns all problems, including unknown settings, in the order of the file.
    #[must_use]
    pub(super) fn finish(mut self) -> Vec<Problem> {
        self.problems.extend(self.document.unknown(&self.asked));
        self.problems.sort();
        self.problems
    }

    /// Returns the settings that were read.
    #[cfg(test)]
    pub(super) const fn asked(&self) -> &BTreeSet<String> {
        &self.asked
    }

    /// Notes a problem with the setting `name`.
    pub(super) fn refuse(&mut self, name: &str, message: impl Display) {
        self.problems.push(Problem {
            origin: origin_of(self.document, name),
            setting: name.to_owned(),
            message: message.to_string(),
        });
    }

    /// Returns the setting if it is written and valid.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        kind: fn(&Value) -> Result<T, String>,
    ) -> Option<T> {
        self.asked.insert(name.to_owned());
        let (value, _) = self.document.settings.get(name)?;
        kind(value)
            .map_err(|message| self.refuse(name, message))
            .ok()
    }

    /// Returns the setting, or `default` if it is not written.
    pub(super) fn or<T>(
        &mut self,
        name: &str,
        kind: fn(&Value) -> Result<T, String>,
        default: T,
    ) -> T {
        self.optional(name, kind).unwrap_or(default)
    }

    /// Returns a setting that must be written. If it is missing, the problem is noted and
    /// an empty value returned: such a configuration is never used.
    pub(super) fn required<T: Default>(
        &mut self,
        name: &str,
        kind: fn(&Value) -> Result<T, String>,
    ) -> T {
        if !self.document.settings.contains_key(name) {
            self.refuse(name, "is missing");
        }
        self.optional(name, kind).unwrap_or_default()
    }

    /// Returns a secret, written as `name` or in the file named by `name_file`.
    pub(super) fn secret(&mut self, name: &str) -> Option<Secret> {
        let written = self.optional(name, text);
        let file_name = format!("{name}_file");
        let file = self.optional(&file_name, path);
        if written.is_some() && file.is_some() {
            self.refuse(&file_name, format!("give either this or {name}"));
        }
        if let Some(file) = file {
            return match std::fs::read_to_string(&file) {
                Ok(content) => Some(Secret::from(content.trim_end().to_owned())),
                Err(error) => {
                    self.refuse(&file_name, format!("{}: {error}", file.display()));
                    None
                }
            };
        }
        written.map(Secret::from)
    }
}

/// Returns where the setting `name` is written; if it is not, where its table begins.
#[must_use]
pub(super) fn origin_of(document: &Document, name: &str) -> Origin {
    let setting = document.settings.get(name).map(|(_, origin)| origin);
    // The nearest heading above it: a missing table has no heading of its own.
    let mut tables = name.rmatch_indices('.').map(|(end, _)| name.get(..end));
    let table = || tables.find_map(|table| document.tables.get(table?));
    setting.or_else(table).cloned().unwrap_or(Origin::Unwritten)
}

/// Reads a text that is not empty.
pub(super) fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) | Value::Loose(text) if !text.is_empty() => Ok(text.clone()),
        other => Err(format!("must be text, not {}", name_of(other))),
    }
}

/// Reads the path of a file or folder, relative to the working directory.
pub(super) fn path(value: &Value) -> Result<PathBuf, String> {
    text(value).map(PathBuf::from)
}

/// Reads a whole number within the range of `T`.
pub(super) fn number<T: TryFrom<i64>>(value: &Value) -> Result<T, String> {
    let number = match value {
        Value::Number(number) => Some(*number),
        Value::Loose(text) => text.trim().parse().ok(),
        _ => None,
    };
    let number = number.ok_or_else(|| format!("must be a number, not {}", name_of(value)))?;
    T::try_from(number).map_err(|_| format!("{number} is out of range"))
}

/// Reads a duration: `"90s"`, `"10m"`, `"12h"`, `"30d"`, or a number of seconds.
pub(super) fn duration(value: &Value) -> Result<Duration, String> {
    let wrong = || r#"must be a length of time like "90s", "10m", "12h" or "30d""#.to_owned();
    let written = match value {
        Value::Number(seconds) => seconds.to_string(),
        Value::Text(text) | Value::Loose(text) => text.trim().to_owned(),
        _ => return Err(wrong()),
    };
    let digits = written.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = written.strip_prefix(digits).unwrap_or_default();
    let seconds = match unit.trim() {
        "" | "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let count: u64 = digits.trim().parse().map_err(|_| wrong())?;
    count
        .checked_mul(seconds)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}

/// Reads a duration in milliseconds, at most ten seconds.
pub(super) fn milliseconds(value: &Value) -> Result<Duration, String> {
    match number::<u64>(value)? {
        count @ 0..=10_000 => Ok(Duration::from_millis(count)),
        _ => Err("must be 10000 milliseconds at most".to_owned()),
    }
}

/// Reads `true` or `false`.
pub(super) fn truth(value: &Value) -> Result<bool, String> {
    match value {
        Value::Truth(truth) => Ok(*truth),
        Value::Loose(text) if text.trim() == "true" => Ok(true),
        Value::Loose(text) if text.trim() == "false" => Ok(false),
        other => Err(format!("must be true or false, not {}", name_of(other))),
    }
}

/// Reads anything written as one word, such as an address or an algorithm.
pub(super) fn word<T: FromStr<Err: Display>>(value: &Value) -> Result<T, String> {
    let text = text(value)?;
    text.parse()
        .map_err(|error| format!("“{text}” cannot be used here: {error}"))
}

/// Reads a list of such words.
pub(super) fn words<T: FromStr<Err: Display>>(value: &Value) -> Result<Vec<T>, String> {
    let items = match value {
        Value::List(items) => items.clone(),
        Value::Loose(text) => text.split(',').map(|item| item.trim().to_owned()).collect(),
        other => return Err(format!("must be a list of texts, not {}", name_of(other))),
    };
    items
        .into_iter()
        .filter(|item| !item.is_empty())
        .map(|item| word(&Value::Text(item)))
        .collect()
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Text(text) | Value::Loose(text) if text.is_empty() => "nothing",
        Value::Text(_) | Value::Loose(_) => "text",
        Value::Number(_) => "a number",
        Value::Truth(_) => "true or false",
        Value::List(_) => "a list",
        Value::Other(name) => name,
    }
}
