//! The authorization request of an account page: a person without a sufficient session is
//! sent through an interaction like those of relying parties, asked for by `own_client`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::arrival::Arrival;
use super::lawful_request::lawful_request;
use super::own_client::{client, url_of};
use crate::app::App;
use crate::brand::Brand;
use crate::http::refusal::PageRefusal;
use crate::oidc::authentication_context::AuthenticationContext;
use crate::oidc::authorization_request::{RawAuthorizationRequest, Requester};
use crate::oidc::client::RESERVED;
use crate::oidc::prompt::Prompt;

/// The login that a page requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Any session.
    Any,
    /// A login within `sessions.sensitive_after`.
    Recent,
    /// A login within `sessions.sensitive_after`, with a second factor.
    Strong,
    /// A new login.
    Fresh,
    /// Any session, or else a new account.
    NewAccount,
}

/// Makes the arrival of a person who wants the page at `path` and lacks the required login.
/// A request for a file of a page (`PAGE.csv`) returns to the page itself: a browser that
/// is redirected to a file would stay on the login page.
///
/// # Errors
/// An error page if there is no such page.
pub fn arrival(app: &App, brand: &Brand, path: &str, login: Login) -> Result<Arrival, PageRefusal> {
    let path = path.split_once('.').map_or(path, |(page, _form)| page);
    let client = Arc::new(client(brand));
    let url = url_of(brand, path);
    let mut parameters = BTreeMap::from([
        ("client_id".to_owned(), RESERVED.to_owned()),
        ("redirect_uri".to_owned(), url.clone()),
        ("response_type".to_owned(), "code".to_owned()),
        ("scope".to_owned(), "openid".to_owned()),
    ]);
    let max_age = match login {
        Login::Any | Login::NewAccount => None,
        Login::Recent | Login::Strong => Some(app.config.sessions.sensitive_after.as_secs()),
        Login::Fresh => Some(0),
    };
    if let Some(max_age) = max_age {
        parameters.insert("max_age".to_owned(), max_age.to_string());
    }
    if login == Login::NewAccount {
        // Initiating User Registration via OpenID Connect 1.0 §4.
        parameters.insert("prompt".to_owned(), Prompt::Create.to_string());
    }
    if login == Login::Strong {
        let acr = AuthenticationContext::TwoFactors.as_str();
        let claims = json!({"id_token": {"acr": {"essential": true, "value": acr}}});
        parameters.insert("claims".to_owned(), claims.to_string());
    }
    let raw = RawAuthorizationRequest(parameters);
    let request = lawful_request(app, brand, &client.client, &raw, Requester::OwnPage(url))
        .map_err(|refused| PageRefusal::Client(refused.into_error()))?;
    Ok(Arrival {
        client,
        request,
        raw,
    })
}
