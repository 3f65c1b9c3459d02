//! The cookies we set: all host-only, over https `Secure` with the `__Host-` prefix,
//! so that no other host can plant them; `HttpOnly` and `SameSite=Lax`, all but one
//! that is no secret and is there to be read in other sites' pages.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::brand::Brand;

/// A cookie by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieKind {
    /// The secret of the browser session: who is logged in.
    Session,
    /// A secret of the browser: binds interactions and forms to it.
    Browser,
    /// The language the person chose.
    Language,
    /// When the browser left for another brand's host, until it comes back.
    Departure,
    /// A mark of the login, read by our script in a frame of a relying party.
    BrowserState,
}

impl CookieKind {
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-session",
            (Self::Session, false) => "session",
            (Self::Browser, true) => "__Host-browser",
            (Self::Browser, false) => "browser",
            (Self::Language, true) => "__Host-language",
            (Self::Language, false) => "language",
            (Self::Departure, true) => "__Host-departure",
            (Self::Departure, false) => "departure",
            (Self::BrowserState, true) => "__Host-browser-state",
            (Self::BrowserState, false) => "browser-state",
        }
    }
}

/// The value of a cookie the browser sent.
#[must_use]
pub fn read(headers: &HeaderMap, brand: &Brand, kind: CookieKind) -> Option<String> {
    let name = kind.name(brand.secure);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(given, _)| *given == name)
        .map(|(_, value)| value.to_owned())
}

/// A `Set-Cookie` header's value; `seconds` of life, zero to remove it.
#[must_use]
pub fn set(brand: &Brand, kind: CookieKind, value: &str, seconds: u64) -> Option<HeaderValue> {
    let max_age = i64::try_from(seconds).unwrap_or(i64::MAX);
    let is_for_frames = kind == CookieKind::BrowserState;
    // Browsers take `None` over https only.
    let same_site = if is_for_frames && brand.secure {
        SameSite::None
    } else {
        SameSite::Lax
    };
    let cookie = Cookie::build((kind.name(brand.secure), value))
        .path("/")
        .http_only(!is_for_frames)
        .same_site(same_site)
        .secure(brand.secure)
        .max_age(time::Duration::seconds(max_age))
        .build();
    HeaderValue::from_str(&cookie.to_string()).ok()
}
