//! Requests to addresses that clients name: their keys, sector identifiers, request
//! objects, logos and logouts. One HTTP client makes all of them. It has a short timeout
//! and a size limit, follows no redirect, and reaches only the public internet and the
//! hosts that the operator named.

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

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The HTTP client for addresses that other parties name. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// For hosts on the public internet.
    afar: Client,
    /// For the hosts that the operator named, without a proxy.
    named: Client,
    allowed: Arc<[AllowedHost]>,
}

/// A fetched document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The content.
    pub body: Vec<u8>,
    /// How long it may be used without fetching it again (RFC 9111); a day at most.
    pub fresh_for: Duration,
}

/// A request to post.
#[derive(Clone, Debug)]
pub struct Posting<'a> {
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// The `Accept` header.
    pub accept: &'static str,
    /// The `Authorization` header, which is secret.
    pub authorization: Option<&'a str>,
    /// The timeout, if it is not the configured one.
    pub timeout: Option<Duration>,
}

/// The response to a posted request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body; empty if it was longer than allowed.
    pub body: Vec<u8>,
}

/// Why a request failed. The text is for the developer of the client that named the
/// address, and reveals nothing about our own network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfetched {
    /// The URL is not `https`, or contains credentials.
    #[error("must be an https address without user and password")]
    NotHttps,
    /// The URL names an IP address that is not on the public internet.
    #[error("its host must be on the public internet")]
    NotPublic,
    /// The host did not answer, or not with HTTP. Also used if a name resolves to no public
    /// address, because others must not learn that.
    #[error(
        "could not be reached: its host must be on the public internet, with a certificate that is trusted"
    )]
    Unreached,
    /// The response did not arrive in time.
    #[error("did not answer in time")]
    TooSlow,
    /// The response is a redirect.
    #[error("answered with a redirect, which is not followed")]
    Redirected,
    /// The status is not 200.
    #[error("answered {}, not 200", .0.as_u16())]
    Status(StatusCode),
    /// The response is longer than allowed.
    #[error("is longer than {0} bytes")]
    TooLong(usize),
}

impl Outgoing {
    /// Prepares the HTTP clients; the first request connects.
    ///
    /// # Errors
    /// `Fault` if the file of certificate authorities cannot be read, or TLS cannot be set
    /// up.
    pub fn open(settings: &OutgoingSettings) -> Result<Self, Fault> {
        let authorities = settings
            .ca_file
            .as_deref()
            .map_or(Ok(Vec::new()), authorities)?;
        let open = |resolver: Arc<dyn Resolve>, proxy: Option<&Url>| {
            let mut builder = Client::builder()
                .timeout(settings.timeout)
                .connect_timeout(settings.timeout.min(CONNECT_TIMEOUT))
                // A redirect would bypass every check of the address.
                .redirect(Policy::none())
                .referer(false)
                .no_proxy()
                .tls_certs_merge(authorities.clone())
                .user_agent("common-id");
            builder = match proxy {
                // The proxy resolves names, so it also has to protect its own network.
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

    /// Fetches a document of at most `longest` bytes.
    ///
    /// # Errors
    /// `NotHttps` or `NotPublic` if the URL is not allowed, otherwise what went wrong with
    /// the request: any of [`Unfetched`].
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

    /// Posts a form and returns the status; the body of the response is not read.
    ///
    /// # Errors
    /// As [`Outgoing::post`].
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

    /// Posts a request, and reads at most `longest` bytes of the response.
    ///
    /// # Errors
    /// `NotHttps` or `NotPublic` if the URL is not allowed; `Unreached` or `TooSlow` if
    /// there was no response.
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
        // The status is the result; a body that cannot be read is dropped.
        let body = match longest {
            0 => Vec::new(),
            _ => read(&mut answer, longest).await.unwrap_or_default(),
        };
        Ok(Answer { status, body })
    }

    /// Returns the HTTP client that may request this URL.
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
            // A name is checked when it is resolved.
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
            // Logged for the operator, who may want to list the host in
            // `outgoing.allow_hosts`.
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
