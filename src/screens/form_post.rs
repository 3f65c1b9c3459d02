//! An answer to a client as a form that sends itself (OAuth 2.0 Form Post
//! Response Mode); without scripts, by its button.

use serde::Serialize;

use crate::pages::Page;

/// What the page shows, and sends.
#[derive(Clone, Debug, Serialize)]
pub struct FormPost {
    /// The client's redirect URI.
    pub action_url: String,
    /// The parameters of the answer.
    pub parameters: Vec<Parameter>,
}

/// A parameter.
#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "form_post.html";
    const SCREEN: &'static str = "form-post";
}
