//! Pushes security event tokens to the clients that registered an endpoint for them (RFC
//! 8935). The content is in `oidc::security_event`; when an event is tried again is decided
//! in `outbox`.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;
use url::Url;

use crate::config::EventSettings;
use crate::fault::Fault;
use crate::mail::Undelivered;
use crate::oidc::client::ClientId;
use crate::outgoing::{Outgoing, Posting, Unfetched};
use crate::random::Random;
use crate::seal::{Purpose, Sealer};

/// The longest response that is read, in bytes; an error is far shorter.
const LONGEST_ANSWER: usize = 4 * 1024;

/// RFC 8935 §2.4: the receiver could not read the token, and never will.
const INVALID_REQUEST: &str = "invalid_request";

/// Pushes tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventPusher {
    outgoing: Outgoing,
    timeout: Duration,
}

/// The body of an error response (RFC 8935 §2.3).
#[derive(Deserialize)]
struct Refusal {
    err: String,
}

impl EventPusher {
    /// Returns a pusher that uses `outgoing`, as all requests to client addresses do.
    #[must_use]
    pub fn new(settings: &EventSettings, outgoing: Outgoing) -> Self {
        Self {
            outgoing,
            timeout: settings.timeout,
        }
    }

    /// Pushes a token to `endpoint`, with an `Authorization` header if one is given.
    ///
    /// # Errors
    /// `ForEver` if the receiver answers `invalid_request`; `ForNow` if it is not reached
    /// or refuses the token in another way.
    pub async fn push(
        &self,
        endpoint: &Url,
        authorization: Option<&str>,
        token: String,
    ) -> Result<(), Undelivered> {
        let posting = Posting {
            content_type: "application/secevent+jwt",
            body: token,
            accept: "application/json",
            authorization,
            timeout: Some(self.timeout),
        };
        let answer = self
            .outgoing
            .post(endpoint, posting, LONGEST_ANSWER)
            .await
            .map_err(|why| {
                let what = match why {
                    Unfetched::TooSlow => "the receiver took too long".to_owned(),
                    Unfetched::NotHttps | Unfetched::NotPublic => {
                        format!("the receiver may not be reached: {why}")
                    }
                    _ => "the receiver was not reached".to_owned(),
                };
                Undelivered::ForNow(what)
            })?;
        match answer.status {
            StatusCode::ACCEPTED => Ok(()),
            StatusCode::BAD_REQUEST => Err(refused(&answer.body)),
            status => {
                let said = format!("the receiver answered {}", status.as_u16());
                Err(Undelivered::ForNow(said))
            }
        }
    }
}

/// Judges an error response. RFC 8935 §2.3: all reasons but one can be fixed, by us or by
/// the receiver, and then the same token is accepted.
fn refused(body: &[u8]) -> Undelivered {
    let refusal: Option<Refusal> = serde_json::from_slice(body).ok();
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

/// Seals the `Authorization` header for a client's events. It opens only for that client
/// and that endpoint, so that it is never sent to another place.
///
/// # Errors
/// `Fault` if the crypto library fails.
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

/// Opens a sealed header; `None` if it was sealed for another client or endpoint.
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

/// Whether a text can be sent as an `Authorization` header.
#[must_use]
pub fn is_authorization(text: &str) -> bool {
    let visible = |b: u8| b == b' ' || b.is_ascii_graphic();
    (1..=4096).contains(&text.len()) && text.trim() == text && text.bytes().all(visible)
}

fn context(client_id: &ClientId, endpoint: &Url) -> Vec<u8> {
    format!("{client_id} {endpoint}").into_bytes()
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
