//! Everything that is tested from outside: by HTTP, against real databases, or
//! by reading the tree. One binary, so that it links once.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what is wrong by failing"
)]

mod commands;
mod conformance;
mod dealer_events;
mod documents;
mod encryption_keys;
mod endpoints;
mod ephemeral;
mod error_reference;
mod journeys;
mod keys;
mod layers;
mod locales;
mod mail;
mod pairwise;
mod screens;
mod store;
mod support;
