//! A configuration as written: every setting under its dotted name, with the place it came
//! from, so that a problem found later can be reported with its line. `config.rs` decides
//! what the settings mean.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a setting was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A line of the file, counted from 1.
    Line(usize),
    /// An environment variable.
    Variable(String),
    /// Nowhere: a default, or a missing setting.
    Unwritten,
}

/// Something wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it was written.
    pub origin: Origin,
    /// Its dotted name; empty if the problem is the file as a whole.
    pub setting: String,
    /// What is wrong and what would be correct.
    pub message: String,
}

/// All problems of a configuration, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// The file's name, as it was given.
    pub file: String,
    /// The problems.
    pub list: Vec<Problem>,
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            match &problem.origin {
                Origin::Line(line) => write!(f, "{}:{line}: ", self.file)?,
                Origin::Variable(name) => write!(f, "environment variable {name}: ")?,
                Origin::Unwritten => write!(f, "{}: ", self.file)?,
            }
            if !problem.setting.is_empty() {
                write!(f, "{}: ", problem.setting)?;
            }
            f.write_str(&problem.message)?;
        }
        Ok(())
    }
}

/// A setting that is unsafe in production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its dotted name.
    pub setting: String,
    /// What is wrong with it.
    pub message: String,
}

impl Finding {
    /// Returns a finding about a setting.
    pub fn new(setting: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            setting: setting.into(),
            message: message.into(),
        }
    }

    /// Returns the finding as the only one of a check.
    pub fn only(setting: &str, message: impl Into<String>) -> Vec<Self> {
        vec![Self::new(setting, message)]
    }
}

/// A setting's value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A quoted string.
    Text(String),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Truth(bool),
    /// A list of strings.
    List(Vec<String>),
    /// A value from the environment, where everything is text.
    Loose(String),
    /// The name of a kind of value that no setting has.
    Other(&'static str),
}

/// All settings, by dotted name. Some are secrets, so `Debug` prints only the names.
#[derive(Clone, Default)]
pub struct Document {
    /// The values and their places.
    pub settings: BTreeMap<String, (Value, Origin)>,
    /// The table headings, to report an unknown table that is empty.
    pub tables: BTreeMap<String, Origin>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.settings.keys()).finish()
    }
}

impl Document {
    /// Parses TOML.
    ///
    /// # Errors
    /// Every syntax error with its line, if the text is not TOML.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let problem = |error: &toml::de::Error| Problem {
                origin: line(text, error.span().map_or(0, |span| span.start)),
                setting: String::new(),
                message: error.message().to_owned(),
            };
            return Err(errors.iter().map(problem).collect());
        }
        let mut document = Self::default();
        document.flatten(text, "", root.get_ref());
        Ok(document)
    }

    fn flatten(&mut self, text: &str, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = match prefix {
                "" => key.get_ref().to_string(),
                prefix => format!("{prefix}.{}", key.get_ref()),
            };
            let origin = line(text, key.span().start);
            if let DeValue::Table(inner) = value.get_ref() {
                self.tables.insert(name.clone(), origin);
                self.flatten(text, &name, inner);
            } else {
                self.settings.insert(name, (plain(value), origin));
            }
        }
    }

    /// Sets a setting that is not written in a file.
    pub fn set(&mut self, name: &str, value: Value) {
        let entry = (value, Origin::Unwritten);
        self.settings.insert(name.to_owned(), entry);
    }

    /// Returns the names directly under `table`, such as the brands under `brands`.
    #[must_use]
    pub fn names_under(&self, table: &str) -> BTreeSet<String> {
        let inside = |name: &String| {
            let rest = name.strip_prefix(table)?.strip_prefix('.')?;
            rest.split('.').next().map(str::to_owned)
        };
        let tables = self.tables.keys();
        self.settings
            .keys()
            .chain(tables)
            .filter_map(inside)
            .collect()
    }

    /// Returns a problem for every setting or table that is written but not among the
    /// `known` names.
    #[must_use]
    pub fn unknown(&self, known: &BTreeSet<String>) -> Vec<Problem> {
        let problem = |name: &String, origin: &Origin| Problem {
            origin: origin.clone(),
            setting: name.clone(),
            message: "there is no such setting".to_owned(),
        };
        let settings = self
            .settings
            .iter()
            .filter(|(name, _)| !known.contains(*name))
            .map(|(name, (_, origin))| problem(name, origin));
        let heads = |name: &str| {
            let prefix = format!("{name}.");
            let written = self.settings.keys().any(|key| key.starts_with(&prefix));
            written || known.iter().any(|key| key.starts_with(&prefix))
        };
        let tables = self
            .tables
            .iter()
            .filter(|(name, _)| !heads(name))
            .map(|(name, origin)| problem(name, origin));
        settings.chain(tables).collect()
    }
}

fn plain(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number too big"), Value::Number),
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Array(items) => items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()
            .map_or(
                Value::Other("a list of something else than text"),
                Value::List,
            ),
        DeValue::Float(_) => Value::Other("a fraction"),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Table(_) => Value::Other("a table"),
    }
}

fn line(text: &str, offset: usize) -> Origin {
    let before = text.as_bytes().iter().take(offset);
    Origin::Line(1 + before.filter(|byte| **byte == b'\n').count())
}
