//! The response to an authorization request (RFC 6749 §4.1.2, §4.2.2, OpenID Connect Core
//! §3.1.2.5–6, §3.2.2.5–6, §3.3.2.5–6): its parameters and how they are delivered. It
//! always contains `iss` (RFC 9207), so that a client cannot confuse us with another
//! issuer.

use std::fmt;

use url::form_urlencoded;

use super::access_token::IssuedAccessToken;
use super::authorization_request::{AuthorizationRequest, RefusedRedirect};
use super::response_mode::ResponseMode;
use super::scope::Scope;

/// A complete response, ready to be delivered.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// A registered redirect URI of the client.
    pub redirect_uri: String,
    /// How the response is delivered.
    pub response_mode: ResponseMode,
    /// Names and values of the response parameters.
    pub parameters: Vec<(&'static str, String)>,
}

/// The form in which a response is delivered.
#[derive(Clone, PartialEq, Eq)]
pub enum Delivery {
    /// As the `Location` of a redirect.
    Location(String),
    /// As a form that the browser posts (Form Post Response Mode).
    Form {
        /// URL to which the form is posted.
        action: String,
        /// Hidden fields of the form.
        fields: Vec<(&'static str, String)>,
    },
}

/// What the authorization endpoint returns, depending on the response type.
#[derive(Default)]
pub struct Given {
    /// The authorization code.
    pub code: Option<String>,
    /// The access token and its properties.
    pub access_token: Option<GivenAccessToken>,
    /// The ID token.
    pub id_token: Option<String>,
}

/// An access token from the authorization endpoint (RFC 6749 §4.2.2).
pub struct GivenAccessToken {
    /// The token, with its type and lifetime.
    pub issued: IssuedAccessToken,
    /// The scope granted. It is always included, since it may be less than was requested.
    pub scope: Scope,
}

impl Given {
    fn into_parameters(self) -> Vec<(&'static str, String)> {
        let mut parameters: Vec<_> = self.code.map(|code| ("code", code)).into_iter().collect();
        if let Some(access) = self.access_token {
            parameters.extend([
                ("access_token", access.issued.text),
                ("token_type", access.issued.token_type.to_string()),
                ("expires_in", access.issued.expires_in.to_string()),
                ("scope", access.scope.to_string()),
            ]);
        }
        parameters.extend(self.id_token.map(|token| ("id_token", token)));
        parameters
    }
}

impl AuthorizationResponse {
    /// Builds the response to a successful request.
    #[must_use]
    pub fn success(request: &AuthorizationRequest, issuer: &str, given: Given) -> Self {
        let mut parameters = given.into_parameters();
        parameters.extend(request.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", issuer.to_owned()));
        Self {
            redirect_uri: request.redirect_uri.clone(),
            response_mode: request.response_mode,
            parameters,
        }
    }

    /// Builds an error response for a proven redirect URI.
    #[must_use]
    pub fn error(refused: &RefusedRedirect, issuer: &str) -> Self {
        let mut parameters = vec![
            ("error", refused.error.code.to_string()),
            (
                "error_description",
                refused.error.description.clone().into_owned(),
            ),
            ("error_uri", refused.error.code.uri(issuer)),
        ];
        parameters.extend(refused.state.clone().map(|state| ("state", state)));
        parameters.push(("iss", issuer.to_owned()));
        Self {
            redirect_uri: refused.redirect_uri.clone(),
            response_mode: refused.response_mode,
            parameters,
        }
    }

    /// Adds `session_state`, with which the client can later check whether the user is
    /// still logged in (Session Management 1.0 §3).
    #[must_use]
    pub fn with_session_state(mut self, state: Option<String>) -> Self {
        let state = state.map(|state| ("session_state", state));
        self.parameters.extend(state);
        self
    }

    /// Returns the response in the form that its response mode requires.
    #[must_use]
    pub fn deliver(self) -> Delivery {
        match self.response_mode {
            ResponseMode::Query => {
                let parameters = encode(&self.parameters);
                Delivery::Location(with_query(self.redirect_uri, &parameters))
            }
            ResponseMode::Fragment => {
                let parameters = encode(&self.parameters);
                Delivery::Location(format!("{}#{parameters}", self.redirect_uri))
            }
            ResponseMode::FormPost => Delivery::Form {
                action: self.redirect_uri,
                fields: self.parameters,
            },
        }
    }
}

/// Omits the parameters: they may contain a code or a token.
impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationResponse")
            .field("redirect_uri", &self.redirect_uri)
            .field("response_mode", &self.response_mode)
            .finish_non_exhaustive()
    }
}

