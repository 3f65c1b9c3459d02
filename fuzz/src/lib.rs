//! The fuzz targets' judgements: each module feeds what a fuzzer invents to the parsers of
//! one subject, and checks what the parser promises besides not to panic. The first byte of
//! an input chooses the parser, so that the files of a corpus stay readable.

pub mod clients;
pub mod documents;
pub mod edits;
pub mod http;
pub mod node;
pub mod passkeys;
pub mod people;
pub mod requests;
pub mod sealed;
pub mod tokens;

use std::borrow::Cow;

use common_id::clock::Timestamp;
use common_id::oidc::Error;

/// The time at which everything happens: 2026-11-22T12:00:00Z, as in the tests.
pub const NOW: Timestamp = Timestamp(1_795_348_800);

/// The issuer of the only brand that matters here.
pub const ISSUER: &str = "http://id.toyota.localhost:8080";

/// Splits off the first byte, as a number below `choices`; `0` to `9` are 0 to 9.
#[must_use]
pub fn choose(data: &[u8], choices: usize) -> Option<(usize, &[u8])> {
    let (first, rest) = data.split_first()?;
    Some((usize::from(first.wrapping_sub(b'0')) % choices, rest))
}

/// Returns the next line of `text`, and leaves the rest in it.
pub fn line<'t>(text: &mut &'t str) -> &'t str {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    *text = rest;
    line
}

/// Returns the input as text, with broken bytes replaced.
#[must_use]
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// RFC 6749 §5.2: the characters of an error description.
pub fn judge_error(error: &Error) {
    let lawful = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    assert!(error.description.chars().all(lawful), "{error:?}");
}
