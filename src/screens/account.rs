//! The account pages, on which a user manages their own account, independent of any
//! client's request.

pub mod authenticator_app;
pub mod birthdate;
mod change;
pub mod consents;
pub mod email;
pub mod history;
pub mod home;
pub mod leave;
pub mod member;
pub mod passkeys;
pub mod password;
pub mod phone_login;
pub mod profile;
pub mod recovery_codes;
pub mod services;
pub mod sessions;
pub mod two_steps;

use axum::Router;
use axum::routing::{MethodRouter, get};

use crate::app::SharedApp;
use crate::interaction::own_client::OwnPage;

/// Returns the routes of the account pages and of the files with the exported consents.
pub fn routes() -> Router<SharedApp> {
    let pages = OwnPage::ALL.iter();
    pages
        .fold(Router::new(), |router, page| {
            router.route(page.as_str(), handlers(*page))
        })
        .route("/account/consents.csv", get(consents::csv))
        .route("/account/consents.json", get(consents::json))
}

fn handlers(page: OwnPage) -> MethodRouter<SharedApp> {
    match page {
        OwnPage::Home => get(home::get).post(home::post),
        OwnPage::AuthenticatorApp => get(authenticator_app::get).post(authenticator_app::post),
        OwnPage::Birthdate => get(birthdate::get).post(birthdate::post),
        OwnPage::Consents => get(consents::get),
        OwnPage::Email => get(email::get).post(email::post),
        OwnPage::EmailCode => get(email::code::get).post(email::code::post),
        OwnPage::History => get(history::get),
        OwnPage::Leave => get(leave::get).post(leave::post),
        OwnPage::Passkeys => get(passkeys::get).post(passkeys::post),
        OwnPage::Password => get(password::get).post(password::post),
        OwnPage::PhoneLogin => get(phone_login::get).post(phone_login::post),
        OwnPage::PhoneLoginCode => get(phone_login::code::get).post(phone_login::code::post),
        OwnPage::Profile => get(profile::get).post(profile::post),
        OwnPage::RecoveryCodes => get(recovery_codes::get).post(recovery_codes::post),
        OwnPage::Services => get(services::get).post(services::post),
        OwnPage::Sessions => get(sessions::get).post(sessions::post),
        OwnPage::TwoSteps => get(two_steps::get).post(two_steps::post),
    }
}
