//! One-time codes for people who have an account: how a code is derived, how many
//! may be sent and how often one may be guessed; those of authenticator apps, and recovery
//! codes. The pages that ask for a code are in `screens`; the codes of a registration are in
//! `accounts::registration`.

pub mod authenticator_app;
pub mod guess;
pub mod limits;
pub mod one_time_code;
pub mod phone_login;
pub mod recovery;
pub mod recovery_codes;
