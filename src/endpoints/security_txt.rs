//! `/.well-known/security.txt` (RFC 9116): where to report a vulnerability of this server,
//! if the operator names a place.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::SharedApp;
use crate::clock::Timestamp;
use crate::fault::Fault;
use crate::http::refusal::ProtocolRefusal;
use crate::http::request_brand::RequestBrand;

/// The path.
pub const PATH: &str = "/.well-known/security.txt";

/// For how long the file says that it is right (RFC 9116 §2.5.5: less than a year).
const GOOD_FOR: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// `GET /.well-known/security.txt`
///
/// # Errors
/// `Fault` if the operator names no place, or the time is out of range.
pub async fn get(
    State(app): State<SharedApp>,
    brand: RequestBrand,
) -> Result<Response, ProtocolRefusal> {
    let contact = app.config.security_contact.as_ref();
    let contact = contact.ok_or_else(|| Fault::because("there is no security_contact"))?;
    let text = format!(
        "Contact: {contact}\nExpires: {}\nPreferred-Languages: ja, en\nCanonical: {}{PATH}\n",
        rfc_3339(app.clock.now().after(GOOD_FOR))?,
        brand.issuer,
    );
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=86400"),
    ];
    Ok((headers, text).into_response())
}

fn rfc_3339(at: Timestamp) -> Result<String, Fault> {
    let at = OffsetDateTime::from_unix_timestamp(at.0).map_err(Fault::because)?;
    at.format(&Rfc3339).map_err(Fault::because)
}
