//! The last pages of the device flow: the device continues by itself, or was denied.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;

use crate::app::SharedApp;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::interaction::arrival::language_of;
use crate::pages::{Page, Shell};

/// The device was approved.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DeviceComplete {}

impl Page for DeviceComplete {
    const TEMPLATE: &'static str = "device/complete.html";
    const SCREEN: &'static str = "device-complete";
}

/// The device was denied.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DeviceDenied {}

impl Page for DeviceDenied {
    const TEMPLATE: &'static str = "device/denied.html";
    const SCREEN: &'static str = "device-denied";
}

/// `GET /device/complete`
///
/// # Errors
/// `Fault` if the page cannot be rendered.
pub async fn complete(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    show(&app, &brand, &uri, &headers, &DeviceComplete {})
}

/// `GET /device/denied`
///
/// # Errors
/// `Fault` if the page cannot be rendered.
pub async fn denied(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    show(&app, &brand, &uri, &headers, &DeviceDenied {})
}

fn show<P: Page>(
    app: &SharedApp,
    brand: &RequestBrand,
    uri: &Uri,
    headers: &HeaderMap,
    page: &P,
) -> Result<Response, PageRefusal> {
    let locale = language_of(brand, uri, headers);
    let shell =
        Shell::new(&brand.name, brand.display_name(locale), locale).at(uri.path().to_owned());
    Ok(Html(app.pages.render(&shell, page)?).into_response())
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        stage.show("device-complete", stage.shell(), &DeviceComplete {});
        stage.show("device-denied", stage.shell(), &DeviceDenied {});
    }
}
