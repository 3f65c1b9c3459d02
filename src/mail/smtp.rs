//! Sends mail by SMTP to one relay, over pooled connections, protected by STARTTLS or TLS.
//! DKIM is left to the relay.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::Undelivered;
use super::message::Written;
use crate::accounts::email_address::EmailAddress;
use crate::clock::Timestamp;
use crate::config::{SmtpRelay, SmtpTls};
use crate::fault::Fault;
use crate::secret::Secret;

/// The SMTP replies that concern only this recipient (RFC 5321 §4.2.3, RFC 7504). Any other
/// 5xx reply may be caused by our own misconfiguration, so the mail is tried again.
const NO_SUCH_MAILBOX: [u16; 4] = [550, 551, 553, 556];

/// A connection pool to a relay.
#[derive(Clone, Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    timeout: Duration,
}

impl Smtp {
    /// Prepares the connection to `relay`; the first mail connects.
    ///
    /// # Errors
    /// `Fault` if TLS cannot be set up.
    pub fn open(relay: &SmtpRelay) -> Result<Self, Fault> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let refused = |error| Fault::because(format!("the mail relay's TLS: {error}"));
        let mut builder = match relay.tls {
            SmtpTls::Starttls => Transport::starttls_relay(&relay.host).map_err(refused)?,
            SmtpTls::Tls => Transport::relay(&relay.host).map_err(refused)?,
            SmtpTls::None => Transport::builder_dangerous(&relay.host),
        };
        builder = builder.port(relay.port).timeout(Some(relay.timeout));
        if let (Some(name), Some(password)) = (&relay.username, &relay.password) {
            let password = Secret::expose(password).to_owned();
            builder = builder.credentials(Credentials::new(name.clone(), password));
        }
        Ok(Self {
            transport: builder.build(),
            timeout: relay.timeout,
        })
    }

    /// Sends the mail with the ID `id`, written at the time `at`.
    ///
    /// # Errors
    /// `ForEver` if the mail cannot be composed or the relay rejects the recipient;
    /// `ForNow` if the relay is not reached in time or gives another reply.
    pub async fn send(&self, id: &str, mail: &Written, at: Timestamp) -> Result<(), Undelivered> {
        let message = compose(id, mail, at).map_err(Undelivered::ForEver)?;
        let sending = self.transport.send(message);
        match tokio::time::timeout(self.timeout, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(undelivered(&error)),
            Err(_) => Err(Undelivered::ForNow("the relay took too long".to_owned())),
        }
    }
}

/// Maps an error to its consequence. Only the reply code is kept, because the relay's text
/// may repeat the address.
fn undelivered(error: &lettre::transport::smtp::Error) -> Undelivered {
    let Some(status) = error.status() else {
        let what = if error.is_tls() {
            "TLS failed"
        } else {
            "the relay was not reached"
        };
        return Undelivered::ForNow(what.to_owned());
    };
    let status: u16 = status.into();
    let said = format!("the relay answered {status}");
    if NO_SUCH_MAILBOX.contains(&status) {
        Undelivered::ForEver(said)
    } else {
        Undelivered::ForNow(said)
    }
}

fn compose(id: &str, mail: &Written, at: Timestamp) -> Result<Message, String> {
    let to = EmailAddress::read(&mail.to)
        .map_err(str::to_owned)?
        .for_smtp();
    let from: Address = mail.from.parse().map_err(said)?;
    let to: Address = to.parse().map_err(said)?;
    let domain = from.domain().to_owned();
    // The envelope is set explicitly: read back from the header, a quoted local part would
    // be lost.
    let envelope = Envelope::new(Some(from.clone()), vec![to.clone()]).map_err(said)?;
    let seconds = u64::try_from(at.0).unwrap_or_default();
    let builder: MessageBuilder = Message::builder()
        .envelope(envelope)
        .from(Mailbox::new(Some(mail.from_name.clone()), from))
        .to(Mailbox::new(None, to))
        .subject(&mail.subject)
        .date(UNIX_EPOCH + Duration::from_secs(seconds))
        // The ID is the same for every attempt, so that a mail sent twice can be
        // recognised.
        .message_id(Some(format!("<{id}@{domain}>")))
        .header(ContentType::TEXT_PLAIN)
        // RFC 3834 §5: prevents automatic replies.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    builder.body(mail.text.clone()).map_err(said)
}

fn said(error: impl std::fmt::Display) -> String {
    format!("the mail cannot be composed: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(to: &str) -> Written {
        Written {
            from: "no-reply@id.toyota.jp".to_owned(),
            from_name: "TOYOTA/LEXUSの共通ID".to_owned(),
            to: to.to_owned(),
            subject: "認証番号のお知らせ".to_owned(),
            text: "認証番号：001164\n".to_owned(),
            until: None,
            awaited_as: None,
        }
    }

    fn composed(to: &str) -> String {
        let message = compose("0001-x", &mail(to), Timestamp(1_795_359_600)).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn a_mail_has_the_headers_that_filters_want() {
        let mail = composed("taro@docomo.ne.jp");
        for header in [
            "To: taro@docomo.ne.jp\r\n",
            "<no-reply@id.toyota.jp>\r\n",
            "Date: Sun, 22 Nov 2026 15:00:00 +0000\r\n",
            "Message-ID: <0001-x@id.toyota.jp>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
        ] {
            assert!(mail.contains(header), "{header} in {mail}");
        }
    }

    #[test]
    fn a_carrier_address_that_breaks_the_rfc_is_quoted() {
        let mail = composed("a..b@docomo.ne.jp");
        assert!(mail.contains("To: \"a..b\"@docomo.ne.jp\r\n"), "{mail}");
        let message = compose("1", &self::mail(".a.@docomo.ne.jp"), Timestamp(0)).unwrap();
        let to = message.envelope().to().first().unwrap().to_string();
        assert_eq!(to, "\".a.\"@docomo.ne.jp");
    }
}
