//! The keys that verify our signatures, as a JWK Set (RFC 7517 §5), the same
//! for every brand. Cached a few minutes: the next key is in it long before it signs.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

use crate::app::SharedApp;

/// `GET /jwks`
pub async fn get(State(app): State<SharedApp>) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "application/jwk-set+json"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (
        headers,
        Bytes::from_owner(Arc::<[u8]>::from(app.keys.jwks())),
    )
}
