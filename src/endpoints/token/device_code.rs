//! The device code grant (RFC 8628 §3.4): the device polls until its person has decided. An
//! approved request is spent once, like an authorization code.

use crate::app::App;
use crate::brand::Brand;
use crate::ephemeral::Spent;
use crate::fault::Fault;
use crate::http::client_authentication::AuthenticatedClient;
use crate::http::refusal::ProtocolRefusal;
use crate::interaction::device_requests;
use crate::oidc::device_authorization::{Approval, Decision, DeviceAuthorization, Polled};
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::token_response::TokenResponse;
use crate::oidc::{Error, ErrorCode};
use crate::tokens::issue;

/// Answers a device's poll.
///
/// # Errors
/// As RFC 8628 §3.5 says; `invalid_grant` if the code is not valid for this client.
pub async fn ask(
    app: &App,
    brand: &Brand,
    client: &AuthenticatedClient,
    device_code: &str,
) -> Result<TokenResponse, ProtocolRefusal> {
    match device_requests::poll(app, brand, client, device_code).await? {
        Some(Polled::Approved) => {}
        Some(Polled::Later(error) | Polled::Never(error)) => {
            return Err(error.breaks(rule::DEVICE_DECISION).into());
        }
        // A request that was spent cannot be polled any more either.
        None => return Err(used_or_unknown(app, client, device_code).await?.into()),
    }
    match device_requests::spend(app, device_code).await? {
        Spent::First(bytes) => {
            let approval = approval(DeviceAuthorization::from_bytes(&bytes)?)?;
            let source = issue::source_of(app, approval.grant, approval.approved_at).await?;
            issue::first_tokens(app, brand, client, &source).await
        }
        Spent::Again(_) | Spent::Never => {
            Err(used_or_unknown(app, client, device_code).await?.into())
        }
    }
}

/// Revokes the tokens of a device code that is used again, as for an authorization code
/// (RFC 6749 §4.1.2), if it is this client's; returns the error.
async fn used_or_unknown(
    app: &App,
    client: &AuthenticatedClient,
    device_code: &str,
) -> Result<Error, ProtocolRefusal> {
    let not_good = |why| Error::new(ErrorCode::InvalidGrant, why).breaks(rule::DEVICE_CODE);
    let unknown = not_good("the device_code is unknown");
    let Spent::Again(bytes) = device_requests::spend(app, device_code).await? else {
        return Ok(unknown);
    };
    let request = DeviceAuthorization::from_bytes(&bytes)?;
    if request.client_id != client.client_id {
        return Ok(unknown);
    }
    issue::revoke(app, &approval(request)?.grant.id).await?;
    Ok(not_good(
        "the device_code was used before; what it gave is revoked",
    ))
}

fn approval(request: DeviceAuthorization) -> Result<Approval, Fault> {
    match request.decision {
        Decision::Approved(approval) => Ok(*approval),
        Decision::Pending | Decision::Denied => {
            Err(Fault::because("a device's request was spent undecided"))
        }
    }
}
