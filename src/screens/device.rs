//! The device flow (RFC 8628 §3.3): a device that cannot show a login page shows a code,
//! and the person types it in here, confirms that the device is theirs, and logs in as
//! usual.

pub mod confirmation;
pub mod ended;
pub mod user_code;
