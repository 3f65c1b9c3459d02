//! The cookies of this provider: all host-only, over https `Secure` and with the `__Host-`
//! prefix, so that no other host can set them. All are `HttpOnly` and `SameSite=Lax` but
//! one, which is no secret and is read in frames of other sites.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::brand::Brand;

/// A cookie, by its purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieKind {
    /// The secret of the browser session.
    Session,
    /// The secret of the browser, which binds interactions and forms to it.
    Browser,
    /// The language that the person chose.
    Language,
    /// The time at which the browser left for another brand's host, until it returns.
    Departure,
    /// The accounts that logged in in this browser before, sealed.
    KnownAccounts,
    /// The browser state of the login, read by our script in a relying party's frame.
    BrowserState,
    /// The secret by which accounts recognise a device that they trust.
    TrustedDevice,
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
            (Self::KnownAccounts, true) => "__Host-known-accounts",
            (Self::KnownAccounts, false) => "known-accounts",
            (Self::BrowserState, true) => "__Host-browser-state",
            (Self::BrowserState, false) => "browser-state",
            (Self::TrustedDevice, true) => "__Host-trusted-device",
            (Self::TrustedDevice, false) => "trusted-device",
        }
    }
}

/// The value of a cookie that the browser sent. Sites of the parent domain may have set
/// others beside it, which browsers send with whatever bytes they have.
#[must_use]
pub fn read(headers: &HeaderMap, brand: &Brand, kind: CookieKind) -> Option<String> {
    let name = kind.name(brand.secure);
    headers.get_all(header::COOKIE).iter().find_map(|line| {
        let line = String::from_utf8_lossy(line.as_bytes());
        line.split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value.to_owned())
    })
}

/// The value of a `Set-Cookie` header; `seconds` is `Max-Age`, zero to remove the cookie.
#[must_use]
pub fn set(brand: &Brand, kind: CookieKind, value: &str, seconds: u64) -> Option<HeaderValue> {
    let max_age = i64::try_from(seconds).unwrap_or(i64::MAX);
    let is_for_frames = kind == CookieKind::BrowserState;
    // Browsers accept `SameSite=None` over https only.
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
