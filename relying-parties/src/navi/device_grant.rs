//! A device's requests to the provider (RFC 8628): it requests codes, and then polls until
//! the person has decided.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;

use crate::failure::{Failure, with_causes};
use crate::locale::Locale;
use crate::openid_client::Tokens;
use crate::provider::{Person, Provider};
use crate::refresh::any_nonce;
use crate::relying_party::DEVICE_CODE;

/// The device authorization response (RFC 8628 §3.2).
#[derive(Clone, Deserialize)]
pub(super) struct DeviceCodes {
    device_code: String,
    /// The code that the screen shows.
    pub(super) user_code: String,
    /// The address where the person types the code in.
    pub(super) verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

/// The token response to a poll (RFC 8628 §3.5).
pub(super) enum Answer {
    /// The person has not decided yet.
    Pending,
    /// The person has not decided yet, and the device must poll less often.
    SlowDown,
    /// The person declined.
    Denied,
    /// The codes expired.
    Expired,
    /// The person agreed.
    SignedIn(Box<Person>),
}

#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl DeviceCodes {
    /// Returns the address for a phone's camera: the one that contains the code, if any.
    pub(super) fn address(&self) -> &str {
        let complete = self.verification_uri_complete.as_deref();
        complete.unwrap_or(&self.verification_uri)
    }

    /// Returns the interval between two polls: five seconds, if the provider gave none.
    pub(super) fn interval(&self) -> Duration {
        Duration::from_secs(self.interval.unwrap_or(5).min(60))
    }

    /// Returns how long the codes are valid.
    pub(super) fn lifetime(&self) -> Duration {
        Duration::from_secs(self.expires_in.min(60 * 60))
    }
}

impl Provider {
    /// Requests a device code and a user code.
    pub(super) async fn begin_device(&self, locale: Locale) -> Result<DeviceCodes, Failure> {
        let discovered = self.discovered().await?;
        let metadata = discovered.metadata.additional_metadata();
        let endpoint = metadata
            .device_authorization_endpoint
            .as_deref()
            .ok_or_else(|| Failure::Refused("the provider lets no devices in".to_owned()))?;
        let scope = self.scope();
        let form = [
            ("client_id", discovered.client.client_id().as_str()),
            ("scope", scope.as_str()),
            ("ui_locales", locale.tag()),
        ];
        match self.post(endpoint, &form).await? {
            (StatusCode::OK, body) => read(&body),
            (_, body) => Err(refused(read(&body)?)),
        }
    }

    /// Polls the token endpoint for the person's decision.
    pub(super) async fn ask_device(&self, codes: &DeviceCodes) -> Result<Answer, Failure> {
        let discovered = self.discovered().await?;
        let endpoint = discovered
            .metadata
            .token_endpoint()
            .ok_or_else(|| Failure::Refused("the provider gives no tokens".to_owned()))?;
        let form = [
            ("grant_type", DEVICE_CODE),
            ("device_code", codes.device_code.as_str()),
            ("client_id", discovered.client.client_id().as_str()),
        ];
        let (status, body) = self.post(endpoint.as_str(), &form).await?;
        if status == StatusCode::OK {
            let tokens: Tokens = read(&body)?;
            let person = self.person(discovered.clone(), &tokens, any_nonce).await?;
            return Ok(Answer::SignedIn(Box::new(person)));
        }
        let answer: Refused = read(&body)?;
        match answer.error.as_str() {
            "authorization_pending" => Ok(Answer::Pending),
            "slow_down" => Ok(Answer::SlowDown),
            "access_denied" => Ok(Answer::Denied),
            "expired_token" => Ok(Answer::Expired),
            _ => Err(refused(answer)),
        }
    }
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::Unreachable(with_causes(&error)))
}

fn refused(answer: Refused) -> Failure {
    Failure::Refused(format!("{}: {}", answer.error, answer.error_description))
}
