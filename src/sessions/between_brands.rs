//! What a browser carries from one brand's host to another's: a statement of
//! ours, sealed, that says itself whom it is for and when it was made. No host
//! is ever named by what came from outside, so nobody is sent elsewhere by it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::app::App;
use crate::brand::Brand;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::seal::Purpose;

/// The query parameter that a statement travels in.
pub const STATEMENT: &str = "statement";

/// What a browser may be sent to another brand for.
pub trait Statement: Serialize + DeserializeOwned {
    /// Tells one kind from the other: neither opens as the other.
    const KIND: &'static str;

    /// The text for the URL.
    ///
    /// # Errors
    /// If sealing fails.
    fn seal(&self, app: &App) -> Result<String, Fault> {
        let plain = serde_json::to_vec(self)?;
        let kind = Self::KIND.as_bytes();
        app.sealer
            .seal(Purpose::BetweenBrands, kind, &plain, &app.random)
    }

    /// Opens the text of a URL; nothing if we did not make it for this.
    fn open(app: &App, text: &str) -> Option<Self> {
        let kind = Self::KIND.as_bytes();
        let plain = app.sealer.open(Purpose::BetweenBrands, kind, text)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// What a person is shown whose link is not ours, or too old to be honoured.
#[must_use]
pub const fn not_ours() -> PageRefusal {
    PageRefusal::Page(StatusCode::BAD_REQUEST, "link-expired")
}

/// Sends a browser to a brand's page.
///
/// # Errors
/// If the address is no header value.
pub fn see(brand: &Brand, path: &str, query: &[(&str, &str)]) -> Result<Response, Fault> {
    let mut url = format!("{}{path}", brand.issuer);
    if !query.is_empty() {
        url.push('?');
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        url.push_str(&pairs.extend_pairs(query).finish());
    }
    see_url(&url)
}

/// Sends a browser to an address.
///
/// # Errors
/// If it is no header value.
pub fn see_url(url: &str) -> Result<Response, Fault> {
    let location = HeaderValue::try_from(url).map_err(Fault::because)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}
