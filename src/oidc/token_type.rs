//! The types of access tokens (RFC 6749 §7.1). The value of `token_type` is also the
//! authentication scheme of the headers that present and request a token. `access_token`
//! decides the type of a token by its claims; `http` reads and writes the headers.

use super::Error;

crate::wire_words! {
    /// How a client presents an access token.
    pub enum TokenType {
        /// Without proof of possession: every holder of the token may use it (RFC 6750).
        Bearer = "Bearer",
    }
}

impl TokenType {
    /// Returns the type with this scheme, in upper or lower case (RFC 9110 §11.1); `None`
    /// if it is not in `accepted`.
    #[must_use]
    pub fn of_scheme(scheme: &str, accepted: &[Self]) -> Option<Self> {
        let mut accepted = accepted.iter();
        let found = accepted.find(|known| known.as_str().eq_ignore_ascii_case(scheme));
        found.copied()
    }

    /// Returns the request headers in which a token of this type is presented.
    #[must_use]
    pub const fn request_headers(self) -> &'static [&'static str] {
        match self {
            Self::Bearer => &["authorization"],
        }
    }

    /// Returns the response headers in which a token of this type is requested.
    #[must_use]
    pub const fn response_headers(self) -> &'static [&'static str] {
        match self {
            Self::Bearer => &["www-authenticate"],
        }
    }

    /// Returns the challenge that requests a token of this type (RFC 6750 §3). `told` is
    /// `None` if the request had no token: the challenge then contains no error (§3.1).
    #[must_use]
    pub fn challenge(self, told: Option<&Error>, error_uri: Option<&str>) -> String {
        let mut challenge = format!("{self} realm=\"Common ID\"");
        let Some(error) = told else {
            return challenge;
        };
        challenge.push_str(&format!(
            ", error=\"{}\", error_description=\"{}\"",
            error.code, error.description
        ));
        if let Some(error_uri) = error_uri {
            challenge.push_str(&format!(", error_uri=\"{error_uri}\""));
        }
        challenge
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::ErrorCode;

    #[test]
    fn a_scheme_is_found_in_any_case_and_only_where_it_is_accepted() {
        let of_scheme = |scheme| TokenType::of_scheme(scheme, TokenType::ALL);
        assert_eq!(of_scheme("Bearer"), Some(TokenType::Bearer));
        assert_eq!(of_scheme("bEARER"), Some(TokenType::Bearer));
        assert_eq!(of_scheme("Basic"), None);
        assert_eq!(TokenType::of_scheme("Bearer", &[]), None);
    }

    #[test]
    fn a_challenge_says_the_error_only_if_there_was_a_token() {
        let error = Error::new(ErrorCode::InvalidToken, "expired");
        let bearer = TokenType::Bearer;
        assert_eq!(bearer.challenge(None, None), "Bearer realm=\"Common ID\"");
        assert_eq!(
            bearer.challenge(Some(&error), Some("https://id.example/e")),
            "Bearer realm=\"Common ID\", error=\"invalid_token\", error_description=\"expired\", \
             error_uri=\"https://id.example/e\""
        );
    }
}
