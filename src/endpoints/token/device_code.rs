//! The device code grant (RFC 8628 §3.4): the device asks until its person has
//! decided. What was approved is given once, like a code's.

use crate::app::App;
use crate::brand::Brand;
use crate::ephemeral::Spent;
use crate::fault::Fault;
use crate::http::refusal::ProtocolRefusal;
use crate::interaction::device_requests;
use crate::oidc::client::Client;
use crate::oidc::device_authorization::{Approval, Decision, DeviceAuthorization, Polled};
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::token_response::TokenResponse;
use crate::oidc::{Error, ErrorCode};
use crate::tokens::issue;
use crate::tokens::source::Source;

/// Answers a device that asks.
///
/// # Errors
/// As RFC 8628 §3.5 says; `invalid_grant` if the code is not good for this client.
pub async fn ask(
    app: &App,
    brand: &Brand,
    client: &Client,
    device_code: &str,
) -> Result<TokenResponse, ProtocolRefusal> {
    match device_requests::poll(app, brand, client, device_code).await? {
        Some(Polled::Approved) => {}
        Some(Polled::Later(error) | Polled::Never(error)) => {
            return Err(error.breaks(rule::DEVICE_DECISION).into());
        }
        // Also what was spent is not there any more to be asked about.
        None => return Err(used_or_unknown(app, client, device_code).await?.into()),
    }
    match device_requests::spend(app, device_code).await? {
        Spent::First(bytes) => give(app, brand, client, approval(&bytes)?).await,
        Spent::Again(_) | Spent::Never => {
            Err(used_or_unknown(app, client, device_code).await?.into())
        }
    }
}

async fn give(
    app: &App,
    brand: &Brand,
    client: &Client,
    approval: Approval,
) -> Result<TokenResponse, ProtocolRefusal> {
    let account = issue::account_behind(
        app,
        &approval.account_id,
        &approval.grant_id,
        approval.approved_at,
    )
    .await?;
    let source = Source::of_approval(approval, account);
    issue::first_tokens(app, brand, client, &source).await
}

/// A device code used again revokes what it gave, as a code does (RFC 6749 §4.1.2),
/// if it is this client's.
async fn used_or_unknown(
    app: &App,
    client: &Client,
    device_code: &str,
) -> Result<Error, ProtocolRefusal> {
    let not_good = |why| Error::new(ErrorCode::InvalidGrant, why).breaks(rule::DEVICE_CODE);
    let unknown = not_good("the device_code is unknown");
    let Spent::Again(bytes) = device_requests::spend(app, device_code).await? else {
        return Ok(unknown);
    };
    let request: DeviceAuthorization = serde_json::from_slice(&bytes).map_err(Fault::from)?;
    if request.client_id != client.client_id {
        return Ok(unknown);
    }
    issue::revoke(app, &approval(&bytes)?.grant_id).await?;
    Ok(not_good(
        "the device_code was used before; what it gave is revoked",
    ))
}

fn approval(bytes: &[u8]) -> Result<Approval, Fault> {
    let request: DeviceAuthorization = serde_json::from_slice(bytes)?;
    match request.decision {
        Decision::Approved(approval) => Ok(*approval),
        Decision::Pending | Decision::Denied => {
            Err(Fault::because("a device's request was spent undecided"))
        }
    }
}
