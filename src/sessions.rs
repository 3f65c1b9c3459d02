//! Browser sessions: how they begin, how strongly their person authenticated, which
//! clients take part in them, and how they end under every brand. What a person owes
//! an authorization request is decided in `interaction`.

pub mod between_brands;
pub mod browser;
pub mod browser_state;
pub mod clients;
pub mod end_link;
pub mod frames;
pub mod known_browser;
pub mod log_out;
pub mod passkeys;
pub mod second_factor;
pub mod sign_out;
pub mod trusted_devices;
