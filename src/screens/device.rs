//! Letting a device in that cannot show a login page (RFC 8628 §3.3): a person
//! types in what it shows, says that it is theirs, and logs in as always.

pub mod confirmation;
pub mod ended;
pub mod user_code;
