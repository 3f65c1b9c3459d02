//! An `id_token_hint`: an ID token of this provider that a client sends back to name the
//! person. It may have expired (RP-Initiated Logout 1.0 §2), but its signature must be
//! valid. A client that gets encrypted ID tokens sends back the signed token inside, as it
//! is or encrypted to this provider (OpenID Connect Core §3.1.2.1); a token encrypted to
//! the client cannot be read here.

use crate::app::App;
use crate::brand::Brand;
use crate::oidc::authorization_request::{HintedBy, RawAuthorizationRequest};
use crate::oidc::id_token_hint::IdTokenHint;

/// Reads a hint; `None` if it was not signed by this provider under this brand.
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

/// Reads the hint of an authorization request, if it has one.
#[must_use]
pub fn hinted_by(app: &App, brand: &Brand, raw: &RawAuthorizationRequest) -> HintedBy {
    match raw.get("id_token_hint") {
        None => HintedBy::Nothing,
        Some(token) => read(app, brand, token).map_or(HintedBy::Forgery, HintedBy::Genuine),
    }
}
