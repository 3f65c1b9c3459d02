//! Our own pages for people with an account, such as the services they allowed.
//! Whoever comes without a session is sent through an interaction like anyone
//! else's, asked for by a client that stands in no register: it is given no
//! code, only the way back to the page.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::lawful_request::lawful_request;
use super::refusal::PageRefusal;
use super::visit_arrival::Arrival;
use crate::app::App;
use crate::brand::Brand;
use crate::locale::Locale;
use crate::oidc::authentication_context::AuthenticationContext;
use crate::oidc::authorization_request::{Channel, RawAuthorizationRequest};
use crate::oidc::client::{Client, ClientId, GrantType, Party, RESERVED, ResponseType};
use crate::oidc::scope::Scope;
use crate::store::clients::StoredClient;

/// The pages, by their path below the issuer.
const PAGES: &[&str] = &[
    "/account",
    "/account/birthdate",
    "/account/consents",
    "/account/email",
    "/account/email/code",
    "/account/leave",
    "/account/passkeys",
    "/account/password",
    "/account/phone-login",
    "/account/phone-login/code",
    "/account/profile",
    "/account/services",
    "/account/sessions",
];

/// Which login a page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Any that holds.
    Any,
    /// One within `sessions.sensitive_after`.
    Recent,
    /// One within `sessions.sensitive_after`, with a second factor.
    Strong,
    /// One from now on.
    Fresh,
}

/// Whether a client is this one.
#[must_use]
pub fn is_own(client: &Client) -> bool {
    client.client_id.0 == RESERVED
}

/// The client that asks for them, if `id` names it.
#[must_use]
pub fn client_named(id: &ClientId, brand: &Brand) -> Option<Arc<StoredClient>> {
    (id.0 == RESERVED).then(|| Arc::new(client(brand)))
}

/// The arrival of a person who wants the page at `path` and is not logged in so.
/// Who wanted a file of a page (`PAGE.csv`) comes back to the page: a browser that
/// is sent on to a file stays where it was, which is at the login.
///
/// # Errors
/// If there is no such page.
pub fn arrival(app: &App, brand: &Brand, path: &str, login: Login) -> Result<Arrival, PageRefusal> {
    let path = path.split_once('.').map_or(path, |(page, _form)| page);
    let client = Arc::new(client(brand));
    let mut parameters = BTreeMap::from([
        ("client_id".to_owned(), RESERVED.to_owned()),
        ("redirect_uri".to_owned(), url_of(brand, path)),
        ("response_type".to_owned(), "code".to_owned()),
        ("scope".to_owned(), "openid".to_owned()),
    ]);
    let max_age = match login {
        Login::Any => None,
        Login::Recent | Login::Strong => Some(app.config.sessions.sensitive_after.as_secs()),
        Login::Fresh => Some(0),
    };
    if let Some(max_age) = max_age {
        parameters.insert("max_age".to_owned(), max_age.to_string());
    }
    if login == Login::Strong {
        let acr = AuthenticationContext::PasswordAndCode.as_str();
        let claims = json!({"id_token": {"acr": {"essential": true, "value": acr}}});
        parameters.insert("claims".to_owned(), claims.to_string());
    }
    let raw = RawAuthorizationRequest(parameters);
    let request = lawful_request(app, brand, &client.client, &raw, Channel::Browser)
        .map_err(|refused| PageRefusal::Client(refused.into_error()))?;
    Ok(Arrival {
        client,
        request,
        raw,
        pushed_as: None,
    })
}

fn url_of(brand: &Brand, path: &str) -> String {
    format!("{}{path}", brand.issuer)
}

fn client(brand: &Brand) -> StoredClient {
    let names = Locale::ALL.map(|locale| {
        let name = brand.display_name(locale).to_owned();
        (locale.tag().to_owned(), name)
    });
    let client = Client {
        client_name: BTreeMap::from(names),
        brands: vec![brand.name.clone()],
        party: Party::First,
        redirect_uris: PAGES.iter().map(|path| url_of(brand, path)).collect(),
        grant_types: vec![GrantType::AuthorizationCode],
        response_types: vec![ResponseType::Code],
        scope: Scope::of(["openid"]),
        // No code is given, so there is nothing to bind by PKCE.
        may_omit_pkce: true,
        ..Client::named(ClientId(RESERVED.to_owned()))
    };
    StoredClient::of(client, None)
}
