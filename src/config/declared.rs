//! Declares the settings of a table in one place: the field of each setting, the function
//! that reads it, its default, and the bounds that production requires. The doc comment of
//! a setting is also its comment in `docs/common-id.example.toml`; a test compares them.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::document::Finding;

/// What tests check about a setting.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    /// Its dotted name.
    pub(super) name: &'static str,
    /// Its doc comment.
    pub(super) doc: &'static str,
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
    setting: &str,
    value: T,
    bounds: RangeInclusive<T>,
) -> Option<Finding> {
    if bounds.contains(&value) {
        return None;
    }
    let (least, most) = bounds.into_inner();
    Some(Finding::new(setting, T::between(least, most)))
}

/// Declares the settings of a table. Each is `field: Type = reader, default;`, with
/// `as "name"` if the setting's name differs from its field's, and with
/// `, within LEAST => MOST` if it has bounds, which may refer to other settings of
/// `config`.
macro_rules! settings {
    (
        $(#[doc = $about:literal])+
        $(#[derive($derive:ident)])?
        pub struct $struct:ident in $table:literal of $config:ident {
            $(
                $(#[doc = $doc:literal])+
                $field:ident $(as $written:literal)?: $type:ty = $reader:path, $default:expr
                    $(, within $least:expr => $most:expr)?;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq $(, $derive)?)]
        pub struct $struct {
            $(
                $(#[doc = $doc])+
                pub $field: $type,
            )+
        }

        impl $struct {
            /// The settings of this table.
            #[cfg(test)]
            pub(in crate::config) const DECLARED: &'static [$crate::config::declared::Declared] = &[
                $($crate::config::declared::Declared {
                    name: settings!(@name $table $field $($written)?),
                    doc: concat!($($doc),+),
                }),+
            ];

            /// Reads the settings of this table.
            pub(in crate::config) fn read(from: &mut $crate::config::reader::Reader<'_>) -> Self {
                Self {
                    $($field: from.or(settings!(@name $table $field $($written)?), $reader, $default),)+
                }
            }

            /// Returns a finding for every setting outside of its bounds.
            pub(in crate::config) fn out_of_bounds(
                &self,
                $config: &$crate::config::Config,
            ) -> Vec<$crate::config::document::Finding> {
                let _ = $config;
                let found: Vec<Option<$crate::config::document::Finding>> = vec![
                    $(settings!(
                        @bounds settings!(@name $table $field $($written)?),
                        self.$field $(, $least, $most)?
                    )),+
                ];
                found.into_iter().flatten().collect()
            }
        }
    };
    (@bounds $name:expr, $value:expr) => {
        None
    };
    (@bounds $name:expr, $value:expr, $least:expr, $most:expr) => {
        $crate::config::declared::beyond($name, $value, $least..=$most)
    };
    (@name $table:literal $field:ident) => {
        concat!($table, ".", stringify!($field))
    };
    (@name $table:literal $field:ident $written:literal) => {
        concat!($table, ".", $written)
    };
}

pub(super) use settings;
