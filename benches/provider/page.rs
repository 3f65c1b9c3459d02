//! Fills in the forms of the provider's pages, as a person would.

use super::Outcome;
use scraper::{Html, Selector};
use url::form_urlencoded;

/// Fills in the login form of `page`, and returns what a click on its first button sends.
pub(crate) fn fill_in_login(page: &str, login_id: &str, password: &str) -> Outcome<String> {
    let page = Html::parse_document(page);
    let inputs = Selector::parse("form input[name]").map_err(|error| error.to_string())?;
    let buttons = Selector::parse("form button[name]").map_err(|error| error.to_string())?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    let mut asks_password = false;
    for input in page.select(&inputs) {
        let name = input.attr("name").unwrap_or_default();
        let value = match input.attr("type") {
            Some("hidden") => input.attr("value").unwrap_or_default(),
            Some("password") => {
                asks_password = true;
                password
            }
            _ => login_id,
        };
        form.append_pair(name, value);
    }
    if !asks_password {
        return Err("a page that asks for no password where a login was expected".into());
    }
    if let Some(button) = page.select(&buttons).next() {
        let of = |name| button.attr(name).unwrap_or_default();
        form.append_pair(of("name"), of("value"));
    }
    Ok(form.finish())
}
