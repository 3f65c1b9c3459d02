//! Second factors in the hands of a person: the authenticator app on their phone, and the
//! recovery codes that they printed.

use std::time::Duration;

use scraper::{Html, Selector};
use totp_rs::{Builder, Secret, Totp};
use url::Url;

use super::browser::{Page, Phone};
use super::provider::Provider;
use super::steps;

/// The length of a time step.
pub(crate) const STEP: Duration = Duration::from_secs(30);

/// An authenticator app.
pub(crate) struct App(Totp);

impl App {
    /// Reads what a page offers, as from its QR code.
    pub(crate) fn scan(page: &Page) -> Self {
        let document = Html::parse_document(&page.body);
        let link = Selector::parse("a[href^='otpauth:']").unwrap();
        let link = document.select(&link).next().expect("an offered secret");
        let address = Url::parse(link.attr("href").unwrap()).unwrap();
        let value = |wanted: &str| {
            let found = address.query_pairs().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.into_owned())
        };
        let secret = Secret::try_from_base32(value("secret").unwrap()).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    /// Returns the code that the app shows now, by a clock that is so many steps ahead.
    pub(crate) fn code_at(&self, provider: &Provider, steps_ahead: i64) -> String {
        let at = provider.app.clock.now().0 + 30 * steps_ahead;
        self.0.generate(u64::try_from(at).unwrap()).to_string()
    }

    /// Returns the code that the app shows now.
    pub(crate) fn code(&self, provider: &Provider) -> String {
        self.code_at(provider, 0)
    }
}

/// Returns a phone that opened an account page for which it logged in by password and by the
/// code of a mail.
pub(crate) async fn strongly_at(provider: &Provider, path: &str, email: &str) -> (Phone, Page) {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url(path)).await;
    let page = steps::log_in(&mut phone, landed, email)
        .await
        .screen("login-code");
    let code = provider.code_for(email).await;
    let page = phone.press(&page, "next", &[("code", &code)]).await.page();
    (phone, page)
}

/// Adds an authenticator app to an account, and lets its first step pass.
pub(crate) async fn app_of(provider: &Provider, email: &str) -> App {
    let path = "/account/authenticator-app";
    let (mut phone, page) = strongly_at(provider, path, email).await;
    let app = App::scan(&page);
    let code = app.code(provider);
    phone
        .press(&page, "add_app", &[("code", &code)])
        .await
        .screen("account-authenticator-app");
    // So that no login counts as recent, and no message towards the limits.
    provider.let_short_lived_state_expire().await;
    app
}

/// Makes recovery codes for an account that has no app.
pub(crate) async fn recovery_codes_of(provider: &Provider, email: &str) -> Vec<String> {
    let (mut phone, page) = strongly_at(provider, "/account/recovery-codes", email).await;
    let page = phone.press(&page, "make", &[]).await.page();
    provider.let_short_lived_state_expire().await;
    codes_on(&page)
}

/// Returns the recovery codes on a page.
pub(crate) fn codes_on(page: &Page) -> Vec<String> {
    let document = Html::parse_document(&page.body);
    let codes = Selector::parse(".recovery-codes li").unwrap();
    let codes = document.select(&codes);
    codes.map(|code| code.text().collect()).collect()
}
