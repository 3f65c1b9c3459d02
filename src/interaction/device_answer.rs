//! How an interaction for a device ends: what the device is to be told is kept
//! until it asks, and the person is told to look at it.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::device_requests;
use super::service_use::record_use;
use super::visit::Visit;
use crate::http::refusal::{PageRefusal, Refusal};
use crate::oidc::Error;
use crate::oidc::authentication_context::Wanted;
use crate::oidc::device_authorization::{Approval, Decided, Decision, Device};
use crate::oidc::steps::Granted;
use crate::sessions::browser::LiveSession;
use crate::sessions::second_factor;

/// Where a person is told that the device goes on by itself.
pub const APPROVED: &str = "/device/complete";

/// Where a person is told that the device was refused.
pub const DENIED: &str = "/device/denied";

/// The device gets what the person granted.
///
/// # Errors
/// A page, if the device no longer waits; if short-lived state cannot be reached.
pub async fn approve(
    visit: Visit,
    device: &Device,
    granted: Granted,
    live: LiveSession,
) -> Result<Response, PageRefusal> {
    let attained = second_factor::attained(&visit.app, &live);
    let wanted = Wanted::by(&visit.interaction.request);
    let account_id = live.account.id;
    let approval = Approval {
        account_id: account_id.clone(),
        grant_id: visit.app.random.id(),
        scope: granted.scope,
        claims: granted.claims,
        authorization_details: granted.authorization_details,
        auth_time: live.session.auth_time,
        acr: Wanted::told(wanted.as_ref(), attained.context).to_string(),
        amr: attained.amr,
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

/// The device is told no, whatever the reason: that is the one word for it (RFC 8628 §3.5).
///
/// # Errors
/// If short-lived state cannot be reached.
pub async fn deny(visit: Visit, device: &Device, error: &Error) -> Result<Response, PageRefusal> {
    device_requests::decide(&visit.app, &visit.brand, device, &Decision::Denied).await?;
    let mut response = visit.dress(Redirect::to(DENIED).into_response());
    response.extensions_mut().insert(Refusal::from(error));
    Ok(response)
}
