//! The rules for accounts and the data that people give: addresses, names, phone numbers,
//! passwords, consents, passkeys. Everything here is a pure function: it does no IO, reads
//! no clock and imports no axum, sqlx, redis or tokio. Storing and sending is left to
//! `store`, `mail` and `sms`.

pub mod account;
pub mod address_search;
pub mod authenticator_app;
pub mod birthdate;
pub mod browser_session;
pub mod consent;
pub mod day;
pub mod dealer;
pub mod dealer_directory;
pub mod device_label;
pub mod email_address;
pub mod factors;
pub mod field_errors;
pub mod guardian;
pub mod ledger;
pub mod letter_code;
pub mod login_id;
pub mod one_time_code;
pub mod passkey;
pub mod password;
pub mod pending_change;
pub mod person_name;
pub mod phone_number;
pub mod postal_address;
pub mod postal_codes;
pub mod profile;
pub mod profile_form;
pub mod recovered;
pub mod recovery_code;
pub mod refused_domains;
pub mod registration;
pub mod second_factor;
pub mod service_use;
mod sorted_text;
pub mod trusted_device;
pub mod undo_code;
pub mod verification_code;
