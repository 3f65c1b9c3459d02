//! The keys that verify our signatures, and those that others encrypt to, as a JWK Set (RFC
//! 7517 §5), the same for every brand. It may be cached for a few minutes: the next key is
//! in it long before it signs, and the last one decrypts long after.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

use crate::app::SharedApp;
use crate::keys::jwk_set;

/// `GET /jwks`
pub async fn get(State(app): State<SharedApp>) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "application/jwk-set+json"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, jwk_set(&app.keys, &app.encryption_keys))
}
