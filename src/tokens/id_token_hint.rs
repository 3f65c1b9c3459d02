//! An `id_token_hint`: an ID token of ours, given back to say who is meant. It
//! may have expired (RP-Initiated Logout 1.0 §2); it must be genuine. A client that
//! gets them encrypted gives back the signed token that was inside, as it is or
//! encrypted to us (OpenID Connect Core §3.1.2.1); what is encrypted to the client
//! we cannot read.

use crate::app::App;
use crate::brand::Brand;
use crate::oidc::authorization_request::{HintedBy, RawAuthorizationRequest};
use crate::oidc::id_token_hint::IdTokenHint;

/// Reads a hint; nothing if we did not sign it under this brand.
#[must_use]
pub fn read(app: &App, brand: &Brand, token: &str) -> Option<IdTokenHint> {
    let opened = match token.split('.').count() {
        // RFC 7516 §9: five parts are a JWE.
        5 => String::from_utf8(app.encryption_keys.decrypt(token)?.plain).ok()?,
        _ => token.to_owned(),
    };
    let claims = app.keys.verify(&opened, None)?;
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
