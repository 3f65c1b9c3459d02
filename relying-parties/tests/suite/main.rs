//! Tests of the relying parties against a small provider, which can be told to misbehave.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod browser;
mod dealer;
mod fake_provider;
mod login;
mod logout;
mod logout_token;
mod native_app;
mod navi;
mod pages;
mod phone_apps;
mod t_connect;
mod tos;
