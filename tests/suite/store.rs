//! The contract of the `store` module: every method, on both databases.

mod accounts;
mod authenticator_apps;
mod birthdate;
mod changes;
mod clients;
mod closing;
mod consents;
mod dealer_customers;
mod dealer_links;
mod dealers;
mod email;
pub(crate) mod example;
mod from_the_future;
mod grants;
mod import;
mod ledger;
mod migrations;
mod outbox;
mod passkeys;
mod password;
mod pending_changes;
mod phone_login;
mod profile;
mod recovery_codes;
mod session_clients;
mod sessions;
mod signing_keys;
