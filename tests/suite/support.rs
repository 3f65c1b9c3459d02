//! The support code of the tests: a provider, a person's phone, a relying party, and a
//! reader of our own source.

pub(crate) mod authenticator;
pub(crate) mod both_brands;
pub(crate) mod browser;
pub(crate) mod client_key;
pub(crate) mod database;
pub(crate) mod dealers;
pub(crate) mod devices;
pub(crate) mod dns;
pub(crate) mod keyring;
pub(crate) mod linking;
pub(crate) mod log;
pub(crate) mod passkeys;
pub(crate) mod process;
pub(crate) mod provider;
pub(crate) mod proxy;
pub(crate) mod publisher;
pub(crate) mod receiver;
pub(crate) mod registrar;
pub(crate) mod relay;
pub(crate) mod relying_party;
pub(crate) mod second_factors;
pub(crate) mod servers;
pub(crate) mod small_redis;
pub(crate) mod source;
pub(crate) mod steps;
pub(crate) mod work;
