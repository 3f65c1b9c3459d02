//! The metadata of an issuer (OpenID Connect Discovery 1.0 §4, RFC 8414 §3): one document
//! for both specifications, written once at start for each brand.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::app::SharedApp;
use crate::http::request_brand::RequestBrand;

/// `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`
pub async fn get(State(app): State<SharedApp>, brand: RequestBrand) -> Response {
    let document = app.metadata.get(&brand.name).cloned().unwrap_or_default();
    (
        [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "public, max-age=300"),
        ],
        document,
    )
        .into_response()
}
