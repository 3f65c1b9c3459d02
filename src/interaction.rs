//! One pending authorization request and the steps that its person still owes:
//! from the request's arrival to the authorization response. Which step is next is
//! decided by `oidc::steps`; the pages are in `screens`.

pub mod answer;
pub mod arrival;
pub mod dealer_linking;
pub mod device_answer;
pub mod device_requests;
mod facts;
pub mod front_channel;
pub mod lawful_request;
pub mod own_client;
pub mod own_pages;
pub mod proceed;
pub mod registration_draft;
pub mod request_object;
pub mod service_use;
pub mod sign_on;
pub mod state;
pub mod visit;
pub mod way_back;
