//! What the authorization endpoint returns (OAuth 2.0 Multiple Response Type Encoding
//! Practices; OpenID Connect Core §3). A response type is a set of words whose order has no
//! meaning.

use super::client::GrantType;
use super::response_mode::ResponseMode;

crate::wire_words! {
    /// A value of `response_type`.
    #[derive(Default)]
    pub enum ResponseType {
        /// RFC 6749 §4.1.1: a code, which is exchanged for the tokens.
        #[default]
        Code = "code",
        /// OpenID Connect Core §3.2: only an ID token.
        IdToken = "id_token",
        /// Core §3.2: an ID token and an access token.
        #[serde(alias = "token id_token")]
        IdTokenToken = "id_token token",
        /// Core §3.3: a code and an ID token.
        #[serde(alias = "id_token code")]
        CodeIdToken = "code id_token",
        /// Core §3.3: a code and an access token.
        #[serde(alias = "token code")]
        CodeToken = "code token",
        /// Core §3.3: a code and both tokens.
        #[serde(
            alias = "code token id_token",
            alias = "id_token code token",
            alias = "id_token token code",
            alias = "token code id_token",
            alias = "token id_token code"
        )]
        CodeIdTokenToken = "code id_token token",
    }
}

impl ResponseType {
    /// Returns the response type with these words, in any order (RFC 6749 §3.1.1).
    #[must_use]
    pub fn of(words: &str) -> Option<Self> {
        let wanted = sorted(words);
        let mut all = Self::ALL.iter().copied();
        all.find(|known| sorted(known.as_str()) == wanted)
    }

    /// Whether the authorization endpoint returns a code.
    #[must_use]
    pub fn gives_code(self) -> bool {
        self.has("code")
    }

    /// Whether the authorization endpoint returns an ID token.
    #[must_use]
    pub fn gives_id_token(self) -> bool {
        self.has("id_token")
    }

    /// Whether the authorization endpoint returns an access token.
    #[must_use]
    pub fn gives_access_token(self) -> bool {
        self.has("token")
    }

    /// Whether any token is returned through the browser.
    #[must_use]
    pub fn gives_tokens(self) -> bool {
        self.gives_id_token() || self.gives_access_token()
    }

    /// Whether the client receives an access token, either at once or for the code.
    #[must_use]
    pub fn leads_to_access_token(self) -> bool {
        self.gives_code() || self.gives_access_token()
    }

    /// Returns the grant types that correspond to it (Dynamic Client Registration §2).
    #[must_use]
    pub fn grant_types(self) -> &'static [GrantType] {
        match (self.gives_code(), self.gives_tokens()) {
            (true, true) => &[GrantType::AuthorizationCode, GrantType::Implicit],
            (true, false) => &[GrantType::AuthorizationCode],
            (false, _) => &[GrantType::Implicit],
        }
    }

    fn has(self, word: &str) -> bool {
        self.as_str().split(' ').any(|own| own == word)
    }
}

fn sorted(words: &str) -> Vec<&str> {
    let mut words: Vec<&str> = words.split(' ').collect();
    words.sort_unstable();
    words
}

/// Returns the default response mode for these words (Multiple Response Types §2.1, §5):
/// tokens go into the fragment, which is not sent to a server. The words need not be a
/// supported response type, because the error is delivered in the same way.
#[must_use]
pub fn default_mode(words: &str) -> ResponseMode {
    if words.split(' ').any(|w| matches!(w, "token" | "id_token")) {
        ResponseMode::Fragment
    } else {
        ResponseMode::Query
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns the words in every order.
    fn orders(words: &[&str]) -> Vec<String> {
        match words {
            [] => vec![String::new()],
            _ => (0..words.len())
                .flat_map(|first| {
                    let mut rest = words.to_vec();
                    let first = rest.remove(first);
                    let rests = orders(&rest).into_iter();
                    rests.map(move |rest| format!("{first} {rest}").trim().to_owned())
                })
                .collect(),
        }
    }

    #[test]
    fn the_words_may_stand_in_any_order() {
        for &known in ResponseType::ALL {
            let words: Vec<&str> = known.as_str().split(' ').collect();
            for order in orders(&words) {
                assert_eq!(ResponseType::of(&order), Some(known), "{order}");
                let read: ResponseType = serde_json::from_value(json!(order)).unwrap();
                assert_eq!(read, known, "{order}");
            }
        }
        assert_eq!(
            serde_json::to_value(ResponseType::of("id_token code")).unwrap(),
            "code id_token"
        );
    }

    #[test]
    fn what_is_no_response_type_of_ours_is_none() {
        for words in [
            "",
            " ",
            "token",
            "none",
            "Code",
            "code code",
            "code  token",
            "code ",
            "code none",
            "code+token",
            "id_token token token",
        ] {
            assert_eq!(ResponseType::of(words), None, "{words:?}");
        }
    }

    #[test]
    fn tokens_travel_in_the_fragment() {
        for &known in ResponseType::ALL {
            let fragment = default_mode(known.as_str()) == ResponseMode::Fragment;
            assert_eq!(fragment, known.gives_tokens(), "{known}");
            assert_eq!(
                known == ResponseType::IdToken,
                !known.leads_to_access_token()
            );
        }
        assert_eq!(default_mode("token"), ResponseMode::Fragment);
        assert_eq!(default_mode("nonsense"), ResponseMode::Query);
    }
}
