//! What we fetch or post because a client named the place: its keys, its sector,
//! its request objects, its logo, its logout. One client for all of it, which waits not
//! long, reads not much, follows nowhere, and reaches only the public internet, unless
//! the operator named the host.

mod freshness;
mod guard;

use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Proxy, RequestBuilder, Response, StatusCode};
use url::{Host, Url, form_urlencoded};

use crate::config::{AllowedHost, OutgoingSettings};
use crate::fault::Fault;
use crate::oidc::client_metadata::is_this_machine;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The one client for what other parties name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// To the public internet.
    afar: Client,
    /// To the hosts that the operator named: past every proxy.
    named: Client,
    allowed: Arc<[AllowedHost]>,
}

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its bytes.
    pub body: Vec<u8>,
    /// How long it may be used without asking again (RFC 9111); a day at most.
    pub fresh_for: Duration,
}

/// What is posted.
#[derive(Clone, Debug)]
pub struct Posting<'a> {
    /// The type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// What may be answered.
    pub accept: &'static str,
    /// A secret for the `Authorization` header.
    pub authorization: Option<&'a str>,
    /// How long it may take, if not as long as everything.
    pub timeout: Option<Duration>,
}

/// What was answered to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body; empty, if it was longer than was asked for.
    pub body: Vec<u8>,
}

/// Why nothing was fetched: for the developer of the client that named the place,
/// and without a word on our own network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfetched {
    /// The address is of a kind that we do not ask.
    #[error("must be an https address without user and password")]
    NotHttps,
    /// The address is not on the internet.
    #[error("its host must be on the public internet")]
    NotPublic,
    /// Nobody answered, or with what is no HTTP; also where a name leads to
    /// no public address, since that is nobody else's to know.
    #[error(
        "could not be reached: its host must be on the public internet, with a certificate that is trusted"
    )]
    Unreached,
    /// It was not there in time.
    #[error("did not answer in time")]
    TooSlow,
    /// It is somewhere else, perhaps.
    #[error("answered with a redirect, which is not followed")]
    Redirected,
    /// It is not there.
    #[error("answered {}, not 200", .0.as_u16())]
    Status(StatusCode),
    /// It is more than anyone needs.
    #[error("is longer than {0} bytes")]
    TooLong(usize),
}

impl Outgoing {
    /// Opens the ways; connects at the first use.
    ///
    /// # Errors
    /// If the file of authorities cannot be read, or TLS cannot be set up.
    pub fn open(settings: &OutgoingSettings) -> Result<Self, Fault> {
        let authorities = settings
            .ca_file
            .as_deref()
            .map_or(Ok(Vec::new()), authorities)?;
        let open = |resolver: Arc<dyn Resolve>, proxy: Option<&Url>| {
            let mut builder = Client::builder()
                .timeout(settings.timeout)
                .connect_timeout(settings.timeout.min(CONNECT_TIMEOUT))
                // A redirect would lead past every check of the address.
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                .tls_certs_merge(authorities.clone())
                .user_agent("common-id");
            builder = match proxy {
                // Names are looked up by the proxy, whose task it is then to know its own.
                Some(proxy) => builder.proxy(Proxy::all(proxy.clone()).map_err(Fault::because)?),
                None => builder.dns_resolver(resolver),
            };
            let client = builder.build();
            client.map_err(|error| {
                Fault::because(format!("the client for outgoing requests: {error}"))
            })
        };
        Ok(Self {
            afar: open(Arc::new(guard::PublicOnly), settings.proxy.as_ref())?,
            named: open(Arc::new(guard::Named), None)?,
            allowed: settings.allow_hosts.clone().into(),
        })
    }

    /// Fetches a document of `longest` bytes at most.
    ///
    /// # Errors
    /// If it is not to be had.
    pub async fn get(
        &self,
        url: &Url,
        accept: &str,
        longest: usize,
    ) -> Result<Document, Unfetched> {
        let request = self.way_to(url)?.get(url.clone()).header(ACCEPT, accept);
        let mut answer = sent(request, url).await?;
        match answer.status() {
            StatusCode::OK => {}
            status if status.is_redirection() => return Err(Unfetched::Redirected),
            status => return Err(Unfetched::Status(status)),
        }
        let fresh_for = freshness::fresh_for(answer.headers());
        let body = read(&mut answer, longest).await?;
        Ok(Document { body, fresh_for })
    }

