//! The transports for SMS: an HTTP gateway, or none but the demo's outbox page. The texts
//! are in `mail::message`; when an SMS is tried again is decided in `outbox`.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde::Serialize;

use crate::config::{SmsGateway, SmsSettings, SmsTransport};
use crate::fault::Fault;
use crate::mail::Undelivered;
use crate::mail::message::Written;

/// A transport for SMS.
#[derive(Clone, Debug)]
pub enum SmsSender {
    /// SMS are kept readable for the demo's outbox page.
    Outbox,
    /// SMS are posted to a gateway.
    Http(Gateway),
}

/// An HTTP gateway.
#[derive(Clone, Debug)]
pub struct Gateway {
    settings: SmsGateway,
    client: Client,
}

/// The JSON that is posted.
#[derive(Serialize)]
struct Posted<'a> {
    to: &'a str,
    from: &'a str,
    text: &'a str,
}

impl SmsSender {
    /// Opens the configured transport; the first SMS connects.
    ///
    /// # Errors
    /// `Fault` if TLS cannot be set up.
    pub fn open(settings: &SmsSettings) -> Result<Self, Fault> {
        match &settings.transport {
            SmsTransport::Outbox => Ok(Self::Outbox),
            SmsTransport::Http(gateway) => Gateway::open(gateway).map(Self::Http),
        }
    }

    /// Whether sent SMS are kept to be looked at.
    #[must_use]
    pub const fn keeps(&self) -> bool {
        matches!(self, Self::Outbox)
    }

    /// Sends the SMS with the ID `id`.
    ///
    /// # Errors
    /// `ForEver` if the gateway rejects this message (400, 410 or 422); `ForNow` if it is
    /// not reached in time or answers with another status.
    pub async fn send(&self, id: &str, sms: &Written) -> Result<(), Undelivered> {
        match self {
            Self::Outbox => Ok(()),
            Self::Http(gateway) => gateway.send(id, sms).await,
        }
    }
}

impl Gateway {
    fn open(settings: &SmsGateway) -> Result<Self, Fault> {
        let client = Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout.min(Duration::from_secs(5)))
            // A redirect would send the message and the access token elsewhere.
            .redirect(Policy::none())
            .build()
            .map_err(|error| Fault::because(format!("the SMS gateway's client: {error}")))?;
        Ok(Self {
            settings: settings.clone(),
            client,
        })
    }

    async fn send(&self, id: &str, sms: &Written) -> Result<(), Undelivered> {
        let posted = Posted {
            to: &sms.to,
            from: &self.settings.sender,
            text: &sms.text,
        };
        // The ID is the same for every attempt, so that a gateway that supports the header
        // sends an SMS once.
        let mut request = self
            .client
            .post(self.settings.url.clone())
            .header("Idempotency-Key", id)
            .json(&posted);
        if let Some(token) = &self.settings.token {
            request = request.bearer_auth(token.expose());
        }
        let answer = request.send().await.map_err(|error| {
            let what = if error.is_timeout() {
                "the gateway took too long"
            } else {
                "the gateway was not reached"
            };
            Undelivered::ForNow(what.to_owned())
        })?;
        let status = answer.status();
        let said = format!("the gateway answered {}", status.as_u16());
        match status {
            status if status.is_success() => Ok(()),
            // These statuses concern this message; any other may be caused by our own
            // mistake.
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::GONE => {
                Err(Undelivered::ForEver(said))
            }
            _ => Err(Undelivered::ForNow(said)),
        }
    }
}
