//! Reads a row's columns into our types, from either database. A value that this version
//! cannot read is a `Fault`; for an unknown word, it names the column.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::locale::Locale;

/// A row whose columns are read by name.
pub(super) trait Columns {
    fn text(&self, column: &'static str) -> Result<String, Fault>;
    fn maybe_text(&self, column: &'static str) -> Result<Option<String>, Fault>;
    fn number(&self, column: &'static str) -> Result<i64, Fault>;
    fn maybe_number(&self, column: &'static str) -> Result<Option<i64>, Fault>;
    fn flag(&self, column: &'static str) -> Result<bool, Fault>;

    fn time(&self, column: &'static str) -> Result<Timestamp, Fault> {
        self.number(column).map(Timestamp)
    }

    fn maybe_time(&self, column: &'static str) -> Result<Option<Timestamp>, Fault> {
        Ok(self.maybe_number(column)?.map(Timestamp))
    }

    fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, Fault> {
        Ok(serde_json::from_str(&self.text(column)?)?)
    }

    fn word<T: FromStr>(&self, column: &'static str) -> Result<T, Fault> {
        self.text(column)?.parse().map_err(|_| unreadable(column))
    }

    /// A language that only a newer version supports is read as the default language.
    fn locale(&self, column: &'static str) -> Result<Locale, Fault> {
        Ok(Locale::from_tag(&self.text(column)?).unwrap_or_default())
    }
}

fn unreadable(column: &str) -> Fault {
    Fault::because(format_args!(
        "column {column} holds a word that this version does not know"
    ))
}

/// Implements `Columns` for the drivers' rows, which share no usable trait.
macro_rules! columns_of {
    ($($row:ty),+) => {
        $(impl Columns for $row {
            fn text(&self, column: &'static str) -> Result<String, Fault> {
                Ok(self.try_get(column)?)
            }

            fn maybe_text(&self, column: &'static str) -> Result<Option<String>, Fault> {
                Ok(self.try_get(column)?)
            }

            fn number(&self, column: &'static str) -> Result<i64, Fault> {
                Ok(self.try_get(column)?)
            }

            fn maybe_number(&self, column: &'static str) -> Result<Option<i64>, Fault> {
                Ok(self.try_get(column)?)
            }

            fn flag(&self, column: &'static str) -> Result<bool, Fault> {
                Ok(self.try_get(column)?)
            }
        })+
    };
}

columns_of!(SqliteRow, PgRow);
