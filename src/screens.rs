//! The pages of the seed and those around them, by journey. Each file has what
//! its template is filled with, and what happens when its form is sent.

pub mod account;
pub mod consent;
pub mod dealer_link;
pub mod error;
pub mod logged_out;
pub mod login;
pub mod logout;
pub mod registration;
pub mod select_account;
pub mod terms;

use axum::Router;
use axum::routing::get;

use crate::app::SharedApp;

#[cfg(test)]
mod rendering;

/// The pages, below a brand's host.
pub fn routes() -> Router<SharedApp> {
    Router::new()
        .route("/logout/confirm", get(logout::show).post(logout::submit))
        .route("/logged-out", get(logged_out::show))
}
