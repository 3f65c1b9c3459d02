//! How a client is presented on the login page and on the consent page: its name, logo and
//! links.

use serde::Serialize;
use url::Url;

use super::{logo, page};
use crate::interaction::visit::Visit;
use crate::oidc::client::Party;

/// The client that sent the person here.
#[derive(Clone, Debug, Serialize)]
pub struct AskingClient {
    /// The name of the client.
    pub name: String,
    /// The path of the client's logo, if one is stored.
    pub logo: Option<String>,
    /// The client's web site.
    pub uri: Option<Url>,
    /// The client's privacy policy.
    pub policy_uri: Option<Url>,
    /// The client's terms of service.
    pub tos_uri: Option<Url>,
}

impl AskingClient {
    /// Returns the client of this visit.
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

    /// Returns the client of this visit if it belongs to another company; our own services
    /// are not introduced.
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