    /// Posts a form; what is answered besides the status is not read.
    ///
    /// # Errors
    /// If there was no answer.
    pub async fn post_form(
        &self,
        url: &Url,
        fields: &[(&str, &str)],
    ) -> Result<StatusCode, Unfetched> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let posting = Posting {
            content_type: "application/x-www-form-urlencoded",
            body,
            accept: "*/*",
            authorization: None,
            timeout: None,
        };
        Ok(self.post(url, posting, 0).await?.status)
    }

    /// Posts something, and reads `longest` bytes of the answer.
    ///
    /// # Errors
    /// If there was no answer.
    pub async fn post(
        &self,
        url: &Url,
        posting: Posting<'_>,
        longest: usize,
    ) -> Result<Answer, Unfetched> {
        let mut request = self
            .way_to(url)?
            .post(url.clone())
            .header(CONTENT_TYPE, posting.content_type)
            .header(ACCEPT, posting.accept)
            .body(posting.body);
        if let Some(text) = posting.authorization {
            let mut value = HeaderValue::from_str(text).map_err(|_| Unfetched::Unreached)?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if let Some(timeout) = posting.timeout {
            request = request.timeout(timeout);
        }
        let mut answer = sent(request, url).await?;
        let status = answer.status();
        // The status is the answer: what is said besides may be lost.
        let body = match longest {
            0 => Vec::new(),
            _ => read(&mut answer, longest).await.unwrap_or_default(),
        };
        Ok(Answer { status, body })
    }

    /// The client that may ask this address, if any may.
    fn way_to(&self, url: &Url) -> Result<&Client, Unfetched> {
        let (Some(host), Some(name)) = (url.host(), url.host_str()) else {
            return Err(Unfetched::NotHttps);
        };
        let allowed = self.allowed.iter().any(|allowed| allowed.is(name));
        let safe = match url.scheme() {
            "https" => true,
            "http" => allowed && is_this_machine(url),
            _ => false,
        };
        if !safe || !url.username().is_empty() || url.password().is_some() {
            return Err(Unfetched::NotHttps);
        }
        let public = match host {
            // Seen to when it is looked up.
            Host::Domain(_) => true,
            Host::Ipv4(address) => guard::is_public(address.into()),
            Host::Ipv6(address) => guard::is_public(address.into()),
        };
        match (allowed, public) {
            (true, _) => Ok(&self.named),
            (false, true) => Ok(&self.afar),
            (false, false) => Err(Unfetched::NotPublic),
        }
    }
}

async fn sent(request: RequestBuilder, url: &Url) -> Result<Response, Unfetched> {
    request.send().await.map_err(|error| {
        if is_not_public(&error) {
            // For the operator, who may want to name it in `outgoing.allow_hosts`.
            let host = url.host_str().unwrap_or_default();
            tracing::info!(
                host,
                "a client named a host that is not on the public internet"
            );
        }
        unfetched(&error)
    })
}

fn unfetched(error: &reqwest::Error) -> Unfetched {
    if error.is_timeout() {
        Unfetched::TooSlow
    } else {
        Unfetched::Unreached
    }
}

fn is_not_public(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<guard::NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}

async fn read(answer: &mut Response, longest: usize) -> Result<Vec<u8>, Unfetched> {
    let announced = answer.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > longest) {
        return Err(Unfetched::TooLong(longest));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unfetched(&error))? {
        if body.len() + chunk.len() > longest {
            return Err(Unfetched::TooLong(longest));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn authorities(file: &Path) -> Result<Vec<Certificate>, Fault> {
    let wrong = |error: &dyn std::fmt::Display| {
        Fault::because(format!("outgoing.ca_file: {}: {error}", file.display()))
    };
    let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?;
    if found.is_empty() {
        return Err(wrong(&"holds no certificate in PEM"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
