//! Another company's client, as people see it where they log in for it and where it
//! asks to know something of them.

use serde::Serialize;
use url::Url;

use super::{logo, page};
use crate::interaction::visit::Visit;
use crate::oidc::client::Party;

/// The client that asks.
#[derive(Clone, Debug, Serialize)]
pub struct AskingClient {
    /// Its name.
    pub name: String,
    /// Where we have its logo, if we have it.
    pub logo: Option<String>,
    /// Its site.
    pub uri: Option<Url>,
    /// Its privacy policy.
    pub policy_uri: Option<Url>,
    /// Its terms.
    pub tos_uri: Option<Url>,
}

impl AskingClient {
    /// The client that sent the person here.
    #[must_use]
    pub fn of(visit: &Visit) -> Self {
        let (client, language) = (&visit.client.client, visit.locale.tag());
        Self {
            name: page::client_name(visit),
            logo: logo::url_of(&visit.client, visit.locale),
            uri: client.client_uri.in_language(language).cloned(),
            policy_uri: client.policy_uri.in_language(language).cloned(),
            tos_uri: client.tos_uri.in_language(language).cloned(),
        }
    }

    /// The same, if it is another company's: ours need no introduction.
    #[must_use]
    pub fn of_another_company(visit: &Visit) -> Option<Self> {
        let is_ours = visit.client.client.party == Party::First;
        (!is_ours).then(|| Self::of(visit))
    }
}

#[cfg(test)]
impl AskingClient {
    /// A client for the samples of pages that show one.
    pub(super) fn sample(stage: &super::sample::Stage<'_>) -> Self {
        Self {
            name: stage.of("ドライブ手帳"),
            logo: Some("/logo/rp/0123".to_owned()),
            uri: "https://rp.example/".parse().ok(),
            policy_uri: "https://rp.example/privacy?'\"><script>".parse().ok(),
            tos_uri: None,
        }
    }
}
