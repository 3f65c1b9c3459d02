//! Declares the settings of a table in one place: the field of each setting, the function
//! that reads it, its default, and the bounds that production requires. The doc comment of
//! a setting is also its comment in `docs/common-id.example.toml`; a test compares them.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Config;
use super::document::Finding;
use super::reader::Reader;

/// What tests check about a setting.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    /// Its table; empty for a setting outside of all tables.
    pub(super) table: &'static str,
    /// Its name in the table.
    pub(super) name: &'static str,
    /// Its doc comment.
    pub(super) doc: &'static str,
}

/// A table of declared settings.
pub(super) trait Table: Sized {
    /// Its dotted name, with `*` for the part that an operator chooses, such as a brand.
    const NAME: &'static str;

    /// The settings of this table.
    #[cfg(test)]
    const DECLARED: &'static [Declared];

    /// Reads the settings of the table that is written as `name`.
    fn read_as(name: &str, from: &mut Reader<'_>) -> Self;

    /// Returns a finding for every setting outside of its bounds.
    fn out_of_bounds(&self, config: &Config) -> Vec<Finding>;

    /// Reads the settings of this table.
    fn read(from: &mut Reader<'_>) -> Self {
        Self::read_as(Self::NAME, from)
    }
}

/// Returns the full name of a setting.
pub(super) fn full_name(table: &str, name: &str) -> String {
    if table.is_empty() {
        return name.to_owned();
    }
    format!("{table}.{name}")
}

/// A value that can have bounds.
pub(super) trait Bounded: Copy + PartialOrd {
    /// Returns the error message for a value outside of the bounds.
    fn between(least: Self, most: Self) -> String;
}

impl Bounded for Duration {
    fn between(least: Self, most: Self) -> String {
        let (least, most) = (least.as_secs(), most.as_secs());
        format!("must be between {least} and {most} seconds")
    }
}

macro_rules! bounded {
    ($($number:ty)+) => {
        $(impl Bounded for $number {
            fn between(least: Self, most: Self) -> String {
                format!("must be between {least} and {most}")
            }
        })+
    };
}

bounded!(u32 u64 usize);

/// Returns a finding if the setting's value is outside of its bounds.
pub(super) fn beyond<T: Bounded>(
    table: &str,
    name: &str,
    value: T,
    bounds: RangeInclusive<T>,
) -> Option<Finding> {
    if bounds.contains(&value) {
        return None;
    }
    let (least, most) = bounds.into_inner();
    Some(Finding::new(
        full_name(table, name),
        T::between(least, most),
    ))
}

/// Declares the settings of a table. Each is one of
///
/// - `field: Type = reader, default;`, with `, within LEAST => MOST` after the default if
///   it has bounds, which may refer to other settings of `config`. The default may refer
///   to fields above it by their names.
/// - `field: Type => required by reader;`
/// - `field: Option<Type> => optional by reader;`
/// - `field: Option<Secret> => secret;`, also written as `field_file`.
///
/// `as "name"` after the field gives the setting another name than the field's.
macro_rules! settings {
    (
        $(#[doc = $about:literal])+
        $(#[derive($derive:ident)])?
        $vis:vis struct $struct:ident in $table:literal of $config:ident {
            $(
                $(#[doc = $doc:literal])+
                $field:ident $(as $written:literal)?: $type:ty
                    $(= $reader:path, $default:expr $(, within $least:expr => $most:expr)?)?
                    $(=> $given:ident $(by $kind:path)?)?;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq $(, $derive)?)]
        $vis struct $struct {
            $(
                $(#[doc = $doc])+
                $vis $field: $type,
            )+
        }

        impl $crate::config::declared::Table for $struct {
            const NAME: &'static str = $table;

            #[cfg(test)]
            const DECLARED: &'static [$crate::config::declared::Declared] = &[
                $($crate::config::declared::Declared {
                    table: $table,
                    name: settings!(@name $field $($written)?),
                    doc: concat!($($doc),+),
                }),+
            ];

            fn read_as(table: &str, from: &mut $crate::config::reader::Reader<'_>) -> Self {
                $(
                    let name = $crate::config::declared::full_name(
                        table,
                        settings!(@name $field $($written)?),
                    );
                    $(let $field: $type = from.or(&name, $reader, $default);)?
                    $(let $field: $type = from.$given(&name $(, $kind)?);)?
                )+
                Self { $($field),+ }
            }

            fn out_of_bounds(
                &self,
                $config: &$crate::config::Config,
            ) -> Vec<$crate::config::document::Finding> {
                let _ = $config;
                let found: Vec<Option<$crate::config::document::Finding>> = vec![
                    $(settings!(
                        @bounds $table, settings!(@name $field $($written)?),
                        self.$field $($(, $least, $most)?)?
                    )),+
                ];
                found.into_iter().flatten().collect()
            }
        }
    };
    (@bounds $table:literal, $name:expr, $value:expr) => {
        None
    };
    (@bounds $table:literal, $name:expr, $value:expr, $least:expr, $most:expr) => {
        $crate::config::declared::beyond($table, $name, $value, $least..=$most)
    };
    (@name $field:ident) => {
        stringify!($field)
    };
    (@name $field:ident $written:literal) => {
        $written
    };
}

pub(super) use settings;
