//! The pages of the seed and those around them, by journey. Each file has what
//! its template is filled with, and what happens when its form is sent.

pub mod account;
pub mod consent;
pub mod dealer_link;
pub mod error;
pub mod form_post;
pub mod logged_out;
pub mod login;
pub mod logout;
pub mod registration;
pub mod select_account;
pub mod terms;

#[cfg(test)]
mod rendering;
