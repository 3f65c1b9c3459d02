//! What the tests are written with: a provider to test, a phone to hold, a
//! relying party to come from, and a reader of our own source.

pub(crate) mod database;
pub(crate) mod source;
