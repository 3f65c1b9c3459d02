//! How an SMS leaves: posted to an HTTP gateway, or nowhere but the demo's
//! outbox page.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde::Serialize;

use crate::config::{SmsGateway, SmsSettings, SmsTransport};
use crate::fault::Fault;
use crate::mail::Undelivered;
use crate::mail::message::Written;

/// A way for SMS.
#[derive(Clone, Debug)]
pub enum SmsSender {
    /// Kept readable for the demo's outbox page.
    Outbox,
    /// Posted to a gateway.
    Http(Gateway),
}

/// A gateway.
#[derive(Clone, Debug)]
pub struct Gateway {
    settings: SmsGateway,
    client: Client,
}

/// What is posted.
#[derive(Serialize)]
struct Posted<'a> {
    to: &'a str,
    from: &'a str,
    text: &'a str,
}

impl SmsSender {
    /// Opens the way that is configured; connects at the first SMS.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn open(settings: &SmsSettings) -> Result<Self, Fault> {
        match &settings.transport {
            SmsTransport::Outbox => Ok(Self::Outbox),
            SmsTransport::Http(gateway) => Gateway::open(gateway).map(Self::Http),
        }
    }

    /// Whether what was sent is kept to be looked at.
    #[must_use]
    pub const fn keeps(&self) -> bool {
        matches!(self, Self::Outbox)
    }

    /// Sends an SMS of that name.
    ///
    /// # Errors
    /// If it did not leave.
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
            // A redirect would carry the message, and the token, elsewhere.
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
        // The name is the same for every attempt, so that a gateway that knows
        // the header sends an SMS once.
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
            // What it says of this message; any other refusal may be our own mistake.
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::GONE => {
                Err(Undelivered::ForEver(said))
            }
            _ => Err(Undelivered::ForNow(said)),
        }
    }
}
