//! The page that relying parties keep in a frame to ask whether the person is still logged
//! in, without a request to this provider (OpenID Connect Session Management 1.0 §3.3). The
//! page is the same for everybody; the state is in the browser.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse as _, Response};

use crate::http::request_brand::RequestBrand;
use crate::pages::Pages;

/// `GET /check_session`
pub async fn get(_: RequestBrand) -> Response {
    // The only page that any site may frame: it shows nothing and changes nothing.
    let policy = format!(
        "default-src 'none'; script-src {}; base-uri 'none'; form-action 'none'; frame-ancestors *",
        Pages::check_session_script_source()
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (REFERRER_POLICY, "no-referrer".to_owned()),
        (CACHE_CONTROL, "public, max-age=300".to_owned()),
    ];
    (headers, Pages::check_session()).into_response()
}
