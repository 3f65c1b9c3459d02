//! Consent to what another company's client may know.

use serde::Serialize;
use url::Url;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Consent {
    /// Who asks.
    pub client: AskingClient,
    /// The login ID of the account.
    pub email: String,
    /// The scopes, in words.
    pub items: Vec<String>,
    /// The scopes themselves, as they were shown.
    pub scope: String,
}

/// The client that asks.
#[derive(Clone, Debug, Serialize)]
pub struct AskingClient {
    /// Its name.
    pub name: String,
    /// Its site.
    pub uri: Option<Url>,
    /// Its privacy policy.
    pub policy_uri: Option<Url>,
    /// Its terms.
    pub tos_uri: Option<Url>,
}

impl Page for Consent {
    const TEMPLATE: &'static str = "consent.html";
    const SCREEN: &'static str = "consent";
}
