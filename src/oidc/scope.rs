//! A set of scope values (RFC 6749 §3.3), and the scope values that we define.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The scope values that any client may be allowed: OpenID Connect Core §5.4 and §11.
pub const STANDARD: [&str; 6] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
];

/// The scope with which a dealer's system lists the accounts linked to that dealer.
pub const DEALER_CUSTOMERS: &str = "dealer.customers";

/// A set of scope values; in JSON and parameters, a space-separated list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// Builds the set of these values, which must be valid.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = &'static str>) -> Self {
        Self(values.into_iter().map(str::to_owned).collect())
    }

    /// Whether `value` is in the set.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        self.0.contains(value)
    }

    /// Whether every value of `other` is in the set.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }

    /// Returns the values in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// Returns the values in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Returns the set without `value`.
    #[must_use]
    pub fn without(&self, value: &str) -> Self {
        Self(self.0.iter().filter(|v| *v != value).cloned().collect())
    }

    /// Returns the values in sorted order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A scope value contains a character that RFC 6749 §3.3 forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope value has a character outside %x21 / %x23-5B / %x5D-7E")]
pub struct BadScope;

impl FromStr for Scope {
    type Err = BadScope;

    fn from_str(list: &str) -> Result<Self, BadScope> {
        let lawful = |value: &str| {
            value
                .bytes()
                .all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
        };
        let values: BTreeSet<String> = list
            .split(' ')
            .filter(|v| !v.is_empty())
            .map(str::to_owned)
            .collect();
        if values.iter().all(|value| lawful(value)) {
            Ok(Self(values))
        } else {
            Err(BadScope)
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = BadScope;
    fn try_from(list: String) -> Result<Self, BadScope> {
        list.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, value) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(value)?;
        }
        Ok(())
    }
}
