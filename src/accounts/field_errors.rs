//! What is wrong with what a person typed, field by field, in stable codes.
//! The sentence beside the field is in `locales/`, under `error-<code>`.

/// Errors of one form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<FieldError>);

/// One field's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's `name` in the form (`docs/screens.md` lists them).
    pub field: &'static str,
    /// The stable code: lower-case words joined by `-`.
    pub code: &'static str,
}

impl FieldErrors {
    /// No errors yet.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One error.
    #[must_use]
    pub fn one(field: &'static str, code: &'static str) -> Self {
        Self(vec![FieldError { field, code }])
    }

    /// Adds one.
    pub fn add(&mut self, field: &'static str, code: &'static str) {
        self.0.push(FieldError { field, code });
    }

    /// The value, or its error noted under `field`.
    pub fn take<T>(&mut self, field: &'static str, read: Result<T, &'static str>) -> Option<T> {
        read.map_err(|code| self.add(field, code)).ok()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
