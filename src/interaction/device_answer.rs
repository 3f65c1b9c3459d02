//! Ends an interaction that a device asked for: the decision is kept until the device
//! polls, and the person is told to look at the device.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::device_requests;
use super::service_use::record_use;
use super::visit::Visit;
use crate::http::refusal::{PageRefusal, Refusal};
use crate::oidc::Error;
use crate::oidc::device_authorization::{Approval, Decided, Decision, Device};
use crate::oidc::grant::Grant;

/// The page that tells the person that the device goes on by itself.
pub const APPROVED: &str = "/device/complete";

/// The page that tells the person that the device was refused.
pub const DENIED: &str = "/device/denied";

/// Grants the device what the person approved.
///
/// # Errors
/// An error page if the device no longer waits. `Fault` if the database or short-lived
/// state is unreachable.
pub async fn approve(visit: Visit, device: &Device, grant: Grant) -> Result<Response, PageRefusal> {
    let account_id = grant.account_id.clone();
    let approval = Approval {
        grant,
        approved_at: visit.app.clock.now(),
    };
    let decision = Decision::Approved(Box::new(approval));
    match device_requests::decide(&visit.app, &visit.brand, device, &decision).await? {
        Decided::Now | Decided::Before => {
            record_use(&visit.app, &visit.client.client, &account_id).await?;
            Ok(visit.dress(Redirect::to(APPROVED).into_response()))
        }
        Decided::TooLate => Err(PageRefusal::Page(StatusCode::GONE, "device-expired")),
    }
}

/// Refuses the device. Whatever the reason, the device is told `access_denied` (RFC 8628
/// §3.5).
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn deny(visit: Visit, device: &Device, error: &Error) -> Result<Response, PageRefusal> {
    device_requests::decide(&visit.app, &visit.brand, device, &Decision::Denied).await?;
    let mut response = visit.dress(Redirect::to(DENIED).into_response());
    response.extensions_mut().insert(Refusal::from(error));
    Ok(response)
}
