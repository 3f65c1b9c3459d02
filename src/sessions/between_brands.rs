//! Statements that a browser carries from one brand's host to another's. A statement is
//! sealed by this provider, names its addressee and the time it was made. No host is ever
//! taken from the request, so nobody can be redirected elsewhere by it.

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

/// The query parameter that holds a statement.
pub const STATEMENT: &str = "statement";

/// A reason to send a browser to another brand.
pub trait Statement: Serialize + DeserializeOwned {
    /// Identifies the kind of statement. A statement of one kind does not open as another.
    const KIND: &'static str;

    /// Seals the statement into the text for the URL.
    ///
    /// # Errors
    /// `Fault` if sealing fails.
    fn seal(&self, app: &App) -> Result<String, Fault> {
        let plain = serde_json::to_vec(self)?;
        let kind = Self::KIND.as_bytes();
        app.sealer
            .seal(Purpose::BetweenBrands, kind, &plain, &app.random)
    }

    /// Opens the text of a URL; `None` if this provider did not seal it as this kind.
    fn open(app: &App, text: &str) -> Option<Self> {
        let kind = Self::KIND.as_bytes();
        let plain = app.sealer.open(Purpose::BetweenBrands, kind, text)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// The error page for a statement that this provider did not make, or that is too old.
#[must_use]
pub const fn not_ours() -> PageRefusal {
    PageRefusal::Page(StatusCode::BAD_REQUEST, "link-expired")
}

/// Redirects a browser to a brand's page.
///
/// # Errors
/// `Fault` if the address is no header value.
pub fn see(brand: &Brand, path: &str, query: &[(&str, &str)]) -> Result<Response, Fault> {
    let mut url = format!("{}{path}", brand.issuer);
    if !query.is_empty() {
        url.push('?');
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        url.push_str(&pairs.extend_pairs(query).finish());
    }
    see_url(&url)
}

/// Redirects a browser to an address.
///
/// # Errors
/// `Fault` if the address is no header value.
pub fn see_url(url: &str) -> Result<Response, Fault> {
    let location = HeaderValue::try_from(url).map_err(Fault::because)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}
