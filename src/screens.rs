//! The pages, by journey. Each file has the data of its template and handles its form; what
//! a form changes is decided in `accounts` and `oidc`, and stored by `store`. The numbers ①
//! to ⑯ are the screens of the product's own flow: `docs/screens.md` lists their names,
//! files and paths.

pub mod account;
pub mod address_search;
pub mod asking_client;
pub mod assets;
pub mod change_cancel;
pub mod code_page;
pub mod consent;
pub mod current_step;
pub mod dealer_link;
pub mod debugger;
pub mod device;
pub mod email_undo;
pub mod end_sessions;
pub mod error;
pub mod error_codes;
pub mod front;
pub mod logged_out;
pub mod login;
pub mod logo;
pub mod logout;
pub mod new_address;
pub mod new_password;
pub mod profile_lines;
mod qr_code;
pub mod recovery;
pub mod registration;
pub mod select_account;
pub mod service_profile;
pub mod terms;

pub mod form;
pub mod page;

use axum::Router;
use axum::routing::{get, post};

use crate::app::SharedApp;

#[cfg(test)]
mod rendering;
#[cfg(test)]
mod sample;

/// Returns the routes of all pages, below a brand's host.
pub fn routes() -> Router<SharedApp> {
    Router::new()
        .nest("/interaction/{interaction}", steps())
        .route(front::PLACE, get(front::get))
        .route("/registration", get(front::register))
        .route("/.well-known/change-password", get(front::change_password))
        .route("/robots.txt", get(front::robots))
        .route("/logo/{client_id}/{name}", get(logo::get))
        .merge(account::routes())
        .route(
            "/device",
            get(device::user_code::get).post(device::user_code::post),
        )
        .route("/device/complete", get(device::ended::complete))
        .route("/device/denied", get(device::ended::denied))
        .route(
            "/change-cancel",
            get(change_cancel::get).post(change_cancel::post),
        )
        .route("/email-undo", get(email_undo::get).post(email_undo::post))
        .route(
            crate::sessions::end_link::PATH,
            get(end_sessions::get).post(end_sessions::post),
        )
        .route("/errors", get(error_codes::list))
        .route("/errors/{code}", get(error_codes::get))
        .route("/recovery", get(recovery::begin))
        .route("/terms", get(terms::get))
        .route("/logout/confirm", get(logout::show).post(logout::submit))
        .route("/logged-out", get(logged_out::show))
        .route("/assets/{name}", get(assets::get))
        .route("/postal-code/{code}", get(address_search::get))
        .fallback(error::not_found)
}

/// Returns the routes of the pages of one interaction. `interaction::proceed::page_of` maps
/// the steps to these paths.
fn steps() -> Router<SharedApp> {
    use registration::{already_registered, code, complete, confirmation, details, email, terms};
    Router::new()
        .route("/", get(current_step::get))
        .route("/cancel", post(current_step::cancel))
        .route("/login", get(login::get).post(login::post))
        .route("/login/app", get(login::app::get).post(login::app::post))
        .route(
            "/login/reopen",
            get(login::reopen::get).post(login::reopen::post),
        )
        .route("/login/code", get(login::code::get).post(login::code::post))
        .route(
            "/login/passkey",
            get(login::second_passkey::get).post(login::second_passkey::post),
        )
        .route(
            "/login/recovery-code",
            get(login::recovery_code::get).post(login::recovery_code::post),
        )
        .route(
            "/recovery",
            get(recovery::start::get).post(recovery::start::post),
        )
        .route(
            "/recovery/code",
            get(recovery::code::get).post(recovery::code::post),
        )
        .route(
            "/recovery/password",
            get(recovery::password::get).post(recovery::password::post),
        )
        .route(
            "/recovery/complete",
            get(recovery::complete::get).post(recovery::complete::post),
        )
        .route("/terms", get(terms::get).post(terms::post))
        .route("/registration/email", get(email::get).post(email::post))
        .route("/registration/code", get(code::get).post(code::post))
        .route(
            "/registration/already-registered",
            get(already_registered::get).post(already_registered::post),
        )
        .route(
            "/registration/details",
            get(details::get).post(details::post),
        )
        .route(
            "/registration/confirmation",
            get(confirmation::get).post(confirmation::post),
        )
        .route(
            "/registration/complete",
            get(complete::get).post(complete::post),
        )
        .route(
            "/select-account",
            get(select_account::get).post(select_account::post),
        )
        .route(
            "/device",
            get(device::confirmation::get).post(device::confirmation::post),
        )
        .route("/consent", get(consent::get).post(consent::post))
        .route(
            "/dealer-choice",
            get(dealer_link::choice::get).post(dealer_link::choice::post),
        )
        .route(
            "/dealer-link",
            get(dealer_link::consent::get).post(dealer_link::consent::post),
        )
        .route(
            "/dealer-link/guardian",
            get(dealer_link::guardian::get).post(dealer_link::guardian::post),
        )
        .route(
            "/profile",
            get(service_profile::edit::get).post(service_profile::edit::post),
        )
        .route(
            "/profile/confirmation",
            get(service_profile::confirmation::get).post(service_profile::confirmation::post),
        )
        .route(
            "/profile/complete",
            get(service_profile::complete::get).post(service_profile::complete::post),
        )
        .route(
            "/dealer-link/complete",
            get(dealer_link::complete::get).post(dealer_link::complete::post),
        )
}
