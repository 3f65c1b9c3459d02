//! How a security event token leaves: pushed to whoever registered to be told
//! (RFC 8935). What it says is in `oidc::security_event`; when it is tried again,
//! in `outbox`.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::config::EventSettings;
use crate::fault::Fault;
use crate::mail::Undelivered;
use crate::oidc::client::ClientId;
use crate::random::Random;
use crate::seal::{Purpose, Sealer};

/// The most that is read of an answer: an error is far shorter.
const LONGEST_ANSWER: usize = 4 * 1024;

/// RFC 8935 §2.4: it could not be read, and never will be.
const INVALID_REQUEST: &str = "invalid_request";

/// Pushes tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventPusher {
    /// To other machines.
    afar: Client,
    /// To this machine, past every proxy and every name server.
    here: Client,
}

/// RFC 8935 §2.3.
#[derive(Deserialize)]
struct Refusal {
    err: String,
}

impl EventPusher {
    /// Opens the way; connects at the first token.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn open(settings: &EventSettings) -> Result<Self, Fault> {
        let client = |builder: ClientBuilder| {
            builder
                .timeout(settings.timeout)
                .connect_timeout(settings.timeout.min(Duration::from_secs(5)))
                // A redirect would carry the event, and the header, elsewhere.
                .redirect(Policy::none())
                .build()
                .map_err(|error| Fault::because(format!("the client for events: {error}")))
        };
        let here = Client::builder()
            .no_proxy()
            .dns_resolver(Arc::new(ThisMachine));
        Ok(Self {
            afar: client(Client::builder())?,
            here: client(here)?,
        })
    }

    /// Pushes a token to `endpoint`, with the header it wants, if any.
    ///
    /// # Errors
    /// If it was not taken.
    pub async fn push(
        &self,
        endpoint: &Url,
        authorization: Option<&str>,
        token: String,
    ) -> Result<(), Undelivered> {
        let client = match endpoint.scheme() {
            "https" => &self.afar,
            _ => &self.here,
        };
        let mut request = client
            .post(endpoint.clone())
            .header(CONTENT_TYPE, "application/secevent+jwt")
            .header(ACCEPT, "application/json")
            .body(token);
        if let Some(text) = authorization {
            let mut value = HeaderValue::from_str(text)
                .map_err(|_| Undelivered::ForNow("the header does not fit HTTP".to_owned()))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let answer = request.send().await.map_err(|error| {
            let what = if error.is_timeout() {
                "the receiver took too long"
            } else {
                "the receiver was not reached"
            };
            Undelivered::ForNow(what.to_owned())
        })?;
        match answer.status() {
            StatusCode::ACCEPTED => Ok(()),
            StatusCode::BAD_REQUEST => Err(refused(answer).await),
            status => {
                let said = format!("the receiver answered {}", status.as_u16());
                Err(Undelivered::ForNow(said))
            }
        }
    }
}

/// RFC 8935 §2.3: all but one of the reasons can be mended, here or there, and
/// then the same token is taken.
async fn refused(answer: Response) -> Undelivered {
    let body = beginning_of(answer).await;
    let refusal: Option<Refusal> = serde_json::from_slice(&body).ok();
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let code = refusal
        .map(|refusal| refusal.err)
        .filter(|err| (1..=64).contains(&err.len()) && err.bytes().all(is_plain));
    match code.as_deref() {
        Some(INVALID_REQUEST) => {
            Undelivered::ForEver("the receiver cannot read it: invalid_request".to_owned())
        }
        Some(code) => Undelivered::ForNow(format!("the receiver refused it: {code}")),
        None => Undelivered::ForNow("the receiver answered 400 and did not say why".to_owned()),
    }
}

async fn beginning_of(mut answer: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Vec::new();
        }
        body.extend_from_slice(&chunk);
    }
    body
}

/// Seals the header that goes with a client's events. It opens for that client
/// and that endpoint only: it never goes with them to another place.
///
/// # Errors
/// If sealing fails.
pub fn seal_authorization(
    sealer: &Sealer,
    (client_id, endpoint): (&ClientId, &Url),
    header: &str,
    random: &Random,
) -> Result<String, Fault> {
    sealer.seal(
        Purpose::EventAuthorization,
        &context(client_id, endpoint),
        header.as_bytes(),
        random,
    )
}

/// The header as it was before it was sealed.
#[must_use]
pub fn open_authorization(
    sealer: &Sealer,
    (client_id, endpoint): (&ClientId, &Url),
    sealed: &str,
) -> Option<String> {
    let context = context(client_id, endpoint);
    let plain = sealer.open(Purpose::EventAuthorization, &context, sealed)?;
    String::from_utf8(plain).ok()
}

/// Whether a text can be sent as that header.
#[must_use]
pub fn is_authorization(text: &str) -> bool {
    let visible = |b: u8| b == b' ' || b.is_ascii_graphic();
    (1..=4096).contains(&text.len()) && text.trim() == text && text.bytes().all(visible)
}

fn context(client_id: &ClientId, endpoint: &Url) -> Vec<u8> {
    format!("{client_id} {endpoint}").into_bytes()
}

/// Finds only what is on this machine: `localhost`, and all below it without
/// asking anyone (RFC 6761 §6.3), which not every system's resolver knows.
struct ThisMachine;

type Found = Result<Addrs, Box<dyn std::error::Error + Send + Sync>>;

impl Resolve for ThisMachine {
    fn resolve(&self, _: Name) -> Resolving {
        let here: Addrs = Box::new(std::iter::once(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
        let found: Pin<Box<dyn Future<Output = Found> + Send>> = Box::pin(async { Ok(here) });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_opens_for_its_client_and_its_endpoint_only() {
        let (sealer, random) = (Sealer::from_key([7; 32]), Random::seeded(1));
        let (id, other) = (ClientId("a".to_owned()), ClientId("b".to_owned()));
        let url = |text: &str| Url::parse(text).unwrap();
        let place = url("https://dealer.example/events");
        let sealed = seal_authorization(&sealer, (&id, &place), "Bearer x", &random).unwrap();
        let open = |id, place| open_authorization(&sealer, (id, place), &sealed);
        assert_eq!(open(&id, &place).as_deref(), Some("Bearer x"));
        assert_eq!(open(&other, &place), None);
        assert_eq!(open(&id, &url("https://evil.example/events")), None);
    }

    #[test]
    fn a_header_is_one_visible_line() {
        assert!(is_authorization("Bearer abc.def"));
        for wrong in ["", " x", "x\n", "a\r\nb: c", "é", &"x".repeat(4097)] {
            assert!(!is_authorization(wrong), "{wrong:?}");
        }
    }
}
