//! Reads the claims of an `id_token_hint`: an ID token of ours that a client sends back to
//! name a user (OpenID Connect Core §3.1.2.1, RP-Initiated Logout 1.0 §2). Its signature is
//! verified elsewhere. An expired ID token is accepted.

use serde_json::{Map, Value};

use super::client::ClientId;

/// The claims of a hint that we issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdTokenHint {
    /// The user's `sub` for that client.
    pub subject: String,
    /// The `client_id`s to which the token was issued.
    pub audience: Vec<String>,
    /// The browser session in which the token was issued.
    pub sid: Option<String>,
}

impl IdTokenHint {
    /// Reads verified claims; `None` if they are not those of an ID token of `issuer`.
    #[must_use]
    pub fn read(verified: &Map<String, Value>, issuer: &str) -> Option<Self> {
        let text = |name: &str| verified.get(name).and_then(Value::as_str);
        if text("iss") != Some(issuer) {
            return None;
        }
        let audience = match verified.get("aud")? {
            Value::String(one) => vec![one.clone()],
            Value::Array(all) => all
                .iter()
                .map(|one| one.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
            _ => return None,
        };
        Some(Self {
            subject: text("sub")?.to_owned(),
            audience,
            sid: text("sid").map(str::to_owned),
        })
    }

    /// Whether the token was issued to this client.
    #[must_use]
    pub fn is_for(&self, client_id: &ClientId) -> bool {
        self.audience.contains(&client_id.0)
    }

    /// Returns the client to which the token was issued; `None` if there are several.
    #[must_use]
    pub fn client_id(&self) -> Option<ClientId> {
        match self.audience.as_slice() {
            [one] => Some(ClientId(one.clone())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(claims: Value) -> Option<IdTokenHint> {
        IdTokenHint::read(claims.as_object().unwrap(), "https://id.example")
    }

    #[test]
    fn a_hint_says_whom_it_was_issued_for_and_to() {
        let hint = read(
            json!({"iss": "https://id.example", "sub": "s", "aud": "c", "sid": "x", "exp": 1}),
        )
        .unwrap();
        assert_eq!(
            (hint.subject.as_str(), hint.sid.as_deref()),
            ("s", Some("x"))
        );
        assert!(hint.is_for(&ClientId("c".to_owned())));
        assert!(!hint.is_for(&ClientId("d".to_owned())));
        assert_eq!(hint.client_id(), Some(ClientId("c".to_owned())));
    }

    #[test]
    fn another_issuers_token_or_another_shape_is_no_hint() {
        for claims in [
            json!({"iss": "https://evil.example", "sub": "s", "aud": "c"}),
            json!({"sub": "s", "aud": "c"}),
            json!({"iss": "https://id.example", "aud": "c"}),
            json!({"iss": "https://id.example", "sub": "s"}),
            json!({"iss": "https://id.example", "sub": "s", "aud": 7}),
            json!({"iss": "https://id.example", "sub": "s", "aud": ["c", 7]}),
            json!({"iss": "https://id.example", "sub": 7, "aud": "c"}),
        ] {
            assert_eq!(read(claims), None);
        }
    }
}
