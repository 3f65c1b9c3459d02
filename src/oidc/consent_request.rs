//! Builds the part of a consent record that describes a third-party client: its ID, the
//! company behind it, the scopes and its privacy policy. `accounts::consent` decides how a
//! consent is recorded.

use url::Url;

use super::client::Client;
use super::scope::Scope;
use crate::accounts::consent::{LegalPerson, ScopeRequest};

/// Builds the request for consent to `scope`, as recorded for a reader of `language`. A
/// company without a registered legal name is recorded under the name shown on the page.
#[must_use]
pub fn consent_request(client: &Client, scope: &Scope, language: &str) -> ScopeRequest {
    let named_as_shown = || LegalPerson {
        name: client.name_in(language).to_owned(),
        ..LegalPerson::default()
    };
    let policy_uri = client.policy_uri.in_language(language);
    ScopeRequest {
        client_id: client.client_id.0.clone(),
        recipient: client.legal.clone().unwrap_or_else(named_as_shown),
        scopes: scope.iter().map(str::to_owned).collect(),
        policy_uri: policy_uri.map(Url::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn client(legal: serde_json::Value) -> Client {
        serde_json::from_value(json!({
            "client_id": "diary",
            "client_name": {"": "Diary", "ja": "ドライブ手帳"},
            "brands": ["toyota"],
            "party": "third",
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": [],
            "response_types": [],
            "scope": "openid email",
            "subject_type": "pairwise",
            "id_token_signed_response_alg": "RS256",
            "policy_uri": "https://diary.example/privacy",
            "legal": legal,
        }))
        .unwrap()
    }

    #[test]
    fn another_company_is_named_as_it_registered_or_as_it_was_shown() {
        let request =
            |legal| consent_request(&client(legal), &"openid email".parse().unwrap(), "ja");
        let legal = LegalPerson {
            name: "株式会社ドライブ手帳".to_owned(),
            address: "東京都港区".to_owned(),
            representative: "代表取締役".to_owned(),
        };
        let told = request(json!(legal));
        assert_eq!(told.client_id, "diary");
        assert_eq!(told.recipient, legal);
        assert_eq!(told.scopes, ["email", "openid"]);
        assert_eq!(
            told.policy_uri.as_deref(),
            Some("https://diary.example/privacy")
        );
        let known = request(json!(null)).recipient;
        assert_eq!((&*known.name, &*known.address), ("ドライブ手帳", ""));
    }
}
