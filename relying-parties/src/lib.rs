//! The demo relying parties of Common ID: one small app that becomes each of them by
//! configuration. It uses the provider by public OpenID Connect only, as any relying party
//! would, and shares no code with it.
//!
//! `relying_party.rs` lists the parties, `routes.rs` lists their routes, and `provider.rs`
//! makes all requests to the provider.

mod authorization_response;
mod bounded;
mod cookie;
mod dealer;
mod encoded;
mod failure;
mod home;
mod http_client;
mod id_token;
mod kept;
mod linked_dealers;
mod locale;
mod login;
mod logout;
mod logout_token;
pub mod native_app;
mod navi;
mod openid_client;
mod page;
mod phone_apps;
mod provider;
mod purchase_plans;
mod refresh;
mod relying_party;
mod routes;
mod service_history;
mod signed;
mod t_connect;
mod tos;
mod words;

pub use locale::Text;
pub use relying_party::{DealerSystem, OtherIssuer, RelyingPartyConfig, Service, relying_parties};
pub use routes::{CannotStart, router};
