//! An `id_token_hint`: an ID token of ours, given back to say who is meant. It
//! may have expired (RP-Initiated Logout 1.0 §2); it must be genuine.

use crate::app::App;
use crate::brand::Brand;
use crate::oidc::authorization_request::{HintedBy, RawAuthorizationRequest};
use crate::oidc::id_token_hint::IdTokenHint;

/// Reads a hint; nothing if we did not sign it under this brand.
#[must_use]
pub fn read(app: &App, brand: &Brand, token: &str) -> Option<IdTokenHint> {
    let claims = app.keys.verify(token, None)?;
    IdTokenHint::read(&claims, &brand.issuer)
}

/// What became of the hint of a request.
#[must_use]
pub fn hinted_by(app: &App, brand: &Brand, raw: &RawAuthorizationRequest) -> HintedBy {
    match raw.get("id_token_hint") {
        None => HintedBy::Nothing,
        Some(token) => read(app, brand, token).map_or(HintedBy::Forgery, HintedBy::Genuine),
    }
}
