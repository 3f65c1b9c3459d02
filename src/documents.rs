//! Stored JSON documents: clients, dealers, profiles, interactions. A newer version of this
//! program may have written one, so it may contain members that this version does not know.
//! They are ignored when the document is read, and kept when it is written again. `strict`
//! reads input, which must not contain such members. Why:
//! `docs/decisions/0019-stored-documents-from-the-future.md`.

pub mod strict;

use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Deserializer, Serialize};
use serde_json::Value;

/// Serialises `after` to replace the stored document `before`, and keeps every member of
/// `before` that `T` does not know.
///
/// # Errors
/// The serde error if `before` is not a document of this type or `after` cannot be
/// serialised.
pub fn rewritten<T>(before: &[u8], after: &T) -> serde_json::Result<String>
where
    T: Serialize + DeserializeOwned,
{
    let understood: T = serde_json::from_slice(before)?;
    // The usual case: the document contains no unknown member.
    let alone = serde_json::to_string(after)?;
    if serde_json::to_vec(&understood)? == before {
        return Ok(alone);
    }
    let stored: Value = serde_json::from_slice(before)?;
    let understood = serde_json::to_value(understood)?;
    let after = serde_json::to_value(after)?;
    if after == understood {
        return Ok(String::from_utf8_lossy(before).into_owned());
    }
    serde_json::to_string(&carried(&stored, &understood, after))
}

/// Does the same as [`rewritten`] for a document that may not be stored yet.
///
/// # Errors
/// The same as [`rewritten`].
pub fn rewritten_or_new<T>(before: Option<&[u8]>, after: &T) -> serde_json::Result<Vec<u8>>
where
    T: Serialize + DeserializeOwned,
{
    match before {
        Some(before) => rewritten(before, after).map(String::into_bytes),
        None => serde_json::to_vec(after),
    }
}

/// Returns the value `after`, made from the stored document `before` of type `T`, with
/// every member of `before` that `T` does not know.
///
/// # Errors
/// The serde error if `before` is not a document of this type.
pub fn told_on<T>(before: &[u8], after: Value) -> serde_json::Result<Value>
where
    T: Serialize + DeserializeOwned,
{
    let stored: Value = serde_json::from_slice(before)?;
    let understood = serde_json::to_value(T::deserialize(&stored)?)?;
    Ok(carried(&stored, &understood, after))
}

/// Reads a value that grants nothing by itself. An unknown value is read as `None`.
///
/// # Errors
/// The deserializer's error if the document is not JSON.
pub fn known<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).ok())
}

/// Returns the value `after` with the members that `stored` has and `understood` lacks.
/// `understood` is what this version reads from `stored` and would write again.
///
/// A part that did not change is kept unchanged. A part that was removed takes its unknown
/// members with it.
#[must_use]
pub fn carried(stored: &Value, understood: &Value, after: Value) -> Value {
    if *understood == after {
        return stored.clone();
    }
    match (stored, understood, after) {
        (Value::Object(stored), Value::Object(understood), Value::Object(after)) => {
            let mut carried: serde_json::Map<String, Value> = after
                .into_iter()
                .map(|(name, after)| {
                    let value = match (stored.get(&name), understood.get(&name)) {
                        (Some(stored), Some(understood)) => carried(stored, understood, after),
                        _ => after,
                    };
                    (name, value)
                })
                .collect();
            for (name, value) in stored {
                if !understood.contains_key(name) && !carried.contains_key(name) {
                    carried.insert(name.clone(), value.clone());
                }
            }
            Value::Object(carried)
        }
        (Value::Array(stored), Value::Array(understood), Value::Array(after))
            if stored.len() == understood.len() =>
        {
            let place = |value: &Value| understood.iter().position(|one| one == value);
            let keep = |value: Value| match place(&value).and_then(|place| stored.get(place)) {
                Some(stored) => stored.clone(),
                None => value,
            };
            Value::Array(after.into_iter().map(keep).collect())
        }
        (_, _, after) => after,
    }
}

#[cfg(test)]
mod tests;
