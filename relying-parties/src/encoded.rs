//! Reads one field of a URL-encoded form or query.

/// Returns the field `name`, if it is present.
pub(crate) fn field(encoded: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(encoded)
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.into_owned())
}
