//! The page of `check_session_iframe`: one script and nothing else. It is not a template,
//! because nothing is filled in and nobody reads it.

use std::sync::LazyLock;

use super::Pages;
use super::assets::sha256_base64;

/// The script. Its hash is [`Pages::check_session_script_source`].
const SCRIPT: &str = include_str!("../../templates/check_session.js");

const PAGE: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Session state</title>\n</head>\n<body>\n<script>",
    include_str!("../../templates/check_session.js"),
    "</script>\n</body>\n</html>\n"
);

static SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("'sha256-{}'", sha256_base64(SCRIPT.as_bytes())));

impl Pages {
    /// Returns the page that clients load in a frame.
    #[must_use]
    pub const fn check_session() -> &'static str {
        PAGE
    }

    /// Returns the script source that a content security policy must list for its script.
    #[must_use]
    pub fn check_session_script_source() -> &'static str {
        &SOURCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_script_and_nothing_in_it_ends_it() {
        assert_eq!(SCRIPT.matches("</").count(), 0);
        assert_eq!(PAGE.matches("<script>").count(), 1);
        assert!(Pages::check_session_script_source().starts_with("'sha256-"));
    }
}
