//! What an account is linked with: dealers, and other companies' services that
//! may use its information. Taking back is as easy as giving.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Services {
    /// The login ID.
    pub email: String,
    /// The dealers linked.
    pub dealers: Vec<LinkedDealer>,
    /// The services allowed.
    pub clients: Vec<AllowedClient>,
}

/// A dealer linked.
#[derive(Clone, Debug, Serialize)]
pub struct LinkedDealer {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The day it was linked.
    pub linked_on: String,
}

/// A service that may use the person's information.
#[derive(Clone, Debug, Serialize)]
pub struct AllowedClient {
    /// Its public name.
    pub client_id: String,
    /// Its name in words.
    pub name: String,
    /// What it may use, in words.
    pub items: Vec<String>,
    /// The day it was allowed.
    pub granted_on: String,
}

impl Page for Services {
    const TEMPLATE: &'static str = "account/services.html";
    const SCREEN: &'static str = "account-services";
}
