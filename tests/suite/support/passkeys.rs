//! Does what a page's script does with a passkey, by the names that the page promises to
//! the script.

use scraper::{Html, Selector};
use serde_json::Value;

use super::authenticator::Authenticator;
use super::browser::{Form, Landed, Page, Phone};
use super::provider::Provider;
use super::steps;

/// COSE algorithm ES256, the usual one of phones.
const ES256: i64 = -7;

/// Returns an authenticator in a browser on a brand's host.
pub(crate) fn authenticator(provider: &Provider, brand: &str) -> Authenticator {
    Authenticator::new(ES256, &provider.issuer_of(brand))
}

/// Returns the options that a page gives the browser for `get` or `create`, if any.
pub(crate) fn options(page: &Page, what: &str) -> Option<Value> {
    let document = Html::parse_document(&page.body);
    let name = format!("data-passkey-{what}");
    let asking = Selector::parse(&format!("[{name}]")).unwrap();
    let asking = document.select(&asking).next()?;
    Some(serde_json::from_str(asking.attr(&name)?).unwrap())
}

/// Returns the form with that button, filled with a credential.
pub(crate) fn answer(page: &Page, action: &str, credential: &Value) -> Form {
    let mut form = page.form(action);
    form.fields.retain(|(name, _)| name != "passkey");
    form.fields
        .push(("passkey".to_owned(), credential.to_string()));
    form
}

/// Adds a passkey on ⑨ or on the account page.
pub(crate) async fn add(phone: &mut Phone, page: &Page, device: &mut Authenticator) -> Landed {
    let credential = device.create(&options(page, "create").unwrap());
    let sent = phone.submit(answer(page, "add_passkey", &credential)).await;
    phone.follow(sent).await
}

/// Logs in by passkey on ⑪.
pub(crate) async fn log_in(phone: &mut Phone, landed: Landed, device: &Authenticator) -> Landed {
    let page = landed.screen("login");
    let credential = device.get(&options(&page, "get").unwrap());
    let sent = phone.submit(answer(&page, "passkey", &credential)).await;
    phone.follow(sent).await
}

/// Registers a person with a passkey that is created on a brand's host.
pub(crate) async fn owner(provider: &Provider, brand: &str, email: &str) -> Authenticator {
    steps::person(provider, email).await;
    owner_of(provider, brand, email).await
}

/// Adds a passkey to an account, created on a brand's host.
pub(crate) async fn owner_of(provider: &Provider, brand: &str, email: &str) -> Authenticator {
    let (mut phone, page) = at_passkeys(provider, brand, email).await;
    let mut device = authenticator(provider, brand);
    add(&mut phone, &page, &mut device)
        .await
        .screen("account-passkeys");
    // So that no authentication counts as recent.
    provider.let_short_lived_state_expire().await;
    device
}

/// Returns a phone whose owner has just logged in by password, on the passkeys page.
pub(crate) async fn at_passkeys(provider: &Provider, brand: &str, email: &str) -> (Phone, Page) {
    let mut phone = Phone::new();
    let url = format!("{}/account/passkeys", provider.issuer_of(brand));
    let landed = phone.open(url).await;
    let page = steps::log_in_strongly(provider, &mut phone, landed, email)
        .await
        .screen("account-passkeys");
    (phone, page)
}
