//! A configuration as it was written: every setting under its dotted name, each
//! with the place it came from, so that whatever is wrong with it later can be
//! told by its line. What the settings mean is decided in `config.rs`.

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
    /// Nowhere: the default, or what is missing.
    Unwritten,
}

/// Something wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it was written.
    pub origin: Origin,
    /// Its dotted name; empty where the file as a whole is wrong.
    pub setting: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Everything wrong with a configuration, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// The file's name, as it was given.
    pub file: String,
    /// What is wrong.
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

/// A setting's value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text in quotes.
    Text(String),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Truth(bool),
    /// A list of texts.
    List(Vec<String>),
    /// From the environment, where everything is text.
    Loose(String),
    /// A kind of value that no setting has: its name.
    Other(&'static str),
}

/// All settings, by dotted name. Some are secrets, so it does not print itself.
#[derive(Clone, Default)]
pub struct Document {
    /// The values and where they stand.
    pub settings: BTreeMap<String, (Value, Origin)>,
    /// The tables' headings, to tell of an unknown one that is empty.
    pub tables: BTreeMap<String, Origin>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.settings.keys()).finish()
    }
}

impl Document {
    /// Reads TOML; every mistake of its grammar is told with its line.
    ///
    /// # Errors
    /// When the text is not TOML.
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

    /// Writes a setting that stands in no file.
    pub fn set(&mut self, name: &str, value: Value) {
        let entry = (value, Origin::Unwritten);
        self.settings.insert(name.to_owned(), entry);
    }

    /// The names right under `table`: the brands under `brands`.
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

    /// What was written but never asked for by a reader of `known` names.
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
