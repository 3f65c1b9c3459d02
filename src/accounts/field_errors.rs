//! The errors of a form that a person sent, field by field, as stable codes. The sentence
//! shown beside the field is in `locales/`, under `error-<code>`.

/// The errors of one form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<FieldError>);

/// The error of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's `name` in the form (`docs/screens.md` lists them).
    pub field: &'static str,
    /// The stable code: lower-case words joined by `-`.
    pub code: &'static str,
}

impl FieldErrors {
    /// Returns an empty list.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns a list with one error.
    #[must_use]
    pub fn one(field: &'static str, code: &'static str) -> Self {
        Self(vec![FieldError { field, code }])
    }

    /// Adds an error.
    pub fn add(&mut self, field: &'static str, code: &'static str) {
        self.0.push(FieldError { field, code });
    }

    /// Returns the value; if there is none, adds its error under `field`.
    pub fn take<T>(&mut self, field: &'static str, read: Result<T, &'static str>) -> Option<T> {
        read.map_err(|code| self.add(field, code)).ok()
    }

    /// Whether there are no errors.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
