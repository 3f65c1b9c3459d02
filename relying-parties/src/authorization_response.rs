//! Reads the provider's authorization response (RFC 6749 §4.1.2) strictly, and checks that
//! it comes from the provider that was asked (RFC 9207). Matching it to a login is left to
//! `login`.

use std::collections::BTreeMap;

use crate::failure::Failure;

/// An authorization response that is not yet matched to a login.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AuthorizationResponse {
    /// The `state` of the request that the response answers.
    pub(crate) state: String,
    iss: Option<String>,
    outcome: Outcome,
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Code(String),
    Error {
        error: String,
        description: Option<String>,
    },
}

impl AuthorizationResponse {
    /// Reads the callback's query. Returns `None` if a parameter is repeated (RFC 6749
    /// §3.1) or the response is both a success and an error.
    pub(crate) fn read(query: &str) -> Option<Self> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if parameters
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return None;
            }
        }
        let outcome = match (parameters.remove("code"), parameters.remove("error")) {
            (Some(code), None) => Outcome::Code(code),
            (None, Some(error)) => Outcome::Error {
                error,
                description: parameters.remove("error_description"),
            },
            _ => return None,
        };
        Some(Self {
            state: parameters.remove("state")?,
            iss: parameters.remove("iss"),
            outcome,
        })
    }

    /// Returns the authorization code, if the response is from `issuer` and is a success.
    pub(crate) fn code(self, issuer: &str, iss_promised: bool) -> Result<String, Failure> {
        // RFC 9207 §2.4: `iss` is compared before any other parameter is used, errors
        // included.
        match self.iss {
            Some(iss) if iss != issuer => {
                return Err(Failure::Untrusted("iss is another issuer".to_owned()));
            }
            None if iss_promised => {
                return Err(Failure::Untrusted("iss is missing".to_owned()));
            }
            _ => {}
        }
        match self.outcome {
            Outcome::Code(code) => Ok(code),
            Outcome::Error { error, .. } if error == "access_denied" => Err(Failure::Denied),
            // RFC 9396 §5: what we pushed does not fit the person who logged in.
            Outcome::Error { error, .. } if error == "invalid_authorization_details" => {
                Err(Failure::AnotherMember)
            }
            Outcome::Error { error, description } => Err(Failure::Refused(match description {
                Some(description) => format!("{error}: {description}"),
                None => error,
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example";

    fn code(query: &str, iss_promised: bool) -> Result<String, Failure> {
        AuthorizationResponse::read(query)
            .expect("is readable")
            .code(ISSUER, iss_promised)
    }

    #[test]
    fn a_success_gives_its_code() {
        let query = "code=c&state=s&iss=https%3A%2F%2Fid.example";
        assert!(matches!(code(query, true), Ok(code) if code == "c"));
    }

    #[test]
    fn another_issuer_is_never_believed() {
        for outcome in ["code=c", "error=access_denied"] {
            let query = format!("{outcome}&state=s&iss=https%3A%2F%2Fevil.example");
            assert!(matches!(code(&query, false), Err(Failure::Untrusted(_))));
        }
    }

    #[test]
    fn a_provider_that_promises_iss_must_send_it() {
        assert!(matches!(
            code("code=c&state=s", true),
            Err(Failure::Untrusted(_))
        ));
        assert!(matches!(code("code=c&state=s", false), Ok(code) if code == "c"));
    }

    #[test]
    fn a_refusal_by_the_person_is_told_from_an_error() {
        assert!(matches!(
            code("error=access_denied&state=s", false),
            Err(Failure::Denied)
        ));
        assert!(matches!(
            code("error=server_error&error_description=busy&state=s", false),
            Err(Failure::Refused(why)) if why == "server_error: busy"
        ));
    }

    #[test]
    fn what_is_ambiguous_is_unreadable() {
        for query in [
            "",
            "code=c",
            "state=s",
            "code=c&error=e&state=s",
            "code=c&code=d&state=s",
            "code=c&state=s&state=t",
        ] {
            assert_eq!(AuthorizationResponse::read(query), None, "{query}");
        }
    }
}