/// Omits the contents for the same reason.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Location(_) => "Location(..)",
            Self::Form { .. } => "Form(..)",
        })
    }
}

fn encode(parameters: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// Appends `query` to the query of a URI and leaves the rest unchanged (RFC 6749 §3.1.2).
#[must_use]
pub fn with_query(mut uri: String, query: &str) -> String {
    if !uri.contains('?') {
        uri.push('?');
    } else if !uri.ends_with(['?', '&']) {
        uri.push('&');
    }
    uri.push_str(query);
    uri
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::oidc::token_type::TokenType;
    use crate::oidc::{Error, ErrorCode, parameters};

    const ISSUER: &str = "https://id.example";

    fn refused(redirect_uri: &str, response_mode: ResponseMode) -> RefusedRedirect {
        RefusedRedirect {
            redirect_uri: redirect_uri.to_owned(),
            response_mode,
            state: Some("a b&c".to_owned()),
            error: Error::new(ErrorCode::LoginRequired, "log in"),
        }
    }

    fn location(redirect_uri: &str, mode: ResponseMode) -> String {
        match AuthorizationResponse::error(&refused(redirect_uri, mode), ISSUER).deliver() {
            Delivery::Location(location) => location,
            Delivery::Form { .. } => panic!("a form"),
        }
    }

    #[test]
    fn whatever_is_given_is_told_with_what_belongs_to_it() {
        let names = |given: Given| -> Vec<&str> {
            given
                .into_parameters()
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        };
        let access_token = || GivenAccessToken {
            issued: IssuedAccessToken {
                text: "a".to_owned(),
                token_type: TokenType::Bearer,
                expires_in: 300,
            },
            scope: "openid email".parse().unwrap(),
        };
        let text = || Some("x".to_owned());
        assert_eq!(
            names(Given {
                code: text(),
                ..Given::default()
            }),
            ["code"]
        );
        let all = Given {
            code: text(),
            access_token: Some(access_token()),
            id_token: text(),
        };
        assert_eq!(
            all.into_parameters(),
            [
                ("code", "x"),
                ("access_token", "a"),
                ("token_type", "Bearer"),
                ("expires_in", "300"),
                ("scope", "email openid"),
                ("id_token", "x"),
            ]
            .map(|(name, value)| (name, value.to_owned()))
        );
        assert_eq!(
            names(Given {
                id_token: text(),
                ..Given::default()
            }),
            ["id_token"]
        );
    }

    const ANSWER: &str = "error=login_required&error_description=log+in\
         &error_uri=https%3A%2F%2Fid.example%2Ferrors%2Flogin_required\
         &state=a+b%26c&iss=https%3A%2F%2Fid.example";

    #[test]
    fn an_answer_in_the_query_leaves_the_query_that_is_there() {
        for (uri, start) in [
            ("https://rp.example/cb", "https://rp.example/cb?"),
            ("https://rp.example/cb?", "https://rp.example/cb?"),
            (
                "https://rp.example/cb?x=%7e",
                "https://rp.example/cb?x=%7e&",
            ),
            ("https://rp.example/cb?x=1&", "https://rp.example/cb?x=1&"),
            ("com.example.app:/cb", "com.example.app:/cb?"),
        ] {
            assert_eq!(
                location(uri, ResponseMode::Query),
                format!("{start}{ANSWER}")
            );
        }
    }

    #[test]
    fn an_answer_in_the_fragment_leaves_the_query_alone() {
        assert_eq!(
            location("https://rp.example/cb?x=1", ResponseMode::Fragment),
            format!("https://rp.example/cb?x=1#{ANSWER}")
        );
    }

    #[test]
    fn an_answer_in_a_form_leaves_nothing_in_the_uri() {
        let refused = refused("https://rp.example/cb", ResponseMode::FormPost);
        let Delivery::Form { action, fields } =
            AuthorizationResponse::error(&refused, ISSUER).deliver()
        else {
            panic!("a redirect");
        };
        assert_eq!(action, "https://rp.example/cb");
        assert_eq!(
            fields.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["error", "error_description", "error_uri", "state", "iss"]
        );
    }

    proptest! {
        #[test]
        fn the_client_reads_back_what_we_said(state in "[ -~]{1,40}") {
            let mut refused = refused("https://rp.example/cb", ResponseMode::Query);
            refused.state = Some(state.clone());
            let Delivery::Location(location) = AuthorizationResponse::error(&refused, ISSUER).deliver() else { panic!("a form") };
            prop_assert!(location.bytes().all(|b| b.is_ascii_graphic()));
            let (_, query) = location.split_once('?').unwrap();
            prop_assert_eq!(&parameters::parse(query.as_bytes()).unwrap()["state"], &state);
        }
    }
}
