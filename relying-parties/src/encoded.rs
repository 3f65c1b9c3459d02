//! One field of a form or a query, as browsers encode them.

/// The field `name`, if it is there.
pub(crate) fn field(encoded: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(encoded)
        .find(|(given, _)| given == name)
        .map(|(_, value)| value.into_owned())
}
