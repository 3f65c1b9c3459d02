//! The types of access tokens (RFC 6749 §7.1): the word in `token_type`, which is also the
//! scheme of the headers by which a token is presented and asked for. The type of a token
//! is decided by its claims, in `access_token`; headers are read and written in `http`.

use super::Error;

crate::wire_words! {
    /// How an access token is presented.
    pub enum TokenType {
        /// By itself: everyone who has the token may use it (RFC 6750).
        Bearer = "Bearer",
    }
}

impl TokenType {
    /// The type that is presented under a scheme, the case of which does not matter (RFC
    /// 9110 §11.1); none if it is not among those accepted.
    #[must_use]
    pub fn of_scheme(scheme: &str, accepted: &[Self]) -> Option<Self> {
        let mut accepted = accepted.iter();
        let found = accepted.find(|known| known.as_str().eq_ignore_ascii_case(scheme));
        found.copied()
    }

    /// The request headers by which a token of this type is presented.
    #[must_use]
    pub const fn request_headers(self) -> &'static [&'static str] {
        match self {
            Self::Bearer => &["authorization"],
        }
    }

    /// The response headers by which a token of this type is asked for.
    #[must_use]
    pub const fn response_headers(self) -> &'static [&'static str] {
        match self {
            Self::Bearer => &["www-authenticate"],
        }
    }

    /// The challenge that asks for a token of this type (RFC 6750 §3). A request without
    /// any token is told no error (§3.1).
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
