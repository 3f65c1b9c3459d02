//! The screens, over HTTP: what they refuse, what they must not reveal, and what they
//! promise to machines.

mod account_birthdate;
mod account_consents;
mod account_email;
mod account_enumeration;
mod account_leave;
mod account_pages;
mod account_phone_login;
mod account_services;
mod account_sessions;
mod account_timing;
mod address_search;
mod bounce;
mod consent;
mod dealer_choice;
mod dealer_link;
mod dealer_notice;
mod dealer_succession;
mod device;
mod error_codes;
mod flood;
mod from_the_future;
mod guardian;
mod login;
mod new_address;
mod passkey_login;
mod passkeys;
mod promises;
mod recovery;
mod registration;
mod registration_draft;
mod rules;
mod select_account;
mod service_profile;
mod step_up;
mod terms;
