//! All tests from outside: over HTTP, on real databases, or by reading the source. They are
//! one binary, so that it links once.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what is wrong by failing"
)]

mod account_import;
mod conformance;
mod connections;
mod dealer_events;
mod endpoints;
mod journeys;
mod ledger_anchors;
mod screens;
mod security_events;
mod support;

/// Tests that do not depend on the backend of the run: they start no provider, or choose
/// the backends themselves. `./test` runs them once, with the tests on SQLite.
#[path = "."]
mod once {
    mod commands;
    mod documents;
    mod encryption_keys;
    mod ephemeral;
    mod error_reference;
    mod keys;
    #[path = "journeys/killed.rs"]
    mod killed;
    mod layers;
    mod locales;
    mod mail;
    mod pairwise;
    mod store;
    #[path = "journeys/two_nodes.rs"]
    mod two_nodes;
}
